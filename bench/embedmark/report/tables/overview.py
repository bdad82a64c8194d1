"""One table of several datasets: each provider's value on each, then speed, latency and price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.language import gettext as _
from embedmark.report.tables.model import Column, DatasetTable, ranked_rows
from embedmark.report.text.fold import MARK, fold_name
from embedmark.report.text.names import metric_title, plural
from embedmark.report.text.numbers import correlation, interval, number, usd
from embedmark.store.cells import Cell
from embedmark.store.manifest.datasets import DatasetFacts

_TITLE = 14  # columns of a dataset's name above its values
_Shown = tuple[str, Cell]  # the text of a cell, and what it sorts by


def overview_table(
    tables: Tables, datasets: Sequence[DatasetFacts], headings: Mapping[str, str]
) -> DatasetTable | None:
    """Return the table of all datasets together, or None if there is only one.

    Args:
        tables: the derived tables.
        datasets: their entries in the manifest; those whose result is a matrix are left out.
        headings: what is written above each dataset's own table.
    """
    names = [entry.name for entry in datasets if entry.kind != "matrix"]
    if len(names) < 2:
        return None
    by_dataset = {name: ranked_rows(tables, name) for name in names}
    providers = dict.fromkeys(row.provider for rows in by_dataset.values() for row in rows)
    found = {(row.provider, name): row for name, rows in by_dataset.items() for row in rows}
    lines = [_cells(provider, names, found) for provider in providers]
    return DatasetTable(
        heading="; ".join(headings[name] for name in names),
        columns=_columns(names, by_dataset),
        rows=tuple(tuple(text for text, _value in line) for line in lines),
        values=tuple(tuple(value for _text, value in line) for line in lines),
        notes=(),
    )


def _columns(names: Sequence[str], by_dataset: Mapping[str, Sequence[SummaryRow]]) -> tuple[Column, ...]:
    columns = [Column(_("provider"), numeric=False)]
    for name in names:
        rows = by_dataset[name]
        metric = metric_title(rows[0].metric) if rows else ""
        columns += [
            Column(f"{fold_name(name, _TITLE)}\n{metric}"),
            Column(_("95 % interval"), goes_first=True),
        ]
    units = list(dict.fromkeys(plural(row.unit) for row in by_dataset[names[0]] if row.items_per_s is not None))
    return (
        *columns,
        Column(f"{'/'.join(units)}/s" if units else _("texts/s")),
        Column("p50 ms"),
        Column("$/1M"),
    )


def _cells(provider: str, names: Sequence[str], found: Mapping[tuple[str, str], SummaryRow]) -> list[_Shown]:
    cells: list[_Shown] = [(provider, provider)]
    for name in names:
        cells += _quality(found.get((provider, name)))
    first = next(found[provider, name] for name in names if (provider, name) in found)
    price = first.usd_per_1k_items
    return [
        *cells,
        (number(first.items_per_s), first.items_per_s),
        (number(first.latency_ms_p50), first.latency_ms_p50),
        (usd(None if price is None else 1000 * price), price),
    ]


def _quality(row: SummaryRow | None) -> list[_Shown]:
    if row is None:
        return [(correlation(None), None), (interval(None, None), None)]
    mark = MARK if row.tie_group == 1 else ""
    return [(f"{mark}{correlation(row.value)}", row.value), (interval(row.ci_low, row.ci_high), row.ci_low)]
