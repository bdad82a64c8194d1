"""`static`: one vector a token, looked up and averaged; no transformer runs. WordLlama's packaged weights."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embedmark.api import Embeddings, ProviderInfo, resolve_model
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _disk

if TYPE_CHECKING:
    from wordllama import WordLlamaInference

_WORDLLAMA = "package:wordllama"
_WEIGHTS = "weights/l2_supercat_256.safetensors"
_DIMS = (64, 128, 256)  # Matryoshka sizes that WordLlama was trained for, up to the packaged 256


class StaticProvider:
    """WordLlama (32,000 tokens x 256 dimensions, 16-bit on disk): a text is the mean of its tokens' vectors.

    Options:
        model: package:wordllama, the weights that pip package ships.
        truncate_dim: 64 or 128, to keep the first dimensions only; default: all 256.
        normalize: scale each vector to length 1.

    A text without tokens (the empty string) becomes the zero vector, whose cosine with anything is undefined.
    """

    def __init__(self, model: str = _WORDLLAMA, *, truncate_dim: int | None = None, normalize: bool = False) -> None:
        if model != _WORDLLAMA:
            raise UsageError(f"the static provider cannot read {model!r}", hint=f"model: {_WORDLLAMA!r}")
        _disk.require("static", "wordllama")
        if truncate_dim is not None and truncate_dim not in _DIMS:
            raise UsageError(
                f"truncate_dim is {truncate_dim!r}", where="options.truncate_dim", hint="one of: 64, 128, 256"
            )
        self._folder = Path(resolve_model(model))
        if not (self._folder / _WEIGHTS).is_file():
            raise UsageError(
                "this wordllama ships no weights",
                where=str(self._folder / _WEIGHTS),
                hint='pip install "wordllama>=0.4"',
            )
        self._truncate_dim = truncate_dim
        self._normalize = normalize
        self._model: WordLlamaInference | None = None
        self._info = ProviderInfo(
            plugin="static",
            model=model,
            kind="bi-encoder",
            dim=truncate_dim or _DIMS[-1],
            device="cpu",
            recipe={"weights": Path(_WEIGHTS).stem, "truncate_dim": truncate_dim or _DIMS[-1], "normalize": normalize},
        )

    @property
    def info(self) -> ProviderInfo:
        """The revision is the package's version, known after load()."""
        return self._info

    def load(self) -> None:
        """Read weights and tokenizer from the package. Raises ProviderError: damaged files."""
        before = logging.root.level, logging.root.handlers[:]
        try:
            import wordllama  # calls logging.basicConfig(INFO) when imported: that would show every library's chatter
        finally:
            logging.root.setLevel(before[0])
            logging.root.handlers[:] = before[1]
        try:
            self._model = wordllama.WordLlama.load(
                cache_dir=self._folder, dim=_DIMS[-1], trunc_dim=self._truncate_dim, disable_download=True
            )
        except Exception as error:
            raise ProviderError(f"WordLlama's weights cannot be read: {error}", where=str(self._folder)) from error
        self._info = replace(self._info, revision=f"wordllama {wordllama.__version__}")

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Vectors float32 (n, truncate_dim or 256); the zero vector for a text without tokens."""
        import numpy as np

        model = self._loaded()
        if not texts:
            raise ProviderError("encode() needs at least one text")
        vectors = model.embed(list(texts), batch_size=len(texts))
        if self._normalize:
            # Not by WordLlama, which divides the zero vector of an empty text by its length.
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = vectors / np.where(lengths > 0, lengths, 1)
        return Embeddings(vectors.astype(np.float32, copy=False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text; WordLlama adds no special tokens and cuts nothing."""
        return [sum(encoding.attention_mask) for encoding in self._loaded().tokenize(list(texts))]

    def close(self) -> None:
        """Free the weights."""
        self._model = None

    def _loaded(self) -> WordLlamaInference:
        if self._model is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        return self._model
