"""How the similarity stage is cut into blocks: for who runs it, who fits its times, and who draws them."""

from __future__ import annotations

from typing import overload

BLOCK = 2048  # rows and columns of a product; fits of older runs take it to be the same, so it stays


@overload
def multiplied(n: int, block: int = BLOCK) -> int: ...
@overload
def multiplied(n: float, block: int = BLOCK) -> float: ...
def multiplied(n: float, block: int = BLOCK) -> float:
    """Dot products that all pairs of n vectors take in blocks: every block on the diagonal or above it, whole.

    Within one block that is n^2, the full square; for n far beyond a block it comes down to half of that. So seconds
    in proportion to pairs would be too many by up to 2 where they were measured at a few thousand vectors.
    """
    whole, rest = n // block, n % block
    return (n * n + whole * block * block + rest * rest) // 2


def two_stage_pairs(n: int, candidates: int) -> int:
    """Return pairs that a cross-encoder predicts after a bi-encoder, at most: `candidates` a text, no pair twice."""
    return min(n * candidates, pair_count(n))


def pair_count(n: int) -> int:
    """Return all pairs within n texts: n(n-1)/2. 1,000 texts have 499,500."""
    return n * (n - 1) // 2


def search_count(n: int, pairs_per_search: int) -> int:
    """Return the searches that all pairs of n texts take, grouped by their first text.

    1,000 texts with up to 100 pairs a search take 5,490; one by one they take 499,500.
    """
    whole, rest = divmod(n - 1, pairs_per_search)
    return pairs_per_search * whole * (whole + 1) // 2 + rest * (whole + 1)
