"""Recall of captions on two sides: paired differences over the queries that both ranked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from embedmark.comparison.losses import lost_text
from embedmark.comparison.match import Match
from embedmark.comparison.model import Change, Quantity
from embedmark.comparison.paired import Observed, SharedSample, paired_changes
from embedmark.derive.accuracy.captions import CUTOFFS, IMAGE_TO_TEXT, TEXT_TO_IMAGE, Ranked, ranked_queries
from embedmark.derive.accuracy.families import dataset_seed
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_DIRECTIONS: Final = (IMAGE_TO_TEXT, TEXT_TO_IMAGE)
_TRIVIAL: Final = "no more candidates than the cutoff"


def recall_changes(matches: Sequence[Match], dataset: DatasetEntry) -> Iterator[Change]:
    """Yield recall at 1, 5 and 10 of every match in both directions; a direction and cutoff is one family."""
    for direction in _DIRECTIONS:
        for metric, cutoff in CUTOFFS.items():
            quantity = Quantity(dataset.name, metric, direction)
            candidates = dataset.n_texts if direction == IMAGE_TO_TEXT else dataset.n_images
            if candidates <= cutoff:
                yield from (match.incomparable(quantity, _TRIVIAL, applies=False) for match in matches)
            else:
                yield from _family(matches, dataset, quantity, cutoff)


def _family(matches: Sequence[Match], dataset: DatasetEntry, quantity: Quantity, cutoff: int) -> Iterator[Change]:
    import numpy as np

    from embedmark.stats import DRAWS, MEAN_SHARE, Units

    found: list[tuple[Match, Ranked, Ranked]] = []
    for match in matches:
        ranks = match.both_sides(dataset, partial(_ranked, direction=quantity.setting))
        if isinstance(ranks, str):
            yield match.incomparable(quantity, ranks)
        else:
            found.append((match, *ranks))
    if not found:
        return
    queries = np.unique(np.concatenate([ranked.queries for _, *both in found for ranked in both]))
    clusters = np.zeros(queries.size, dtype=np.int64)
    for _, *both in found:
        for ranked in both:
            clusters[np.searchsorted(queries, ranked.queries)] = ranked.clusters
    run = found[0][0].baseline.first
    sample = SharedSample(gold=None, units=Units.of_clusters(clusters), draws=DRAWS, seed=dataset_seed(run, dataset))
    observed = [_observed(match, before, after, queries, cutoff) for match, before, after in found]
    yield from paired_changes(quantity, MEAN_SHARE, observed, sample)


def _observed(match: Match, before: Ranked, after: Ranked, queries: npt.NDArray[np.int64], cutoff: int) -> Observed:
    """Return which of `queries` each side finds within the cutoff, NaN where either has not ranked one."""
    import numpy as np

    hits = np.full((2, queries.size), np.nan)
    for row, ranked in zip(hits, (before, after), strict=True):
        row[np.searchsorted(queries, ranked.queries)] = ranked.ranks <= cutoff
    hits[:, np.isnan(hits).any(axis=0)] = np.nan
    both = int((~np.isnan(hits[0])).sum())
    lost = lost_text(match, (before.queries.size, after.queries.size), both, "queries")
    return Observed(match=match, before=hits[0], after=hits[1], lost=lost)


def _ranked(run: MeasuredRun, name: str, dataset: DatasetEntry, direction: str) -> Ranked | None:
    ranks = run.raw.ranks
    if ranks is None:
        return None
    rows = ranks[(ranks["dataset"] == dataset.name) & (ranks["provider"] == name)]
    ranked = ranked_queries(rows, direction) if len(rows) else None
    return ranked if ranked is not None and ranked.queries.size else None
