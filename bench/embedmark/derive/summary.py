"""summary.csv: the table people decide from, one row a provider and dataset.

Accuracy, tokens and cost are of the row's dataset. Throughput, latency and times at 1,000 texts are measured on the
suite's first dataset, and are repeated in every row of the provider. Where that dataset has images, throughput and
latency here are of images, and throughput.csv and latency.csv have those of texts as well. Status `incomplete` marks
a row whose accuracy is good while something else of the provider failed; `error` says what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embedmark.derive.accuracy.model import Column, DatasetAnalysis
from embedmark.derive.cost.pricing import items_of, tokens_per_item
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, Row, Table, host_state, real, worst_state
from embedmark.derive.scaling.table import ALWAYS, counts, usd_of
from embedmark.derive.speed.groups import cheapest_group, fastest_group
from embedmark.derive.speed.throughput import best_batch, first_call_ms, load_s, peak_rss_mb
from embedmark.store.cells import Cell


@dataclass(frozen=True, slots=True)
class _Tables:
    """The other tables that a summary quotes."""

    throughput: Sequence[ThroughputRow]
    by_file: Mapping[str, Table]

    def __getitem__(self, file: str) -> Table:
        return self.by_file[file]


def summary_table(
    run: MeasuredRun,
    analyses: tuple[DatasetAnalysis, ...],
    throughput: Sequence[ThroughputRow],
    others: Mapping[str, Table],
) -> Table:
    """Return rows by dataset and provider in suite order, also for providers that failed."""
    tables = _Tables(throughput, others)
    return [row for analysis in analyses for row in _rows(run, analysis, tables)]


def _rows(run: MeasuredRun, analysis: DatasetAnalysis, tables: _Tables) -> Table:
    """Return the rows of one dataset, with the groups of the fastest and of the cheapest."""
    rows = [_row(run, provider, analysis, tables) for provider in analysis.providers]
    first = run.datasets[0].name
    costs = [row for row in tables["cost.csv"] if row["dataset"] == analysis.dataset.name]
    fastest, cheapest = fastest_group(run, first, rows), cheapest_group(run, first, rows, costs)
    return [
        row
        | {
            "fastest_group": 1 if row["provider"] in fastest else None,
            "cheapest_group": 1 if row["provider"] in cheapest else None,
        }
        for row in rows
    ]


def _row(run: MeasuredRun, provider: ProviderEntry, analysis: DatasetAnalysis, tables: _Tables) -> Row:
    dataset, first = analysis.dataset, run.datasets[0]
    column = next(c for c in analysis.columns if c.primary and c.provider.name == provider.name)
    return {
        **provider.labels(),
        "dataset": dataset.name,
        "n_pairs": dataset.n_pairs,
        **_accuracy(analysis, column),
        **_throughput(provider, first, tables.throughput),
        **_latency(provider, first, tables["latency.csv"]),
        "load_s": load_s(run, provider),
        "first_call_ms": first_call_ms(run, provider),
        **_cost(run, provider, dataset, tables),
        **_at_1000(run, provider, tables["scaling.csv"]),
        "truncated_texts": run.tokens(provider.name, dataset.name).truncated_texts,
        "peak_rss_mb": peak_rss_mb(run, provider),
        "host_state": _host_state(run, provider, first, tables),
        **_status(run, provider, dataset, first, column),
    }


def _accuracy(analysis: DatasetAnalysis, column: Column) -> Row:
    main = analysis.main
    interval = column.intervals.get(main)
    return {
        "similarity": column.similarity or None,
        "metric": main,
        "value": real(column.values.get(main, math.nan)),
        "ci_low": interval[0] if interval else None,
        "ci_high": interval[1] if interval else None,
        "tie_group": 1 if column.provider.name in analysis.tied() else None,
        "spearman": real(column.values.get("spearman", math.nan)),
        "pearson": real(column.values.get("pearson", math.nan)),
    }


def _throughput(provider: ProviderEntry, first: DatasetEntry, table: Sequence[ThroughputRow]) -> Row:
    best = _fastest_row(provider, first, table)
    return {
        "unit": first.units(provider)[0],
        "batch_size": best.batch_size if best else None,
        "items_per_s": best.items_per_s if best else None,
        "items_per_s_ci_low": best.items_per_s_ci_low if best else None,
        "items_per_s_ci_high": best.items_per_s_ci_high if best else None,
    }


def _fastest_row(provider: ProviderEntry, first: DatasetEntry, table: Sequence[ThroughputRow]) -> ThroughputRow | None:
    return best_batch(table, provider.name, first.name, first.units(provider)[0])


def _latency(provider: ProviderEntry, first: DatasetEntry, table: Table) -> Row:
    row = _alone_row(provider, first, table) or {}
    return {f"latency_ms_{q}": row.get(f"{q}_ms") for q in ("p50", "p95", "p99")}


def _alone_row(provider: ProviderEntry, first: DatasetEntry, table: Table) -> Row | None:
    """Return the latency of one item at a time; where documents are searched that of a query, from text to result."""
    found = {
        (r["scenario"], r["unit"]): r for r in table if (r["provider"], r["dataset"]) == (provider.name, first.name)
    }
    return found.get(("search", "query")) or found.get(("single-stream", first.units(provider)[0]))


def _cost(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, tables: _Tables) -> Row:
    own = (provider.name, dataset.name)
    rows = [r for r in tables["cost.csv"] if (r["provider"], r["dataset"]) == own]
    searched = next((r for r in tables["retrieval.csv"] if (r["provider"], r["dataset"]) == own), None)
    if searched is not None and not rows:
        return {"tokens": None, "usd": searched["usd"], "usd_per_1m_tokens": None, "usd_per_1k_items": None}
    if len(rows) > 1:
        return _added_up(rows)
    if rows:
        return {key: rows[0][key] for key in ("tokens", "usd", "usd_per_1m_tokens", "usd_per_1k_items")}
    items, per_item = items_of(run, provider, dataset), tokens_per_item(run, provider, dataset)
    tokens = None if items is None or per_item is None else round(items * per_item)
    return {"tokens": tokens, "usd": None, "usd_per_1m_tokens": None, "usd_per_1k_items": None}


def _added_up(rows: Table) -> Row:
    """Return images and texts together: one pass over both; a price per 1,000 is of the images, which `unit` names."""
    tokens = next((r["tokens"] for r in rows if r["tokens"] is not None), None)
    known = [r["usd"] for r in rows if isinstance(r["usd"], float)]
    usd = sum(known) if len(known) == len(rows) else None
    images = next(r for r in rows if r["unit"] == "image")
    return {"tokens": tokens, "usd": usd, "usd_per_1m_tokens": None, "usd_per_1k_items": images["usd_per_1k_items"]}


def _at_1000(run: MeasuredRun, provider: ProviderEntry, table: Table) -> Row:
    row = next((r for r in table if (r["provider"], r["n"]) == (provider.name, ALWAYS)), None)
    return {
        **{f"{name}_at_1000": count for name, count in counts(provider, ALWAYS).items()},
        "seconds_at_1000": row["seconds"] if row else None,
        "usd_at_1000": _usd_at_1000(run, provider, row),
    }


def _usd_at_1000(run: MeasuredRun, provider: ProviderEntry, row: Row | None) -> Cell:
    if row is not None:
        return row["usd"]
    return usd_of(run, provider, ALWAYS, None) if provider.encodes or provider.is_cross else None


def _host_state(run: MeasuredRun, provider: ProviderEntry, first: DatasetEntry, tables: _Tables) -> str | None:
    """Return the worst state of the timings that the row quotes; None where it quotes none."""
    quoted = (
        _fastest_row(provider, first, tables.throughput),
        _alone_row(provider, first, tables["latency.csv"]),
    )
    states = [row["host_state"] for row in quoted if row is not None]
    states.append(host_state(run.samples(provider.name, "scaling")))
    return worst_state(states)


def _status(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, first: DatasetEntry, column: Column
) -> Row:
    wanted = run.measures(dataset.measure)
    failures = run.failures(provider.name, (dataset.name, first.name, ""))
    quality = failures["measure"].isin(("accuracy", "retrieval"))
    of_row = failures[(failures["dataset"] != first.name) | (dataset == first) | ~quality]
    error = str(of_row["message"].iloc[0]) if len(of_row) else None
    if wanted and column.status == "failed":
        return {"status": "failed", "error": error or provider.error or None}
    if error is not None:
        nothing = run.samples(provider.name, "throughput").empty and run.samples(provider.name, "latency").empty
        scored = wanted and column.n_scored > 0
        return {"status": "failed" if nothing and not scored else "incomplete", "error": error}
    if provider.status != "ok" and not wanted:
        return {"status": provider.status, "error": provider.error or None}
    return {"status": column.status if wanted else "ok", "error": _why_early(run, provider, dataset)}


def _why_early(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> str | None:
    """Return what ended the accuracy pass early, where a budget or an interrupt did, which are no failures."""
    rows = run.samples(provider.name, "accuracy", status="incomplete")
    rows = rows[(rows["dataset"] == dataset.name) & rows["n"].notna()]
    return str(rows["error"].iloc[0]) or None if len(rows) else None
