"""The fingerprint: its documented bytes, and that different data never share them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from embedmark.datasets import fingerprint


def test_the_documented_format() -> None:
    data = (
        b"embedmark-pairs-1\n"
        + b"1:1"
        + b"6:\xed\x95\x9c\xea\xb5\xad"
        + b"0:"
        + b"3:2.5"
        + b"1:21:a1:b19:0.30000000000000004"
    )
    expected = hashlib.sha256(data).hexdigest()
    assert fingerprint(["1", "2"], ["한국", "a"], ["", "b"], np.array([2.5, 0.1 + 0.2])) == expected


def test_a_score_has_one_form_whatever_its_type() -> None:
    assert fingerprint(["1"], ["a"], ["b"], [3]) == fingerprint(["1"], ["a"], ["b"], np.array([3.0]))


BASE = (["1", "2"], ["ab", "c"], ["d", "e"], [1.0, 2.0])


@pytest.mark.parametrize(
    "other",
    [
        (["2", "1"], ["ab", "c"], ["d", "e"], [1.0, 2.0]),
        (["1", "2"], ["a", "c"], ["bd", "e"], [1.0, 2.0]),
        (["1", "2"], ["d", "c"], ["ab", "e"], [1.0, 2.0]),
        (["1", "2"], ["c", "ab"], ["e", "d"], [2.0, 1.0]),
        (["1", "2"], ["ab", "c"], ["d", "e"], [1.0, np.nextafter(2.0, 3.0)]),
        (["1"], ["ab"], ["d"], [1.0]),
        (["1", "2"], ["ab", "c"], ["d", "e1:3"], [1.0, 2.0]),
        (["1", "2"], ["ab\u0301", "c"], ["d", "e"], [1.0, 2.0]),
    ],
)
def test_different_data(other: tuple[list[str], list[str], list[str], list[float]]) -> None:
    assert fingerprint(*other) != fingerprint(*BASE)


def test_unicode_forms_differ() -> None:
    assert fingerprint(["1"], ["e\u0301"], [""], [0.0]) != fingerprint(["1"], ["\u00e9"], [""], [0.0])


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        fingerprint(["1", "2"], ["a"], ["b"], [1.0])
