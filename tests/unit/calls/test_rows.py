"""Rows are put into their places as they come, in memory or in a file."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.calls.rows import PlacedRows
from embedmark.errors import BadResponseError

BLANK = np.full((1, 2), np.nan, dtype=np.float32)


@pytest.mark.parametrize("most_in_memory", [2**20, 0])
def test_rows_are_in_the_order_of_their_items(most_in_memory: int) -> None:
    rows = PlacedRows(4, most_in_memory)

    rows.put([3, 0], np.array([[3, 3], [0, 0]], dtype=np.float32))
    rows.put([1], np.array([[1, 1]], dtype=np.float32))

    whole = rows.whole(BLANK)
    assert isinstance(whole, np.memmap) == (most_in_memory == 0)
    assert whole[:2].tolist() == [[0, 0], [1, 1]]
    assert np.isnan(whole[2]).all()
    assert rows.at([3, 1]).tolist() == [[3, 3], [1, 1]]


def test_the_buffer_of_a_reply_may_be_used_again() -> None:
    rows, buffer = PlacedRows(1), np.ones((1, 2), dtype=np.float32)
    rows.put([0], buffer)

    buffer[:] = 7

    assert rows.whole(BLANK).tolist() == [[1, 1]]


def test_rows_of_different_lengths_are_refused() -> None:
    rows = PlacedRows(2)
    assert rows.put([0], np.ones((1, 2), dtype=np.float32))

    assert not rows.put([1], np.ones((1, 3), dtype=np.float32))

    with pytest.raises(BadResponseError, match=r"\[2, 3\]"):
        rows.whole(BLANK)


def test_no_reply_gives_blank_rows() -> None:
    assert np.isnan(PlacedRows(3).whole(BLANK)).all()
