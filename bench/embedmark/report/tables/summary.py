"""What every report says, as plain values: the terminal, Markdown and HTML only render it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.derive import Derived
from embedmark.report.sentences.answers import answers
from embedmark.report.sentences.decision import decision
from embedmark.report.sentences.projections import at_1000, is_rough, time_text, too_few
from embedmark.report.sentences.retrieval import retrieval_answers
from embedmark.report.sentences.scaling import scaling_answers, scaling_notes
from embedmark.report.sentences.slices import average_answers, published_notes, slice_notes, token_notes
from embedmark.report.sentences.warnings import grouped
from embedmark.report.tables.images import image_table
from embedmark.report.tables.model import Column, DatasetTable, Row, Tables, ranked_rows
from embedmark.report.tables.overview import overview_table
from embedmark.report.tables.retrieval import retrieval_table
from embedmark.report.text.fold import MARK, hold
from embedmark.report.text.numbers import DASH, correlation, interval, number, spread, usd
from embedmark.store.cells import Cell

__all__ = ["Column", "DatasetTable", "ReportView", "Row", "Tables", "answers", "make_view"]

# What a status means, for the notes under a table.
STATUSES = {
    "untrained-head": "has no trained head: its speed and pair counts are real, its scores would mean nothing",
    "constant-predictions": "predicts the same score for every pair: a rank correlation is undefined",
    "no-score": "gave no usable vector",
    "too-few-pairs": "scored too few pairs for a correlation",
    "not-measured": "was not measured",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class ReportView:
    """A whole report.

    Attributes:
        decision: the sentences to decide by, those that matter most first.
        overview: the table of all datasets together; None if there is only one.
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
    is_noisy: bool


_WIDE, _WIDEST = 118, 130
_TITLES = {"spearman": "Spearman", "average_precision": "average\nprecision"}
_NUMBERS_OF = {"text": "texts", "pair": "pairs", "image": "images"}


def _columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """The summary's columns; what is counted a second and paid for is said in the titles."""
    timed = list(dict.fromkeys(_NUMBERS_OF[str(row["unit"])] for row in rows))
    paid = list(dict.fromkeys("pairs" if row["kind"] == "cross-encoder" else "texts" for row in rows))
    per_second, per_million = " or\n".join(timed), "\nor ".join(paid)
    return (
        Column("provider", numeric=False),
        Column("kind", numeric=False, min_width=_WIDE),
        Column(_TITLES.get(str(rows[0]["metric"]), str(rows[0]["metric"])) if rows else "Spearman"),
        Column("95 % interval"),
        Column("Pearson", min_width=_WIDE),
        Column(f"{per_second}/s"),
        Column("±", min_width=_WIDE),
        Column("p50 ms"),
        Column("p95 ms", min_width=_WIDE),
        Column("p99 ms", min_width=_WIDE),
        Column(f"$/1M {per_million}"),
        Column("all pairs\nof 1k"),
        Column("load s", min_width=_WIDEST),
    )


# What each column sorts by.
_SORTED_BY = (
    "provider", "kind", "value", "ci_low", "pearson", "items_per_s", "items_per_s_ci_low", "latency_ms_p50",
    "latency_ms_p95", "latency_ms_p99", "usd_per_1k_items", "seconds_at_1000", "load_s",
)  # fmt: skip


def make_view(manifest: Mapping[str, Any], derived: Derived) -> ReportView:
    """The report of a run from its manifest and what was derived."""
    datasets = [dataset["name"] for dataset in manifest["datasets"]]
    sentences = [
        *retrieval_answers(derived, manifest),
        *answers(derived, datasets, manifest.get("host") or {}),
        *average_answers(derived.tables["accuracy.csv"]),
        *scaling_answers(derived.tables, _comparisons(derived, datasets)),
    ]
    tables = tuple(_table(derived, dataset, manifest) for dataset in manifest["datasets"])
    headings = {name: table.heading for name, table in zip(datasets, tables, strict=True)}
    return ReportView(
        title=manifest["run_id"],
        status=manifest["status"],
        decision=tuple(hold(text) for text in decision(derived, manifest)),
        answers=tuple(hold(text) for text in sentences),
        notes=tuple(hold(text) for text in scaling_notes(derived.tables)),
        tables=tables,
        warnings=tuple((hold(message), hold(advice)) for message, advice in grouped(manifest)),
        failures=tuple(
            f"{provider['name']}: {provider['error']}"
            for provider in manifest["providers"]
            if provider["status"] == "failed"
        ),
        machine=_machine(manifest),
        overview=overview_table(derived.tables, manifest["datasets"], headings),
        is_noisy=any(row["host_state"] == "noisy" for row in derived.tables["summary.csv"]),
    )


def _comparisons(derived: Derived, datasets: Sequence[str]) -> int | None:
    """How many differences in Spearman on the first dataset have their intervals together."""
    found = [finding for finding in derived.findings.datasets if finding.dataset in datasets[:1]]
    return next((finding.comparisons for finding in found if finding.metric == "spearman"), None)


def _table(derived: Derived, dataset: Mapping[str, Any], manifest: Mapping[str, Any]) -> DatasetTable:
    first = str(manifest["datasets"][0]["name"])
    tables = derived.tables
    rows = ranked_rows(tables, dataset["name"])
    if dataset.get("kind") == "retrieval":
        notes = (*dataset["notes"], *(note for row in rows if (note := _note(row))))
        return retrieval_table(tables, dataset, derived.details.retrieval, notes)
    if dataset.get("kind", "pairs") != "pairs":
        own = [line for line in _legend(rows, {}) if not line.startswith(("throughput", "in pairs", "all pairs"))]
        notes = (*own, *dataset["notes"], *(note for row in rows if (note := _note(row))))
        return image_table(tables, dataset, first, notes)
    projected = {name: row for name, row in at_1000(tables).items() if is_rough(row, tables["scaling.csv"])}
    times = {name: time_text(row, tables["scaling.csv"]) for name, row in at_1000(tables).items()}
    notes = (
        *_legend(rows, projected),
        *_asymmetries(tables["accuracy.csv"], dataset["name"]),
        *token_notes(dataset, manifest.get("tokens") or {}),
        *published_notes(dataset, rows),
        *slice_notes(tables["accuracy.csv"], dataset["name"], str(rows[0]["metric"]) if rows else "spearman"),
        *dataset["notes"],
        *(note for row in rows if (note := _note(row))),
    )
    return DatasetTable(
        heading=f"{dataset['name']}, {dataset['n_pairs']:,} pairs",
        columns=_columns(rows),
        rows=tuple(_cells(row, times) for row in rows),
        values=tuple(tuple(row[key] for key in _SORTED_BY) for row in rows),
        notes=tuple(hold(note) for note in notes),
    )


def _cells(row: Row, times: Mapping[Cell, str]) -> tuple[str, ...]:
    """`times`: by provider, all pairs of 1,000 texts."""
    mark = MARK if row["tie_group"] == 1 else ""
    return (
        f"{mark}{row['provider']}",
        str(row["kind"]).removesuffix("-encoder"),
        correlation(row["value"]),
        interval(row["ci_low"], row["ci_high"]),
        correlation(row["pearson"]),
        number(row["items_per_s"]),
        spread(row["items_per_s_ci_low"], row["items_per_s"], row["items_per_s_ci_high"]),
        number(row["latency_ms_p50"]),
        number(row["latency_ms_p95"]),
        number(row["latency_ms_p99"]),
        usd(_times(row["usd_per_1k_items"], 1000)),
        times.get(row["provider"], DASH).replace("about ", "≈ "),
        number(row["load_s"]),
    )


def _legend(rows: Sequence[Row], rough: Mapping[Cell, Row]) -> list[str]:
    """`rough`: the providers whose time of all pairs is known by its order only."""
    legend = []
    if any(row["tie_group"] == 1 for row in rows):
        what = "images" if rows[0]["metric"] == "recall_at_1" else "pairs"
        legend.append(f"● best, or not shown to differ from the best (paired over {what}, all providers together)")
    if any(isinstance(row["ci_low"], float) for row in rows):
        legend.append("95 % interval: of each provider alone")
    crosses = [str(row["provider"]) for row in rows if row["kind"] == "cross-encoder"]
    mixed = [f"in pairs: {', '.join(crosses)}"] if 0 < len(crosses) < len(rows) else []
    timed = (
        ["throughput at the best batch size measured"] if any(row["items_per_s"] is not None for row in rows) else []
    )
    if mixed or timed:
        legend.append("; ".join(timed + mixed))
    if any(row["seconds_at_1000"] is not None for row in rows):
        about = f"; ≈: {too_few()}" if any(row["provider"] in rough for row in rows) else ""
        legend.append(f"all pairs of 1k: every pair of 1,000 texts, projected unless measured (scaling.csv){about}")
    return [*legend, *_noisy(rows)]


def _noisy(rows: Sequence[Row]) -> list[str]:
    noisy = [str(row["provider"]) for row in rows if row["host_state"] == "noisy"]
    who = "every provider" if len(noisy) == len(rows) > 1 else ", ".join(noisy)
    return [f"timed on a noisy machine: {who}"] if noisy else []


def _asymmetries(accuracy: Sequence[Row], dataset: str) -> list[str]:
    rows = [row for row in accuracy if row["dataset"] == dataset and row["metric"] == "mean_asymmetry"]
    return [
        f"{row['provider']}: the other order of the two sentences moves a score by {number(row['value'])} on average"
        for row in rows
    ]


def _note(row: Row) -> str | None:
    status = str(row["status"])
    if status in ("ok", ""):
        return None
    meaning = STATUSES.get(status, status)
    # What a failed provider said stands once, among the failures, and not under every dataset.
    error = f": {row['error']}" if row["error"] and status != "failed" else ""
    return f"{row['provider']} {meaning}{error}"


def _machine(manifest: Mapping[str, Any]) -> str:
    machine = manifest["environment"]
    return (
        f"{machine['cpu']}, {machine['cores_usable']} cores, {machine['memory_mb'] / 1024:.0f} GiB, "
        f"Python {machine['python']}, embedmark {manifest['embedmark_version']}"
    )


def _times(value: Cell, factor: float) -> Cell:
    return value * factor if isinstance(value, int | float) else None
