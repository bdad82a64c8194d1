"""Warnings about what the pairs of a dataset can show."""

from __future__ import annotations

import math
from collections.abc import Iterator

from embedmark.derive.accuracy.model import DatasetAnalysis, is_binary
from embedmark.notices import Notice
from embedmark.notices.accuracy import (
    binary_gold,
    few_independent_pairs,
    fixed_text,
    ranked_on_common,
    too_few_to_rank,
)


def accuracy_notices(analysis: DatasetAnalysis) -> Iterator[Notice]:
    """Yield what a reader must know before trusting the accuracies of a dataset."""
    yield from _too_few(analysis)
    yield from _shared(analysis)
    yield from _gaps(analysis)
    if analysis.gold.size and is_binary(analysis.gold):
        yield _binary(analysis)


def _too_few(analysis: DatasetAnalysis) -> Iterator[Notice]:
    needed = analysis.needed()
    if needed is None:
        return
    name, n = analysis.dataset.name, analysis.n_ranked
    captions = analysis.dataset.kind == "captions"
    yield too_few_to_rank(name, providers=len(analysis.ranked()), n=n, needed=needed, captions=captions)


def _shared(analysis: DatasetAnalysis) -> Iterator[Notice]:
    units, name = analysis.units, analysis.dataset.name
    if units is None or not analysis.ranked():
        return
    if units.fixed:
        yield fixed_text(name, texts=len(units.fixed), pairs=units.n)
    if units.graph is None or units.promised:
        return
    worth = round(min(units.worst, units.components) if units.exchangeable else units.worst)
    yield few_independent_pairs(name, pairs=units.n, independent=worth, has_intervals=units.enough)


def _gaps(analysis: DatasetAnalysis) -> Iterator[Notice]:
    """Yield a warning if a provider lost pairs that others scored: the ranks are over common pairs."""
    short = analysis.short()
    if short:
        yield ranked_on_common(analysis.dataset.name, common=analysis.n_ranked, scored=short)


def _binary(analysis: DatasetAnalysis) -> Notice:
    name, gold = analysis.dataset.name, analysis.gold
    share = float((gold == gold.max()).mean())
    ceiling = math.sqrt(3 * share * (1 - share))
    return binary_gold(name, positive=share, ceiling=ceiling)
