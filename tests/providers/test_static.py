from __future__ import annotations

import logging
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedmark.errors import ProviderError, UsageError
from embedmark.files import install_command
from embedmark_providers.static import StaticProvider


@pytest.fixture(scope="module")
def provider():
    pytest.importorskip("wordllama")
    provider = StaticProvider()
    provider.load()
    yield provider
    provider.close()


def test_a_vector_is_the_mean_of_its_tokens_vectors(provider):
    from pathlib import Path

    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    from embedmark.api import resolve_model

    folder = Path(resolve_model("package:wordllama"))
    table = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"].astype(np.float32)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    ids = tokenizer.encode("A man is playing a guitar", add_special_tokens=False).ids
    # In a batch with a longer text: padding must not count.
    vectors = provider.encode(["A man is playing a guitar", "x " * 40]).vectors
    assert (vectors.shape, vectors.dtype, table.shape) == ((2, 256), np.float32, (32000, 256))
    np.testing.assert_allclose(vectors[0], table[ids].mean(axis=0), atol=1e-5)
    assert provider.count_tokens(["A man is playing a guitar", "x " * 40])[0] == len(ids)


@pytest.mark.parametrize("normalize", [False, True])
def test_empty_text_is_the_zero_vector(normalize):
    provider = StaticProvider(normalize=normalize)
    provider.load()
    for texts in ([""], ["", "a man"]):
        np.testing.assert_array_equal(provider.encode(texts).vectors[0], np.zeros(256))
    assert provider.count_tokens([""]) == [0]


def test_truncate_dim_and_normalize(provider):
    full = provider.encode(["a man"]).vectors
    small = StaticProvider(truncate_dim=64, normalize=True)
    assert small.info.dim == 64
    small.load()
    wanted = full[:, :64] / np.linalg.norm(full[:, :64])
    np.testing.assert_allclose(small.encode(["a man"]).vectors, wanted, atol=1e-6)


def test_refusals():
    with pytest.raises(UsageError, match="truncate_dim is 100"):
        StaticProvider(truncate_dim=100)
    with pytest.raises(UsageError, match="truncate_dim is 0"):
        StaticProvider(truncate_dim=0)
    with pytest.raises(UsageError, match="applies to hub ids"):
        StaticProvider(revision="main")
    provider = StaticProvider()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


def test_no_texts_are_refused(provider):
    with pytest.raises(ProviderError, match="at least one text"):
        provider.encode([])


def test_a_missing_extra_names_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        StaticProvider()
    assert caught.value.hint == install_command("static")


def test_importing_wordllama_leaves_logging_alone():
    code = (
        "import logging; from embedmark_providers.static import StaticProvider; p = StaticProvider(); p.load(); "
        "print(logging.root.level, logging.root.handlers)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == (f"{logging.WARNING} []\n", "")


def test_spearman_on_sts_b(provider, stsb_test, cosines):
    left, right = (provider.encode(texts).vectors for texts in (stsb_test.sentence1, stsb_test.sentence2))
    assert spearmanr(cosines(left, right), stsb_test.gold)[0] == pytest.approx(0.7586, abs=5e-5)


WORDS = {"[UNK]": 0, "a": 1, "man": 2, "plays": 3}
TABLE = np.array([[9, 9, 9, 9], [1, 0, 0, 0], [0, 2, 0, 0], [3, 4, 0, 1]], dtype=np.float32)


def word_tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


@pytest.fixture
def model2vec_folder(tmp_path):
    model2vec = pytest.importorskip("model2vec")
    model2vec.StaticModel(TABLE, word_tokenizer(), normalize=False, max_length=3).save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def layer_folder(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    layers = [StaticEmbedding(word_tokenizer(), embedding_weights=TABLE), Normalize()]
    SentenceTransformer(modules=layers, device="cpu").save(str(tmp_path), create_model_card=False)
    return tmp_path


def test_model2vec_leaves_out_unknown_tokens_and_cuts(model2vec_folder):
    provider = StaticProvider(str(model2vec_folder))
    assert provider.info.dim is None
    provider.load()
    vectors = provider.encode(["a man", "nobody plays", "a a a man", ""]).vectors
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.5, 1, 0, 0], [3, 4, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]])
    assert (provider.info.dim, provider.info.max_tokens) == (4, 3)
    assert provider.info.recipe["format"] == "model2vec"
    assert provider.count_tokens(["a man", "nobody plays", "a a a man"]) == [2, 1, 4]
    np.testing.assert_allclose(provider.encode(["a a a man"]).vectors, [[1, 0, 0, 0]])  # counting leaves no trace
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


def test_static_layer_is_read_like_sentence_transformers(layer_folder):
    from sentence_transformers import SentenceTransformer

    texts = ["a man", "nobody plays", "a a a man"]
    provider = StaticProvider(str(layer_folder))
    provider.load()
    wanted = SentenceTransformer(str(layer_folder), device="cpu").encode(texts)
    np.testing.assert_allclose(provider.encode(texts).vectors, wanted, atol=1e-6)
    assert provider.info.recipe | {"format": "StaticEmbedding", "normalize": True} == provider.info.recipe
    assert provider.info.max_tokens is None
    plain = StaticProvider(str(layer_folder), normalize=False, truncate_dim=2)
    plain.load()
    np.testing.assert_allclose(plain.encode(["a man"]).vectors, [[0.5, 1]])
    too_small = StaticProvider(str(layer_folder), truncate_dim=5)
    with pytest.raises(ProviderError, match="above the model's 4 dimensions"):
        too_small.load()


def test_sbert_reads_a_static_embedding_layer_too(layer_folder):
    from embedmark_providers.sbert import SbertProvider

    provider = SbertProvider(str(layer_folder))
    provider.load()
    assert provider.count_tokens(["a man", ""]) == [2, 0]
    assert provider.info.max_tokens is None


def test_another_folder_is_refused(plain_model):
    with pytest.raises(UsageError, match="not a static model") as caught:
        StaticProvider(str(plain_model))
    assert "use: sbert" in caught.value.hint


def test_a_hub_that_does_not_answer(monkeypatch):
    from huggingface_hub import HfApi

    from embedmark.errors import NotAvailableError

    def fail(self, name, **keywords):
        raise ConnectionError("no route")

    monkeypatch.setattr(HfApi, "model_info", fail)
    with pytest.raises(NotAvailableError, match="the hub does not answer"):
        StaticProvider("embedmark-tests/no-such-model").load()
