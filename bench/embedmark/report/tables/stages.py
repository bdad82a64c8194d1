"""What a second stage of a search gains, and what it costs at the suite's volume."""

from __future__ import annotations

from embedmark.derive import Derived
from embedmark.derive.cost.stages import StageGain
from embedmark.language import gettext as _
from embedmark.report.tables.page import Cells, PageTable
from embedmark.report.text.money import bill
from embedmark.report.text.numbers import DASH, number
from embedmark.store.cells import Cell


def stages_table(derived: Derived) -> PageTable | None:
    """Return a row for each second stage and dataset; None where the suite has none, or names no volume."""
    details = derived.details.volume
    if details is None or not details.stages:
        return None
    titles = (
        _("two stages"),
        _("dataset"),
        _("documents\na query"),
        _("searches\na query"),
        _("nDCG@10\ngained"),
        _("95 % interval"),
        _("$/1,000\nqueries"),
        _("first year"),
        _("nDCG@10 gained for $1\na 1,000 queries"),
    )
    numeric = (False, False, True, True, True, True, True, True, True)
    return PageTable(titles=titles, numeric=numeric, rows=tuple(_row(stage) for stage in details.stages))


def _row(stage: StageGain) -> tuple[Cells, ...]:
    low, high = stage.interval or (None, None)
    shown: tuple[tuple[str, Cell], ...] = (
        (stage.name, stage.name),
        (stage.dataset, stage.dataset),
        (f"{stage.candidates:,}", stage.candidates),
        (number(stage.searches), stage.searches),
        (DASH if stage.gain is None else f"{stage.gain:+.4f}", stage.gain),
        (DASH if low is None else f"[{low:+.4f}, {high:+.4f}]", low),
        (bill(stage.usd_per_1k), stage.usd_per_1k),
        (bill(stage.usd_per_year), stage.usd_per_year),
        (_per_usd(stage), stage.gain_per_usd if stage.is_shown else None),
    )
    return tuple(Cells(text, value) for text, value in shown)


def _per_usd(stage: StageGain) -> str:
    """Return the gain of a dollar; no number where no gain is shown."""
    if not stage.is_shown:
        return _("no gain is shown")
    return DASH if stage.gain_per_usd is None else f"{stage.gain_per_usd:+.4f}"
