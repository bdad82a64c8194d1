"""Which sizes are timed, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def shuffled_sizes(sizes: Sequence[int], repeats: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield every repeat, from 1, with every size in an order of its own, seeded.

    In rising order, a machine that slows down would make a curve steeper than it is.
    """
    import numpy as np

    for repeat in range(1, repeats + 1):
        for i in np.random.default_rng((seed, repeat)).permutation(len(sizes)).tolist():
            yield repeat, sizes[i]


def within_budget(sizes: Sequence[int], per_text_ns: float, budget_ns: float) -> int:
    """Return the largest of the rising `sizes` up to which all together take no longer than the budget; 0 for none."""
    spent, most = 0.0, 0
    for n in sizes:
        spent += n * per_text_ns
        if spent > budget_ns:
            break
        most = n
    return most
