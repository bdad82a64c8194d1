"""What every report says, as plain values: the terminal, Markdown and HTML only render it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embedmark.derive import Derived
from embedmark.derive.rows.quality import SummaryRow
from embedmark.language import failure_from_english, from_english
from embedmark.language import gettext as _
from embedmark.notices.grouped import grouped
from embedmark.report.sentences.answers import answers
from embedmark.report.sentences.decision import decision
from embedmark.report.sentences.legend import asymmetries, legend, marks, noisy, status_note
from embedmark.report.sentences.prices import price_lines
from embedmark.report.sentences.projections import at_1000, is_rough, time_text
from embedmark.report.sentences.retrieval import retrieval_answers
from embedmark.report.sentences.scaling import scaling_answers, scaling_notes
from embedmark.report.sentences.slices import average_answers, published_notes, slice_notes, token_notes
from embedmark.report.sentences.volume import compression_answers, volume_answers
from embedmark.report.tables.few import few_table
from embedmark.report.tables.images import image_table
from embedmark.report.tables.model import Column, DatasetTable, ranked_rows
from embedmark.report.tables.overview import overview_table
from embedmark.report.tables.retrieval import retrieval_view
from embedmark.report.text.fold import MARK, hold
from embedmark.report.text.names import kind_name, metric_title, plural
from embedmark.report.text.numbers import DASH, about_word, correlation, interval, number, scaled, spread, usd
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.model import Manifest

__all__ = ["Column", "DatasetTable", "ReportView", "answers", "make_view"]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A whole report.

    Attributes:
        decision: the sentences to decide by, those that matter most first.
        overview: the table of all datasets together; None if there is only one.
        prices: a sentence with the source and date of each price; empty where nothing has one.
        is_noisy: True if timings were taken on a noisy machine.
    """

    title: str
    status: str
    decision: tuple[str, ...]
    answers: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[DatasetTable, ...]
    warnings: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]
    machine: str
    overview: DatasetTable | None
    prices: tuple[str, ...]
    is_noisy: bool


_WIDE, _WIDEST = 118, 130


def _columns(rows: Sequence[SummaryRow]) -> tuple[Column, ...]:
    """Return the summary's columns; what is counted a second and paid for is said in the titles."""
    timed = list(dict.fromkeys(plural(row.unit) for row in rows))
    paid = list(dict.fromkeys(plural("pair" if row.kind == "cross-encoder" else "text") for row in rows))
    per_second, per_million = _(" or\n").join(timed), _("\nor ").join(paid)
    return (
        Column(_("provider"), numeric=False),
        Column(_("kind"), numeric=False, min_width=_WIDE),
        Column(metric_title(rows[0].metric).replace(" ", "\n") if rows else _("Spearman")),
        Column(_("95 % interval")),
        Column(_("Pearson"), min_width=_WIDE),
        Column(f"{per_second}/s"),
        Column("±", min_width=_WIDE),
        Column(_("p50 ms")),
        Column(_("p95 ms"), min_width=_WIDE),
        Column(_("p99 ms"), min_width=_WIDE),
        Column(f"$/1M {per_million}"),
        Column(_("all pairs\nof 1k")),
        Column(_("load s"), min_width=_WIDEST),
    )


# What each column sorts by.
_SORTED_BY = (
    "provider", "kind", "value", "ci_low", "pearson", "items_per_s", "items_per_s_ci_low", "latency_ms_p50",
    "latency_ms_p95", "latency_ms_p99", "usd_per_1k_items", "seconds_at_1000", "load_s",
)  # fmt: skip


def make_view(manifest: Manifest, derived: Derived) -> ReportView:
    """Return the report of a run from its manifest and what was derived."""
    datasets = [dataset.name for dataset in manifest.datasets]
    sentences = [
        *retrieval_answers(derived, manifest),
        *answers(derived, datasets, manifest.host),
        *average_answers(derived.tables["accuracy.csv"]),
        *volume_answers(derived),
        *compression_answers(derived),
        *scaling_answers(derived.tables, _comparisons(derived, datasets)),
    ]
    decided = tuple(map(hold, decision(derived, manifest)))
    tables = tuple(_table(derived, dataset, manifest) for dataset in manifest.datasets)
    headings = {name: table.heading for name, table in zip(datasets, tables, strict=True)}
    small = tuple(few_table(few, manifest.texts(few.dataset)) for few in derived.details.few)
    return ReportView(
        title=manifest.run_id,
        status=manifest.status,
        decision=decided,
        answers=tuple(answer for answer in map(hold, sentences) if answer not in decided),
        notes=tuple(hold(text) for text in scaling_notes(derived.tables)),
        tables=(*tables, *small),
        warnings=tuple(
            (hold(message), hold(advice)) for message, advice in grouped(manifest.notices, manifest.circumstances)
        ),
        failures=tuple(
            f"{provider.name}: {failure_from_english(str(provider.error))}"
            for provider in manifest.providers
            if provider.status == "failed"
        ),
        machine=_machine(manifest),
        overview=overview_table(derived.tables, manifest.datasets, headings),
        prices=tuple(hold(text) for text in price_lines(derived.tables, manifest)),
        is_noisy=any(row.host_state == "noisy" for row in derived.tables["summary.csv"]),
    )


def _comparisons(derived: Derived, datasets: Sequence[str]) -> int | None:
    """Return how many differences in Spearman on the first dataset have their intervals together."""
    found = [finding for finding in derived.findings.datasets if finding.dataset in datasets[:1]]
    return next((finding.comparisons for finding in found if finding.metric == "spearman"), None)


def _table(derived: Derived, dataset: DatasetFacts, manifest: Manifest) -> DatasetTable:
    first = str(manifest.datasets[0].name)
    tables = derived.tables
    rows = ranked_rows(tables, dataset.name)
    if dataset.kind == "retrieval":
        notes = (*map(from_english, dataset.notes), *(note for row in rows if (note := status_note(row))))
        return retrieval_view(tables, dataset, derived.details.retrieval, notes)
    if (dataset.kind or "pairs") != "pairs":
        own = [*marks(rows), *noisy(rows)]
        notes = (*own, *map(from_english, dataset.notes), *(note for row in rows if (note := status_note(row))))
        return image_table(tables, dataset, first, notes)
    projected = {name: row for name, row in at_1000(tables).items() if is_rough(row, tables["scaling.csv"])}
    times = {name: time_text(row, tables["scaling.csv"]) for name, row in at_1000(tables).items()}
    notes = (
        *legend(rows, projected),
        *asymmetries(tables["accuracy.csv"], dataset.name),
        *token_notes(dataset, manifest.tokens),
        *published_notes(dataset, rows),
        *slice_notes(tables["accuracy.csv"], dataset.name, str(rows[0].metric) if rows else "spearman"),
        *map(from_english, dataset.notes),
        *(note for row in rows if (note := status_note(row))),
    )
    return DatasetTable(
        heading=_("{name}, {n_pairs:,} pairs", name=dataset.name, n_pairs=dataset.n_pairs),
        columns=_columns(rows),
        rows=tuple(_cells(row, times) for row in rows),
        values=tuple(tuple(row[key] for key in _SORTED_BY) for row in rows),
        notes=tuple(hold(note) for note in notes),
    )


def _cells(row: SummaryRow, times: Mapping[str, str]) -> tuple[str, ...]:
    """`times`: by provider, all pairs of 1,000 texts."""
    mark = MARK if row.tie_group == 1 else ""
    return (
        f"{mark}{row.provider}",
        kind_name(row.kind),
        correlation(row.value),
        interval(row.ci_low, row.ci_high),
        correlation(row.pearson),
        number(row.items_per_s),
        spread(row.items_per_s_ci_low, row.items_per_s, row.items_per_s_ci_high),
        number(row.latency_ms_p50),
        number(row.latency_ms_p95),
        number(row.latency_ms_p99),
        usd(scaled(row.usd_per_1k_items, 1000)),
        times.get(row.provider, DASH).replace(about_word(), "≈ "),
        number(row.load_s),
    )


def _machine(manifest: Manifest) -> str:
    machine = manifest.environment
    return _(
        "{cpu}, {cores_usable} cores, {memory_mb:.0f} GiB, Python {python}, embedmark {embedmark_version}",
        cpu=machine.cpu,
        cores_usable=machine.cores_usable,
        memory_mb=(machine.memory_mb or 0) / 1024,
        python=machine.python,
        embedmark_version=manifest.embedmark_version,
    )
