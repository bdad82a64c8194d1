"""A transformers CLIPModel of 0.55 million parameters, and saving it the way clip-ViT-B-32 is saved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_TOKENS = 77  # as in OpenAI's CLIP
_WIDTH, _HEADS = 96, 3
_PROJECTION = 64


def make_processor(side: int, captions: Iterable[str] = ()) -> Any:
    """CLIPProcessor: a tokenizer of bytes, and an image processor for `side` x `side` pixels.

    Words of `captions` are merged into tokens of their own, which leaves a fifth of the tokens to compute.
    """
    from transformers import CLIPImageProcessorPil, CLIPProcessor, CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    # Each byte inside a word and at its end, and two special tokens: CLIP's own vocabulary without its merges.
    letters = list(bytes_to_unicode().values())
    tokens = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocab = {token: i for i, token in enumerate(tokens)}
    merges: list[tuple[str, str]] = []
    for word in _words(CLIPTokenizer(vocab=vocab, merges=[]), captions):
        _merge(word, vocab, merges)
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges)
    tokenizer.model_max_length = MAX_TOKENS
    images = CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size={"height": side, "width": side})
    return CLIPProcessor(image_processor=images, tokenizer=tokenizer)


def _words(tokenizer: Any, captions: Iterable[str]) -> list[str]:
    """The different words of `captions` as the tokenizer splits them, a letter for each byte."""
    backend = tokenizer.backend_tokenizer
    plain = (backend.normalizer.normalize_str(caption) for caption in captions)
    return sorted({word for text in plain for word, _ in backend.pre_tokenizer.pre_tokenize_str(text)})


def _merge(word: str, vocab: dict[str, int], merges: list[tuple[str, str]]) -> None:
    """Append what is still to be merged until `word` is one token; words before it stay whole."""
    from tokenizers.models import BPE

    pieces = [token.value for token in BPE(vocab, merges, end_of_word_suffix="</w>").tokenize(word)]
    joined = pieces[0]
    for piece in pieces[1:]:
        merges.append((joined, piece))
        joined += piece
        vocab.setdefault(joined, len(vocab))


def make_model(processor: Any, side: int) -> Any:
    """An untrained CLIPModel: 3 layers for images in patches of 8 x 8, 2 for texts."""
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    tokenizer = processor.tokenizer
    tower = {"hidden_size": _WIDTH, "intermediate_size": 3 * _WIDTH, "num_attention_heads": _HEADS}
    text = CLIPTextConfig(
        **tower,
        vocab_size=len(tokenizer),
        num_hidden_layers=2,
        max_position_embeddings=MAX_TOKENS,
        # Without these the pooled token is looked for by an id of the full-size vocabulary, and nothing is learnt.
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    vision = CLIPVisionConfig(**tower, num_hidden_layers=3, image_size=side, patch_size=8)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=_PROJECTION)
    return CLIPModel(config)


def save(model: Any, processor: Any, folder: Path) -> None:
    """Write the folder as clip-ViT-B-32 is: modules.json, and one CLIPModel in 0_CLIPModel."""
    inner = folder / "0_CLIPModel"
    inner.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(inner)
    processor.save_pretrained(inner)
    modules = [{"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}]
    (folder / "modules.json").write_text(json.dumps(modules, indent=2), encoding="utf-8")
    (folder / "README.md").write_text(_CARD, encoding="utf-8")


_CARD = """# toy-clip: a toy

Trained for a minute or two on drawn pictures of one shape each, with English and Korean captions, by
embedmark's examples/toy_clip. It knows nothing else. Its figures say nothing about any real model.
"""
