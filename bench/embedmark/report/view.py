"""What every report says, as plain values: the terminal, Markdown and HTML only render it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.derive import Derived
from embedmark.report.answers import answers
from embedmark.report.format import correlation, duration, interval, number, spread, usd
from embedmark.report.images import image_table
from embedmark.report.scaling_text import scaling_answers, scaling_notes
from embedmark.report.table import Column, DatasetTable, Row, Tables
from embedmark.store.cells import Cell

__all__ = ["Column", "DatasetTable", "Row", "Tables", "View", "answers", "make_view"]

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
class View:
    """A whole report."""

    title: str
    status: str
    answers: tuple[str, ...]
    notes: tuple[str, ...]
    tables: tuple[DatasetTable, ...]
    warnings: tuple[tuple[str, str], ...]
    failures: tuple[str, ...]
    machine: str


_WIDE, _WIDEST = 118, 130
COLUMNS = (
    Column("provider", numeric=False),
    Column("kind", numeric=False, min_width=_WIDE),
    Column("Spearman"),
    Column("95 % interval"),
    Column("Pearson", min_width=_WIDE),
    Column("items/s"),
    Column("±", min_width=_WIDE),
    Column("p50 ms"),
    Column("p95 ms", min_width=_WIDE),
    Column("p99 ms", min_width=_WIDE),
    Column("$/1M items"),
    Column("all pairs 1k"),
    Column("load s", min_width=_WIDEST),
)


# What each column sorts by.
_SORTED_BY = (
    "provider", "kind", "spearman", "ci_low", "pearson", "items_per_s", "items_per_s_ci_low", "latency_ms_p50",
    "latency_ms_p95", "latency_ms_p99", "usd_per_1k_items", "seconds_at_1000", "load_s",
)  # fmt: skip


def make_view(manifest: Mapping[str, Any], derived: Derived) -> View:
    """The report of a run from its manifest and what was derived."""
    datasets = [dataset["name"] for dataset in manifest["datasets"]]
    return View(
        title=manifest["run_id"],
        status=manifest["status"],
        answers=(*answers(derived, datasets), *scaling_answers(derived.tables)),
        notes=tuple(scaling_notes(derived.tables)),
        tables=tuple(_table(derived.tables, dataset, datasets[0]) for dataset in manifest["datasets"]),
        warnings=tuple((warning["message"], warning["advice"]) for warning in manifest["warnings"]),
        failures=tuple(
            f"{provider['name']}: {provider['error']}"
            for provider in manifest["providers"]
            if provider["status"] == "failed"
        ),
        machine=_machine(manifest),
    )


def _table(tables: Tables, dataset: Mapping[str, Any], first: str) -> DatasetTable:
    rows = [row for row in tables["summary.csv"] if row["dataset"] == dataset["name"]]
    if dataset.get("kind", "pairs") != "pairs":
        own = [line for line in _legend(rows) if not line.startswith(("items:", "all pairs"))]
        notes = (*own, *dataset["notes"], *(note for row in rows if (note := _note(row))))
        return image_table(tables, dataset, first, notes)
    return DatasetTable(
        heading=f"{dataset['name']}, {dataset['n_pairs']:,} pairs",
        columns=COLUMNS,
        rows=tuple(_cells(row) for row in rows),
        values=tuple(tuple(row[key] for key in _SORTED_BY) for row in rows),
        notes=(
            *_legend(rows),
            *_asymmetries(tables["accuracy.csv"], dataset["name"]),
            *dataset["notes"],
            *(note for row in rows if (note := _note(row))),
        ),
    )


def _cells(row: Row) -> tuple[str, ...]:
    ties = " ●" if row["tie_group"] == 1 else ""
    return (
        f"{row['provider']}{ties}",
        str(row["kind"]).removesuffix("-encoder"),
        correlation(row["spearman"]),
        interval(row["ci_low"], row["ci_high"]),
        correlation(row["pearson"]),
        number(row["items_per_s"]),
        spread(row["items_per_s_ci_low"], row["items_per_s"], row["items_per_s_ci_high"]),
        number(row["latency_ms_p50"]),
        number(row["latency_ms_p95"]),
        number(row["latency_ms_p99"]),
        usd(_times(row["usd_per_1k_items"], 1000)),
        duration(row["seconds_at_1000"]),
        number(row["load_s"]),
    )


def _legend(rows: Sequence[Row]) -> list[str]:
    legend = []
    if any(row["tie_group"] == 1 for row in rows):
        how = "paired over images" if rows[0]["metric"] == "recall_at_1" else "paired bootstrap"
        legend.append(f"● best, or not shown to differ from the best ({how}, Holm)")
    if any(row["items_per_s"] is not None for row in rows):
        legend.append("items: texts of a bi-encoder, pairs of a cross-encoder; at the best batch size measured")
    if any(row["seconds_at_1000"] is not None for row in rows):
        legend.append("all pairs 1k: comparing every pair of 1,000 texts, projected unless measured (scaling.csv)")
    if any(row["host_state"] == "noisy" for row in rows):
        names = ", ".join(str(row["provider"]) for row in rows if row["host_state"] == "noisy")
        legend.append(f"timed while the machine was busy: {names}")
    return legend


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
