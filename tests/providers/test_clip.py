"""The clip provider on models made here: toys, trained for seconds or not at all. No real CLIP is involved."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from embedmark.cli.similarity import command
from embedmark.errors import NotAvailableError, ProviderError, UsageError
from embedmark.plugins.registry import create
from embedmark_providers.clip import ClipProvider

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "ko")


@pytest.fixture(scope="session")
def toy_code():
    """The modules of examples/toy_clip."""
    sys.path.insert(0, str(ROOT / "examples" / "toy_clip"))
    try:
        import model
        import pictures
        import train
    finally:
        sys.path.pop(0)
    return SimpleNamespace(model=model, pictures=pictures, train=train)


@pytest.fixture(scope="session")
def few(toy_code):
    """Twelve combinations, of one size at the centre: enough to learn in some seconds."""
    return [toy_code.pictures.Combination(shape, colour, 2, 2) for shape in (0, 2, 4) for colour in (0, 1, 2, 6)]


@pytest.fixture(scope="session")
def toy(toy_code, few, tmp_path_factory) -> Path:
    """A toy CLIP that tells twelve pictures apart, with pictures it has not seen and captions of them."""
    out = tmp_path_factory.mktemp("toy")
    model, processor = toy_code.train.train(160, combinations=few, batch=12)
    toy_code.model.save(model, processor, out / "model")
    toy_code.train.write_data(out, few)
    return out


@pytest.fixture(scope="session")
def clip(toy):
    provider = ClipProvider(str(toy / "model"), device="cpu")
    provider.load()
    yield provider
    provider.close()


def test_words_of_captions_are_tokens_and_all_else_is_bytes(toy_code):
    tokenizer = toy_code.model.make_processor(32, ["a red ring", "빨간 고리 그림"]).tokenizer
    assert len(tokenizer("빨간 고리 그림, a red ring").input_ids) == 2 + 7
    unseen = "가나다 hello 😀"
    assert tokenizer.decode(tokenizer(unseen).input_ids, skip_special_tokens=True).strip() == unseen


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.slow
def test_info_describes_the_model(clip, toy):
    info = clip.info
    assert (info.plugin, info.kind, info.modalities) == ("clip", "bi-encoder", ("text", "image"))
    assert (info.dim, info.max_tokens, info.similarity, info.device) == (64, 77, "cosine", "cpu")
    assert create("clip", model=str(toy / "model")).info.modalities == ("text", "image")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_find_their_captions(clip, toy_code, few, language):
    rng = random.Random(5)
    images = clip.encode_images([toy_code.pictures.draw(one, rng, 32) for one in few]).vectors
    texts = clip.encode([toy_code.pictures.caption(one, language, 0) for one in few]).vectors
    assert (images.dtype, images.shape, texts.shape) == (np.float32, (12, 64), (12, 64))
    similarity = unit(images) @ unit(texts).T
    assert (similarity.argmax(axis=1) == np.arange(12)).mean() >= 0.75
    assert (similarity.argmax(axis=0) == np.arange(12)).mean() >= 0.75


@pytest.mark.slow
def test_images_of_any_size_and_one_by_one(clip, toy_code, few):
    rng = random.Random(1)
    images = [toy_code.pictures.draw(one, rng, side) for one, side in zip(few, (32, 50, 97) * 4, strict=True)]
    together = clip.encode_images(images).vectors
    alone = np.concatenate([clip.encode_images([image]).vectors for image in images])
    np.testing.assert_allclose(together, alone, atol=1e-4)


@pytest.mark.slow
def test_long_texts_are_cut_and_counted(clip):
    long = "a" * 300
    assert clip.count_tokens(["ab", long]) == [4, 302]
    cut, same = clip.encode([long, "a" * 200]).vectors
    np.testing.assert_allclose(cut, same, atol=1e-5)


@pytest.mark.slow
def test_normalized_vectors(toy):
    provider = ClipProvider(str(toy / "model"), normalize=True, device="cpu", threads=1)
    provider.load()
    np.testing.assert_allclose(np.linalg.norm(provider.encode(["a", "bb"]).vectors, axis=1), 1, atol=1e-5)
    with pytest.raises(ProviderError, match="at least one image"):
        provider.encode_images([])
    provider.close()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


@pytest.mark.slow
def test_a_plain_transformers_folder_is_the_same_model(toy, clip):
    plain = ClipProvider(str(toy / "model" / "0_CLIPModel"), device="cpu")
    plain.load()
    np.testing.assert_allclose(plain.encode(["원"]).vectors, clip.encode(["원"]).vectors, atol=1e-6)


@pytest.mark.slow
def test_the_files_of_older_versions_load(toy, clip, tmp_path):
    """clip-ViT-B-32 on the hub: pytorch_model.bin, preprocessor_config.json, vocab.json and merges.txt."""
    import torch
    from safetensors.torch import load_file

    old = tmp_path / "old"
    shutil.copytree(toy / "model", old)
    inner = old / "0_CLIPModel"
    torch.save(load_file(inner / "model.safetensors"), inner / "pytorch_model.bin")
    (inner / "model.safetensors").unlink()
    processor = json.loads((inner / "processor_config.json").read_text())["image_processor"]
    processor = {k: v for k, v in processor.items() if k != "image_processor_type"}
    (inner / "preprocessor_config.json").write_text(
        json.dumps({**processor, "feature_extractor_type": "CLIPFeatureExtractor"})
    )
    tokenizer = json.loads((inner / "tokenizer.json").read_text())["model"]
    (inner / "vocab.json").write_text(json.dumps(tokenizer["vocab"]))
    merges = "".join(f"{' '.join(merge)}\n" for merge in tokenizer["merges"])
    (inner / "merges.txt").write_text(f"#version: 0.2\n{merges}", encoding="utf-8")
    for name in ("processor_config.json", "tokenizer.json"):
        (inner / name).unlink()
    with pytest.raises(UsageError, match=r"are a pickle \(pytorch_model\.bin\)") as caught:
        ClipProvider(str(old), device="cpu")
    assert "allow_pickle: true" in caught.value.hint
    provider = ClipProvider(str(old), device="cpu", allow_pickle=True)
    provider.load()
    assert provider.info.recipe["allow_pickle"] is True
    assert "allow_pickle" in provider.info.notes[-1]
    from PIL import Image

    picture = Image.effect_mandelbrot((40, 60), (-2, -1, 1, 1), 50).convert("RGB")
    np.testing.assert_allclose(provider.encode(["원 a"]).vectors, clip.encode(["원 a"]).vectors, atol=1e-5)
    np.testing.assert_allclose(
        provider.encode_images([picture]).vectors, clip.encode_images([picture]).vectors, atol=1e-4
    )


@pytest.mark.slow
def test_siglip_texts_are_padded_as_it_learnt_them(tmp_path):
    """Random weights: a text's vector is what transformers gives at full length, whatever its batch."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        PreTrainedTokenizerFast,
        SiglipConfig,
        SiglipImageProcessorPil,
        SiglipModel,
        SiglipProcessor,
        SiglipTextConfig,
        SiglipVisionConfig,
    )

    letters = Tokenizer(models.WordLevel({c: i for i, c in enumerate(["<pad>", "</s>", *"abcdefg"])}, unk_token="</s>"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=letters, pad_token="<pad>", eos_token="</s>", model_max_length=16,
        model_input_names=["input_ids"],
    )  # fmt: skip
    tower = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    special = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1}
    text = SiglipTextConfig(**tower, **special, vocab_size=9, max_position_embeddings=16)
    vision = SiglipVisionConfig(**tower, image_size=16, patch_size=8)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = SiglipModel(SiglipConfig(text_config=text.to_dict(), vision_config=vision.to_dict())).eval()
    model.save_pretrained(tmp_path)
    images = SiglipImageProcessorPil(size={"height": 16, "width": 16})
    SiglipProcessor(image_processor=images, tokenizer=tokenizer).save_pretrained(tmp_path)

    provider = ClipProvider(str(tmp_path), device="cpu")
    provider.load()
    assert (provider.info.dim, provider.info.max_tokens) == (16, 16)
    assert provider.info.recipe["text_padding"] == "max_length"
    tokens = tokenizer(["abc", "abcdefg"], padding="max_length", max_length=16, return_tensors="pt")
    with torch.inference_mode():
        expected = model.get_text_features(input_ids=tokens["input_ids"]).pooler_output.numpy()
    np.testing.assert_allclose(provider.encode(["abc", "abcdefg"]).vectors, expected, atol=1e-5)
    np.testing.assert_allclose(provider.encode(["abc"]).vectors, expected[:1], atol=1e-5)
    from PIL import Image

    assert provider.encode_images([Image.new("RGB", (30, 20), "red")]).vectors.shape == (1, 16)


def text_tower(folder: Path, dim: int) -> Path:
    """A sentence-transformers folder that reads texts only, of random weights."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "개", "dog"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    config = BertConfig(
        vocab_size=len(words), hidden_size=dim, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
        max_position_embeddings=32,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder / "bert")
    SentenceTransformer(str(folder / "bert"), device="cpu").save(str(folder / "st"), create_model_card=False)
    return folder / "st"


@pytest.mark.slow
def test_a_text_tower_with_the_image_tower_of_another_model(toy, clip, tmp_path):
    provider = ClipProvider(str(text_tower(tmp_path, 64)), image_model=str(toy / "model"), device="cpu")
    provider.load()
    assert provider.info.max_tokens == 32
    assert provider.encode(["개", "dog"]).vectors.shape == (2, 64)
    from PIL import Image

    picture = Image.new("RGB", (32, 32), "red")
    np.testing.assert_allclose(
        provider.encode_images([picture]).vectors, clip.encode_images([picture]).vectors, atol=1e-5
    )


@pytest.mark.slow
def test_towers_that_share_no_space(toy, tmp_path):
    provider = ClipProvider(str(text_tower(tmp_path, 16)), image_model=str(toy / "model"), device="cpu")
    with pytest.raises(ProviderError, match="16 dimensions and images of 64"):
        provider.load()


def test_a_pickle_of_either_tower_is_refused_before_loading(tmp_path):
    texts, images = tmp_path / "texts", tmp_path / "images"
    for folder, config in ((texts, {"model_type": "bert"}), (images, {"vision_config": {}})):
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "model.safetensors").touch()
    options = {"image_model": str(images)}
    ClipProvider(str(texts), **options)
    (images / "model.safetensors").rename(images / "pytorch_model.bin")
    with pytest.raises(UsageError, match="are a pickle") as caught:
        ClipProvider(str(texts), **options)
    assert caught.value.where == str(images)
    ClipProvider(str(texts), allow_pickle=True, **options)


def test_weights_of_a_hub_id_must_be_safetensors_unless_asked(monkeypatch):
    asked = []

    def model(name, **keywords):
        asked.append(keywords)
        raise OSError("use_safetensors=True")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", _unreachable)
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", model)
    with pytest.raises(ProviderError, match="as a pickle only"):
        ClipProvider("clip-ViT-B-32", device="cpu").load()
    with pytest.raises(ProviderError):
        ClipProvider("clip-ViT-B-32", device="cpu", allow_pickle=True, trust_remote_code=True).load()
    assert [keywords["model_kwargs"].get("use_safetensors") for keywords in asked] == [True, None]


def test_the_multilingual_text_tower_knows_its_image_tower():
    provider = ClipProvider("sentence-transformers/clip-ViT-B-32-multilingual-v1")
    assert provider.info.recipe["image_model"] == "clip-ViT-B-32"


@pytest.mark.slow
def test_a_text_model_is_refused_before_loading(tmp_path):
    folder = text_tower(tmp_path, 16)
    with pytest.raises(UsageError, match="reads texts only: it is a bert without an image tower") as caught:
        ClipProvider(str(folder))
    assert "image_model" in str(caught.value.hint)


def test_a_hub_that_does_not_answer(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", _unreachable)
    provider = ClipProvider("clip-ViT-B-32", device="cpu")
    with pytest.raises(NotAvailableError, match="clip-ViT-B-32") as caught:
        provider.load()
    assert "\n" not in caught.value.message


def _unreachable(api, name, **keywords):
    raise ConnectionError("Name or service not known")


def test_construction_imports_no_torch_and_no_pillow():
    code = (
        "import sys; from embedmark_providers.clip import ClipProvider; ClipProvider('clip-ViT-B-32');"
        "print([m for m in ('torch', 'numpy', 'PIL', 'transformers') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


@pytest.mark.slow
def test_the_suite_of_the_demo_on_a_smaller_toy(toy, tmp_path, monkeypatch, capsys):
    """The whole chain, by bench/suites/clip.yaml itself: only its paths are another folder's."""
    from embedmark.cli.main import run

    text = (
        (ROOT / "bench" / "suites" / "clip.yaml").read_text(encoding="utf-8").replace("../../build/toy_clip", str(toy))
    )
    text = text.replace("calls: 400", "calls: 30").replace("max_seconds: 2", "max_seconds: 0.5")
    (tmp_path / "clip.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["run", "clip.yaml", "--out", "out"]) == 0
    assert "(a toy)" in capsys.readouterr().out
    assert run(["verify", "out"]) == 0
    import csv

    def table(name: str) -> list[dict[str, str]]:
        with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    summary = {row["dataset"]: row for row in table("summary.csv")}
    for language in LANGUAGES:
        row = summary[f"shapes/{language}"]
        assert (row["metric"], row["status"], row["unit"]) == ("recall_at_1", "ok", "image")
        assert float(row["value"]) >= 0.75
    assert float(summary["shapes/graded"]["spearman"]) > 0.5
    assert {row["unit"] for row in table("throughput.csv")} == {"image", "text"}
    assert {row["unit"] for row in table("latency.csv")} == {"image", "text"}
    cells = [row for row in table("accuracy.csv") if row["dataset"] == "shapes/matrix"]
    assert [row["slice"] for row in cells] == ["1:1", "1:2", "1:3", "2:1", "2:2", "2:3"]
    assert all(-1 <= float(row["value"]) <= 1 for row in cells)


def test_similarity_of_pictures_and_texts_is_one_matrix(toy):
    pictures = sorted(str(path) for path in (toy / "pictures").iterdir())[:2]
    runner = CliRunner()

    done = runner.invoke(command, ["--model", f"clip:{toy / 'model'}", "--lang", "en", *pictures, "a red ring"])

    rows = [line.split() for line in done.output.splitlines()[-3:]]
    assert done.exit_code == 0, done.output
    assert [row[0] for row in rows[:2]] == [Path(picture).name for picture in pictures]
    values = np.array([row[-3:] for row in rows], dtype=float)
    assert np.diag(values).tolist() == [1, 1, 1]
    assert np.array_equal(values, values.T)
    assert len(set(values.ravel().tolist())) == 4
