"""The best of blocks of pairs are the best of all pairs, however many blocks there are."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.allpairs.best import Best
from embedmark.allpairs.counts import pair_count
from embedmark.allpairs.pairs import AllPairs, PairRange
from embedmark.distribute.neighbours import best_rows
from embedmark.measure.scaling.state import Counts, Stream, reduced
from embedmark.planning.shards import Block
from embedmark.store.cells import format_cell
from embedmark.store.written import WrittenRow

N, K, WINDOW = 31, 4, 8


def best_of(pairs: AllPairs | PairRange, values: np.ndarray) -> Best:
    """Return the best of some pairs, whose values are those of all pairs by their two texts."""
    stream = Stream(Best(N, K), Counts(0, np.empty(0, dtype=np.int64)))
    a, b = pairs.at(0, len(pairs))
    rows, _ = reduced(stream, a, b, values[a, b])
    stream.best.put(rows)
    return stream.best


def rows_of(best: Best) -> list[WrittenRow]:
    return [
        WrittenRow(
            {"text": str(text), "rank": str(rank + 1), "neighbour": str(other), "value": format_cell(float(value))}
        )
        for text in range(N)
        for rank, (other, value) in enumerate(zip(best.indexes[text], best.values[text], strict=True))
        if other >= 0
    ]


@pytest.mark.parametrize("of", [1, 2, 5, 8, 80])
@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_blocks_join_to_the_best_of_all_pairs(of, levels):
    """With few levels most values are equal: the smaller index must win across blocks, too."""
    values = np.random.default_rng(levels).integers(-levels, levels, (N, N)) / np.float32(3 * levels)
    everything = AllPairs(N)
    parts = [Block(i, of).cut(range(len(everything)), WINDOW) for i in range(1, of + 1)]
    ranges = [PairRange(everything, part[0], part[-1] + 1) for part in parts if part]

    joined = best_rows([row for each in ranges for row in rows_of(best_of(each, values))], K)

    assert sum(map(len, ranges)) == pair_count(N)
    assert joined == rows_of(best_of(everything, values))
    assert len({each.identity() for each in ranges}) == len(ranges)
