"""The page's tables on cost: each provider's bill at the suite's volume, and what each kind of vectors takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from embedmark.derive import Derived
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.derive.rows.cost import VolumeRow
from embedmark.language import from_english, ngettext
from embedmark.language import gettext as _
from embedmark.report.tables.page import Cells, PageTable
from embedmark.report.text.fold import MARK
from embedmark.report.text.money import bill, bill_span
from embedmark.report.text.names import metric_title
from embedmark.report.text.numbers import DASH, correlation, interval, number
from embedmark.store.cells import Cell

# Terms of volume.csv in the order of the table; those that no provider has are left out. The file has all by batch.
_TERMS: Final = (
    "index", "index_batch", "queries", "churn", "growth", "storage", "machines", "year_1", "year_1_batch",
    "per_1k_queries", "switch",
)  # fmt: skip
_MISSING: Final = "missing: "
_IN_MACHINES: Final = "in machines"
_WHILE_THEY_WORK: Final = "in queries and churn"


def bills_table(derived: Derived) -> PageTable | None:
    """Return each provider's bill, term by term; None where the suite names no volume."""
    rows = derived.tables["volume.csv"]
    if not rows:
        return None
    bills: dict[str, dict[str, VolumeRow]] = {}
    for row in rows:
        bills.setdefault(row.provider, {})[row.term] = row
    terms = [term for term in _TERMS if any(term in of_provider for of_provider in bills.values())]
    ordered = sorted(bills.items(), key=lambda entry: _year(entry[1]))
    return PageTable(
        titles=(_("provider"), *(_title(term) for term in terms)),
        numeric=(False, *(True for _term in terms)),
        rows=tuple(_bill_cells(name, of_provider, terms) for name, of_provider in ordered),
    )


def missing_lines(derived: Derived) -> list[str]:
    """Return a line for each provider whose bill lacks something: what is missing, each thing once."""
    missing: dict[str, dict[str, None]] = {}
    for row in derived.tables["volume.csv"]:
        source = row.source
        if source.startswith(_MISSING):
            parts = source.removeprefix(_MISSING).split("; ")
            missing.setdefault(row.provider, {}).update(dict.fromkeys(parts))
    return [
        _("{name} has no full bill; missing: {missing}.", name=name, missing="; ".join(map(from_english, parts)))
        for name, parts in missing.items()
    ]


def _year(of_provider: Mapping[str, VolumeRow]) -> float:
    year = of_provider.get("year_1")
    return math.inf if year is None or year.usd is None else year.usd


def _bill_cells(name: str, of_provider: Mapping[str, VolumeRow], terms: Sequence[str]) -> tuple[Cells, ...]:
    machines = of_provider.get("machines")
    known = machines is not None and machines.usd is not None
    return (Cells(name, name), *(_bill_cell(of_provider.get(term), known) for term in terms))


def _bill_cell(row: VolumeRow | None, machines_known: bool) -> Cells:
    if row is None:
        return Cells(DASH, None)
    if row.source == _IN_MACHINES:
        return Cells(_("in machines") if machines_known else DASH, None)
    if row.source == _WHILE_THEY_WORK:
        return Cells(_("while they work"), None)
    text = bill(row.usd) + bill_span(row.usd_ci_low, row.usd_ci_high)
    if row.term == "machines" and row.quantity is not None:
        text = ngettext("{n:,} machine: {usd}", "{n:,} machines: {usd}", round(row.quantity), usd=text)
    return Cells(text, row.usd)


def _title(term: str) -> str:
    return {
        "index": _("index, once"),
        "index_batch": _("index, once,\nby batch"),
        "queries": _("queries,\na month"),
        "churn": _("changes,\na month"),
        "growth": _("new documents,\nfirst month"),
        "storage": _("vectors,\na month"),
        "machines": _("machines,\na month"),
        "year_1": _("first year"),
        "year_1_batch": _("first year,\nby batch"),
        "per_1k_queries": _("1,000\nqueries"),
        "switch": _("switching\nlater"),
    }[term]


def compression_view(derived: Derived) -> PageTable | None:
    """Return every kind of vectors with its quality and what it takes; None where compression was not measured."""
    cells = derived.details.compression
    if not cells:
        return None
    titles = [_("provider"), _("dataset"), _("dimensions"), _("precision"), _("bytes"), _("quality")]
    titles += [_("95 % interval"), _("difference from\nthe full vectors")]
    with_volume = any(cell.gb is not None for cell in cells)
    if with_volume:
        titles += [_("GB at\nyour volume"), _("USD\na month")]
    numeric = [False, False, True, False, True, True, True, True, True, True][: len(titles)]
    return PageTable(tuple(titles), tuple(numeric), tuple(_compressed(cell, with_volume) for cell in cells))


def _compressed(cell: CompressionCell, with_volume: bool) -> tuple[Cells, ...]:
    value = None if math.isnan(cell.value) else cell.value
    low, high = cell.interval or (None, None)
    found: list[tuple[str, Cell]] = [
        (cell.provider, cell.provider),
        (cell.dataset, cell.dataset),
        (str(cell.dims), cell.dims),
        (cell.precision, cell.precision),
        (f"{cell.size:,}", cell.size),
        (f"{MARK if cell.is_tied else ''}{metric_title(cell.metric)} {correlation(value)}", value),
        (interval(low, high) or DASH, low),
        (_difference(cell), cell.difference),
    ]
    if with_volume:
        found += [(number(cell.gb), cell.gb), (bill(cell.usd_per_month), cell.usd_per_month)]
    return tuple(Cells(text, sorts_by) for text, sorts_by in found)


def _difference(cell: CompressionCell) -> str:
    if cell.difference is None or cell.difference_interval is None:
        return DASH
    low, high = cell.difference_interval
    if low == cell.difference == high == 0:
        return _("identical")
    return f"{cell.difference:+.4f} [{low:+.4f}, {high:+.4f}]"
