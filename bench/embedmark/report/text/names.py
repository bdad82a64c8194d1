"""Names in a sentence: a list of them, and what things are called in the current language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from embedmark.language import gettext as _
from embedmark.language import ngettext
from embedmark.report.text.numbers import short_name

MOST_NAMES: Final = 6  # in a sentence; the tables have them all


def joined(names: Sequence[str]) -> str:
    """Return `a, b and 3 more`: at most six names."""
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES])
    if more <= 0:
        return shown
    return ngettext("{names} and {n} more", "{names} and {n} more", more, names=shown)


def plural(unit: object) -> str:
    """Return what is counted, of a row's unit: `texts`, `pairs`, `images`."""
    return {"text": _("texts"), "pair": _("pairs"), "image": _("images")}.get(str(unit), str(unit))


def metric_title(metric: object) -> str:
    """Return a metric as a column or a sentence has it: `Spearman`, `nDCG@10`, `average precision`."""
    return {
        "spearman": _("Spearman"),
        "pearson": _("Pearson"),
        "average_precision": _("average precision"),
    }.get(str(metric)) or short_name(str(metric))


def status_name(status: str) -> str:
    """Return how a run ended, in the current language."""
    return {
        "failed": _("failed"),
        "interrupted": _("interrupted"),
        "budget": _("stopped by a budget"),
        "running": _("running"),
    }.get(status, status)


def kind_name(kind: object) -> str:
    """Return what kind of provider a row is about: `bi` or `cross` of the encoders."""
    return {
        "bi-encoder": _("bi"),
        "cross-encoder": _("cross"),
        "two-stage": _("two-stage"),
        "fusion": _("fusion"),
        "ranker": _("ranker"),
    }.get(str(kind), str(kind))


def verdict_name(verdict: str) -> str:
    """Return a verdict in the current language."""
    return {
        "better": _("better"),
        "worse": _("worse"),
        "no clear difference": _("no clear difference"),
        "not comparable": _("not comparable"),
    }.get(verdict, verdict)
