from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedmark.errors import ProviderError, UsageError
from embedmark.files import install_command
from embedmark_providers.lexical import LexicalProvider


def loaded(**options):
    provider = LexicalProvider(**options)
    provider.load()
    return provider


def test_vectors_are_dense_float32_of_length_one():
    vectors = loaded().encode(["A man is playing", "a guitar"]).vectors
    assert isinstance(vectors, np.ndarray)
    assert (vectors.shape, vectors.dtype) == ((2, 1024), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_a_vector_depends_on_its_text_alone():
    provider = loaded()
    together = provider.encode(["a man", "a guitar", "x " * 50]).vectors
    np.testing.assert_array_equal(provider.encode(["a guitar"]).vectors[0], together[1])
    code = (
        "from embedmark_providers.lexical import LexicalProvider as L; p = L(dim=16); p.load(); "
        "print(p.encode(['a guitar']).vectors.tolist())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == str(loaded(dim=16).encode(["a guitar"]).vectors.tolist())


def test_features_are_words_and_character_n_grams_within_words():
    # "ab c" holds the words ab, c and the 2-grams " a", "ab", "b ", " c", "c ": 7 features, in 2**20 columns apart.
    vector = loaded(dim=2**20, min_chars=2, max_chars=2).encode(["ab c"]).vectors[0]
    assert np.count_nonzero(vector) == 7
    np.testing.assert_allclose(np.abs(vector[vector != 0]), 7**-0.5, rtol=1e-6)


def test_korean_particles_leave_words_similar():
    cat, cat_too, car = loaded().encode(["고양이가 잔다", "고양이는 잔다", "자동차가 간다"]).vectors
    assert cat @ cat_too > cat @ car + 0.2
    assert np.count_nonzero(loaded().encode(["말"]).vectors) > 0


def test_empty_text_is_the_zero_vector():
    np.testing.assert_array_equal(loaded().encode(["", "  "]).vectors, np.zeros((2, 1024)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dim": 1}, "dim is 1"),
        ({"dim": 0}, "dim is 0"),
        ({"min_chars": 5}, "min_chars 5 is above max_chars 4"),
        ({"max_chars": "4"}, "max_chars is '4'"),
    ],
)
def test_refuses_wrong_options(options, message):
    with pytest.raises(UsageError, match=message):
        LexicalProvider(**options)


def test_life_cycle():
    provider = LexicalProvider()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])
    provider.load()
    with pytest.raises(ProviderError, match="at least one text"):
        provider.encode([])
    provider.close()
    provider.close()
    with pytest.raises(ProviderError, match="not loaded"):
        provider.encode(["a"])


def test_a_missing_extra_names_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        LexicalProvider()
    assert caught.value.hint == install_command("lexical")


def test_spearman_on_sts_b(stsb_test, cosines):
    provider = loaded()
    left, right = (provider.encode(texts).vectors for texts in (stsb_test.sentence1, stsb_test.sentence2))
    assert spearmanr(cosines(left, right), stsb_test.gold)[0] == pytest.approx(0.6843, abs=5e-5)
