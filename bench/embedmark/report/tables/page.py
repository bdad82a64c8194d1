"""What only the page shows, as plain values: tables that sort, figures, pairs, and everything needed to run again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.derive import Derived
from embedmark.derive.details import RankedPair
from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.timing import LatencyRow, ScalingRow
from embedmark.language import gettext as _
from embedmark.report.sentences.answers import break_even_sentences
from embedmark.report.sentences.projections import is_rough, time_text, too_few
from embedmark.report.tables.model import DatasetTable
from embedmark.report.tables.summary import ReportView
from embedmark.report.text.fold import hold, wrap
from embedmark.report.text.names import plural, verdict_name
from embedmark.report.text.numbers import DASH, correlation, count, duration, family, number, scaled, usd
from embedmark.report.text.words import word_of
from embedmark.store.cells import Cell
from embedmark.store.manifest.model import Manifest

Sentences = Mapping[str, Mapping[str, tuple[str, str]]]

_CLIP = 200  # characters of a sentence that are shown
_MOST_COMPARISONS = 45  # rows of a forest's table
_TITLE_WIDTH = 22  # columns of a title that is longer than its cells


@dataclass(frozen=True, slots=True)
class Cells:
    """A cell of a table: its text, and what it sorts by."""

    text: str
    value: Cell


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table that sorts by any column; `numeric` says which are numbers."""

    titles: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cells, ...], ...]


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair of sentences; None where they are not at hand."""

    who: str
    pair_id: str
    gold: str
    ranks: str
    sentences: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class PairList:
    """The worst pairs of one dataset."""

    dataset: str
    worst: tuple[PairRow, ...]
    disagreements: tuple[PairRow, ...]


def overview(view: ReportView) -> PageTable | None:
    """Return the table of all datasets together, or None if there is only one."""
    return _sortable(view.overview) if view.overview is not None else None


def summary_tables(view: ReportView) -> list[PageTable]:
    """Return the tables of `view`, one a dataset, with what each cell sorts by."""
    return [_sortable(table) for table in view.tables]


def _sortable(table: DatasetTable) -> PageTable:
    """Return a table without the columns in which no row has a value."""
    shown = table.filled()
    return PageTable(
        titles=tuple(hold(table.columns[i].title) for i in shown),
        numeric=tuple(table.columns[i].numeric for i in shown),
        rows=tuple(
            tuple(Cells(row[i], values[i]) for i in shown) for row, values in zip(table.rows, table.values, strict=True)
        ),
    )


def latency_view(rows: Sequence[LatencyRow]) -> PageTable:
    """Return percentiles with their intervals, by provider and scenario."""
    body = []
    for row in rows:
        cells = [
            Cells(row.provider, row.provider),
            Cells(word_of(row.scenario) + (f", {plural(row.unit)}" if row.unit == "image" else ""), row.scenario),
            Cells(number(row.rate_per_s), row.rate_per_s),
            Cells(f"{row.n_calls:,}", row.n_calls),
        ]
        for ms, low, high in (
            (row.p50_ms, row.p50_ci_low, row.p50_ci_high),
            (row.p95_ms, row.p95_ci_low, row.p95_ci_high),
            (row.p99_ms, row.p99_ci_low, row.p99_ci_high),
        ):
            span = f" [{number(low)}, {number(high)}]" if low is not None else ""
            cells.append(Cells(number(ms) + span, ms))
        cells.append(Cells(number(row.max_ms), row.max_ms))
        cells.append(Cells(word_of(row.host_state or DASH), row.host_state))
        body.append(tuple(cells))
    said = (_("provider"), _("scenario"), _("arrivals/s"), _("calls"))
    titles = (*said, "p50 ms", "p95 ms", "p99 ms", _("max ms"), _("machine"))
    return PageTable(titles, (False, False, True, True, True, True, True, True, False), tuple(body))


def comparison_table(derived: Derived, dataset: str) -> PageTable:
    """Return paired differences in the dataset's main metric, the largest first."""
    metric = derived.findings.main_metric(dataset)
    found = [c for c in derived.findings.comparisons if (c.dataset, c.metric) == (dataset, metric)]
    rows = []
    for c in sorted(found, key=lambda c: -abs(c.diff or 0.0))[:_MOST_COMPARISONS]:
        interval = f"[{c.ci_low:+.4f}, {c.ci_high:+.4f}]" if c.ci_low is not None else DASH
        texts = (
            (c.provider_a, c.provider_a), (c.provider_b, c.provider_b), (_signed(c.diff), c.diff),
            (interval, c.ci_low), (_p_value(c.p_adjusted), c.p_adjusted), (_plain(c.detectable), c.detectable),
            (verdict_name(c.verdict), c.verdict),
        )  # fmt: skip
        rows.append(tuple(Cells(text, value) for text, value in texts))
    known = sum(c.ci_low is not None for c in found)
    interval_title = "\n".join(wrap(hold(_("interval ({family})", family=family(known))), _TITLE_WIDTH))
    said = (_("provider"), _("against"), _("difference"))
    titles = (*said, interval_title, _("p (adjusted)"), _("could be shown"), _("verdict"))
    return PageTable(titles, (False, False, True, True, True, True, False), tuple(rows))


def cost_view(rows: Sequence[CostRow]) -> PageTable:
    """Return what each provider costs on each dataset."""
    units = dict.fromkeys(row.unit for row in rows)
    body = [
        tuple(
            Cells(text, value)
            for text, value in (
                (row.provider, row.provider), (row.dataset, row.dataset),
                (f"{word_of(row.basis)}, {plural(row.unit)}" if len(units) > 1 else word_of(row.basis), row.basis),
                (count(row.tokens), row.tokens),
                (usd(scaled(row.usd_per_1k_items, 1000)), row.usd_per_1k_items),
                (usd(row.usd_per_1m_tokens), row.usd_per_1m_tokens),
                (" ".join(text for text in (row.price_source, row.price_as_of) if text), row.price_source),
            )
        )
        for row in rows
    ]  # fmt: skip
    paid = f"$/1M {'·'.join(plural(row_unit) for row_unit in units)}"
    titles = (_("provider"), _("dataset"), _("basis"), _("tokens"), paid, _("$/1M tokens"), _("price from"))
    return PageTable(titles, (False, False, False, True, True, True, False), tuple(body))


def scaling_view(rows: Sequence[ScalingRow]) -> PageTable:
    """Return all pairs within n texts: counts, times and USD."""
    body = []
    for row in rows:
        span = ""
        if row.seconds_ci_low is not None and not is_rough(row, rows):
            span = f" [{duration(row.seconds_ci_low)}, {duration(row.seconds_ci_high)}]"
        body.append((
            Cells(row.provider, row.provider), Cells(f"{row.n:,}", row.n),
            Cells(count(row.encodes), row.encodes),
            Cells(count(row.pair_predictions), row.pair_predictions),
            Cells(time_text(row, rows) + span, row.seconds), Cells(usd(row.usd), row.usd),
            Cells(word_of(row.basis), row.basis),
        ))  # fmt: skip
    said = (_("provider"), _("texts"), _("texts encoded"), _("pairs predicted"))
    titles = (*said, _("time"), _("cost"), _("basis"))
    return PageTable(titles, (False, True, True, True, True, True, False), tuple(body))


def rough_times(rows: Sequence[ScalingRow]) -> str:
    """Return what `about` means in the table of all pairs; empty where it does not occur."""
    return _("About: {reason}.", reason=too_few()) if any(is_rough(row, rows) for row in rows) else ""


def break_even_lines(derived: Derived) -> list[str]:
    """Return a sentence for each API."""
    return list(break_even_sentences(derived.details.break_even))


def pair_lists(derived: Derived, datasets: Sequence[str], sentences: Sentences) -> list[PairList]:
    """Return the worst pairs by dataset; datasets without any are left out."""
    details = derived.details
    found = [
        PairList(
            name,
            tuple(_pair(p, sentences) for p in details.worst if p.dataset == name),
            tuple(_pair(p, sentences) for p in details.disagreements if p.dataset == name),
        )
        for name in datasets
    ]
    return [entry for entry in found if entry.worst]


def _pair(pair: RankedPair, sentences: Sentences) -> PairRow:
    other = pair.other or _("gold")
    texts = sentences.get(pair.dataset, {}).get(pair.pair_id)
    return PairRow(
        who=f"{pair.provider} / {pair.other}" if pair.other else pair.provider,
        pair_id=pair.pair_id,
        gold=number(pair.gold),
        ranks=f"{pair.provider} {pair.rank:.0f} %, {other} {pair.other_rank:.0f} %",
        sentences=None if texts is None else (clip(texts[0]), clip(texts[1])),
    )


def clip(text: str) -> str:
    """Return the text, or its beginning and its length where it is long."""
    return text if len(text) <= _CLIP else _("{start}… ({n:,} characters)", start=text[:_CLIP], n=len(text))


def facts(entry: Mapping[str, Any]) -> str:
    """Return a mapping on one line, nested values as JSON; empty values left out."""
    return ", ".join(f"{key}: {_json(value)}" for key, value in entry.items() if value not in (None, "", {}, []))


def raw_files(manifest: Manifest) -> Iterable[tuple[str, int, str]]:
    """Name, rows and sha256 of every raw file."""
    return [(name, seal.rows, seal.sha256) for name, seal in manifest.raw.items()]


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _signed(value: float | None) -> str:
    return DASH if value is None else f"{value:+.4f}"


def _plain(value: float | None) -> str:
    return correlation(value)


def _p_value(value: float | None) -> str:
    return DASH if value is None else "< 0.0001" if value < 1e-4 else f"{value:.4f}"
