"""Warnings about what the pairs of a dataset can show."""

from __future__ import annotations

import math
from collections.abc import Iterator

from embedmark.derive.accuracy.model import DatasetAnalysis, is_binary
from embedmark.notices import Notice


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
    what = "images" if analysis.dataset.kind == "captions" else "pairs"
    yield Notice(
        "too-few-to-rank",
        f"{name}: no test could tell {len(analysis.ranked())} providers apart on {n} {what}, so none is marked best",
        f"give at least {needed} {what} that share no text, and some 300 to see differences of about 0.09",
        {"dataset": name, "n": n, "needed": needed},
    )


def _shared(analysis: DatasetAnalysis) -> Iterator[Notice]:
    units, name = analysis.units, analysis.dataset.name
    if units is None or not analysis.ranked():
        return
    if units.fixed:
        yield Notice(
            "fixed-text",
            f"{name}: {'one text is' if len(units.fixed) == 1 else 'two texts are'} in more than half of the "
            f"{units.n} pairs, so intervals hold for that text and say nothing about others",
            "add pairs of other texts, if the result shall hold for them too",
            {"dataset": name, "texts": len(units.fixed), "pairs": units.n},
        )
    if units.graph is None or units.promised:
        return
    worth = round(units.effective)
    lost = "intervals may be too narrow" if units.enough else "there are no intervals"
    yield Notice(
        "few-independent-pairs",
        f"{name}: its {units.n} pairs share so many texts that they are worth {worth} independent ones: {lost}",
        "take candidates of at least 10 queries, or 50 texts where each is paired with each",
        {"dataset": name, "pairs": units.n, "independent": worth},
    )


def _gaps(analysis: DatasetAnalysis) -> Iterator[Notice]:
    """A provider that lost pairs would be ranked on what it has against others on all."""
    ranked = analysis.ranked()
    counts = {c.provider.name: c.n_scored for c in analysis.columns if c.primary and c.provider.name in ranked}
    most = max(counts.values(), default=0)
    short = [name for name, n in counts.items() if n < most]
    if len(counts) < 2 or not short or not analysis.ranking:
        return
    name, n = analysis.dataset.name, analysis.n_ranked
    yield Notice(
        "ranked-on-common",
        f"{name}: providers are ranked over the {n} pairs that all of them scored; each one's own value is over its "
        f"own pairs ({', '.join(f'{who} {counts[who]}' for who in short)})",
        "look at failures.csv for the pairs that were lost, and resume the run",
        {"dataset": name, "common": n, "providers": short},
    )


def _binary(analysis: DatasetAnalysis) -> Notice:
    name, gold = analysis.dataset.name, analysis.gold
    share = float((gold == gold.max()).mean())
    ceiling = math.sqrt(3 * share * (1 - share))
    return Notice(
        "binary-gold",
        f"{name}: gold has two values ({100 * share:.0f} % positive), so that no model's Spearman can be above "
        f"{ceiling:.2f}",
        "judge by average_precision and roc_auc in accuracy.csv",
        {"dataset": name, "positive": round(share, 4), "ceiling": round(ceiling, 4)},
    )
