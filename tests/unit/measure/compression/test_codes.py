"""Shorter and coarser vectors as they are read back."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.measure.compression.codes import stored, to_store

ROWS = np.random.default_rng(1).normal(size=(200, 16)).astype(np.float32)


def test_float32_is_the_first_numbers_unchanged() -> None:
    assert np.array_equal(stored(ROWS, 4, "float32"), ROWS[:, :4])


def test_int8_is_within_half_a_step_of_each_dimension() -> None:
    scale = np.abs(ROWS).max(axis=0) / 127

    off = np.abs(stored(ROWS, 16, "int8") - ROWS)

    assert (off <= scale / 2 * 1.001).all()
    assert len(np.unique(stored(ROWS, 16, "int8")[:, 0])) <= 255


def test_float16_is_numpys() -> None:
    assert np.array_equal(stored(ROWS, 16, "float16"), ROWS.astype(np.float16).astype(np.float32))


@pytest.mark.parametrize("precision", ["binary", "binary+rescore"])
def test_bit_is_the_sign(precision: str) -> None:
    assert np.array_equal(stored(ROWS, 16, precision), np.where(ROWS > 0, 1.0, -1.0))


@pytest.mark.parametrize("precision", ["float32", "float16", "int8", "binary"])
def test_bad_row_stays_bad_and_harms_no_other(precision: str) -> None:
    rows = ROWS.copy()
    rows[3, 2] = np.nan
    rows[5] = 0.0

    found = stored(rows, 16, precision)

    assert np.isnan(found[3]).any()
    assert not found[5].any()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()


def test_codes_of_a_direction_are_of_its_unit_vector() -> None:
    assert np.allclose(np.linalg.norm(to_store(ROWS, "int8", "cosine"), axis=1), 1.0)
    assert np.array_equal(to_store(ROWS, "int8", "dot"), ROWS)


def test_float32_is_stored_unchanged_and_keeps_ties() -> None:
    assert np.array_equal(to_store(ROWS, "float32", "cosine"), ROWS)
