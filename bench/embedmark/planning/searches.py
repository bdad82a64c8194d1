"""Searches that a reranker bills: pairs with the same first text go together, up to a limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from embedmark.allpairs.counts import pair_count, search_count
from embedmark.api.items import swapped
from embedmark.datasets import PairDataset
from embedmark.planning.providers import PlannedProvider


def accuracy_searches(planned: PlannedProvider, dataset: PairDataset) -> int:
    """Return the searches of scoring every pair in both orders."""
    pairs = list(zip(dataset.sentence1, dataset.sentence2, strict=True))
    return _grouped([*pairs, *swapped(pairs)], planned.info.limits.pairs_per_search)


def pass_searches(planned: PlannedProvider, items: Sequence[Any], batch_size: int) -> int:
    """Return the searches of one pass in batches of at most `batch_size`."""
    per = planned.info.limits.pairs_per_search
    return _grouped(items, min(per, batch_size)) if per else 0


def scaling_searches(planned: PlannedProvider, sizes: Sequence[int]) -> int:
    """Return the searches of all pairs at each of these sizes."""
    per = planned.info.limits.pairs_per_search
    return sum(search_count(n, per) for n in sizes) if per else 0


def two_stage_searches(planned: PlannedProvider, n: int, pairs: int) -> int:
    """Return the searches of `pairs` pairs within n texts at most: one begun for each text, and the full ones."""
    per = planned.info.limits.pairs_per_search
    if not per:
        return 0
    return min(pairs, n + pairs // per, search_count(n, per) if pairs <= pair_count(n) else pairs)


def reranking_searches(planned: PlannedProvider, queries: int, candidates: int) -> int:
    """Return the searches of reranking this number of candidates for each query."""
    per = planned.info.limits.pairs_per_search
    return queries * -(-candidates // per) if per else 0


def _grouped(pairs: Sequence[Any], per: int | None) -> int:
    if not per:
        return 0
    return sum(-(-n // per) for n in Counter(first for first, _ in pairs).values())
