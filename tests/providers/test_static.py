from __future__ import annotations

import logging
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedmark.errors import ProviderError, UsageError
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
    with pytest.raises(UsageError, match="cannot read 'glove'"):
        StaticProvider("glove")
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
    assert caught.value.hint == 'pip install "embedmark[static]"'


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
