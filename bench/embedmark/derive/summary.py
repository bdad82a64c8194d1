"""summary.csv: the table people decide from, one row a provider and dataset.

Accuracy, tokens and cost are of the row's dataset. Throughput, latency and times at 1,000 texts are measured on the
suite's first dataset, and are repeated in every row of the provider. Where that dataset has images, throughput and
latency here are of images, and throughput.csv and latency.csv have those of texts as well. Status `incomplete` marks
a row whose accuracy is good while something else of the provider failed; `error` says what.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn
from embedmark.derive.cost.pricing import items_of, tokens_per_item
from embedmark.derive.rows.cost import CostRow
from embedmark.derive.rows.quality import RetrievalRow, SummaryRow
from embedmark.derive.rows.timing import LatencyRow, ScalingRow, ThroughputRow
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, host_state, real, worst_state
from embedmark.derive.scaling.table import ALWAYS, counts, usd_of
from embedmark.derive.speed.groups import cheapest_group, fastest_group
from embedmark.derive.speed.throughput import best_batch, first_call_ms, load_s, peak_memory_mb


@dataclass(frozen=True, slots=True)
class QuotedTables:
    """The other tables that a summary quotes, before they are rounded."""

    throughput: list[ThroughputRow]
    latency: list[LatencyRow]
    cost: list[CostRow]
    scaling: list[ScalingRow]
    retrieval: list[RetrievalRow]


def summary_table(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...], tables: QuotedTables) -> list[SummaryRow]:
    """Return rows by dataset and provider in suite order, also for providers that failed."""
    return [row for analysis in analyses for row in _rows(run, analysis, tables)]


def _rows(run: MeasuredRun, analysis: DatasetAnalysis, tables: QuotedTables) -> list[SummaryRow]:
    """Return the rows of one dataset, with the groups of the fastest and of the cheapest."""
    rows = [_row(run, provider, analysis, tables) for provider in analysis.providers]
    first = run.datasets[0].name
    costs = [row for row in tables.cost if row.dataset == analysis.dataset.name]
    fastest, cheapest = fastest_group(run, first, rows), cheapest_group(run, first, rows, costs)
    return [
        replace(
            row,
            fastest_group=1 if row.provider in fastest else None,
            cheapest_group=1 if row.provider in cheapest else None,
        )
        for row in rows
    ]


def _row(run: MeasuredRun, provider: ProviderEntry, analysis: DatasetAnalysis, tables: QuotedTables) -> SummaryRow:
    dataset, first = analysis.dataset, run.datasets[0]
    column = next(c for c in analysis.columns if c.primary and c.provider.name == provider.name)
    status, error = _status(run, provider, dataset, first, column)
    row = SummaryRow(
        **provider.labels(),
        dataset=dataset.name,
        n_pairs=dataset.n_pairs,
        unit=first.units(provider)[0],
        load_s=load_s(run, provider),
        first_call_ms=first_call_ms(run, provider),
        truncated_texts=run.tokens(provider.name, dataset.name).truncated_texts,
        peak_rss_mb=peak_memory_mb(run, provider),
        status=status,
        error=error,
    )
    row = _with_accuracy(row, analysis, column)
    row = _with_timings(row, run, provider, tables)
    row = _with_cost(row, run, provider, dataset, tables)
    return _with_all_pairs(row, run, provider, tables.scaling)


def _with_accuracy(row: SummaryRow, analysis: DatasetAnalysis, column: ScoredColumn) -> SummaryRow:
    low, high = column.intervals.get(analysis.main) or (None, None)
    return replace(
        row,
        similarity=column.similarity or None,
        metric=analysis.main,
        value=real(column.values.get(analysis.main, math.nan)),
        ci_low=low,
        ci_high=high,
        tie_group=1 if row.provider in analysis.tied() else None,
        spearman=real(column.values.get("spearman", math.nan)),
        pearson=real(column.values.get("pearson", math.nan)),
    )


def _with_timings(row: SummaryRow, run: MeasuredRun, provider: ProviderEntry, tables: QuotedTables) -> SummaryRow:
    """Quote the best batch size and the latency of one item at a time, with the worst host state of the two."""
    first = run.datasets[0]
    timed = best_batch(tables.throughput, provider.name, first.name, first.units(provider)[0])
    best = timed or ThroughputRow(**provider.labels(), dataset=first.name)
    alone = _alone_row(provider, first, tables.latency) or LatencyRow(**provider.labels(), dataset=first.name)
    states = (best.host_state, alone.host_state, host_state(run.samples(provider.name, "scaling")))
    return replace(
        row,
        batch_size=best.batch_size,
        items_per_s=best.items_per_s,
        items_per_s_ci_low=best.items_per_s_ci_low,
        items_per_s_ci_high=best.items_per_s_ci_high,
        latency_ms_p50=alone.p50_ms,
        latency_ms_p95=alone.p95_ms,
        latency_ms_p99=alone.p99_ms,
        host_state=worst_state(states),
    )


def _alone_row(provider: ProviderEntry, first: DatasetEntry, table: Sequence[LatencyRow]) -> LatencyRow | None:
    """Return the latency of one item at a time; where documents are searched that of a query, from text to result."""
    own = [row for row in table if (row.provider, row.dataset) == (provider.name, first.name)]
    found = {(row.scenario, row.unit): row for row in own}
    return found.get(("search", "query")) or found.get(("single-stream", first.units(provider)[0]))


def _with_cost(
    row: SummaryRow, run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, tables: QuotedTables
) -> SummaryRow:
    own = (provider.name, dataset.name)
    costs = [cost for cost in tables.cost if (cost.provider, cost.dataset) == own]
    searched = next((found for found in tables.retrieval if (found.provider, found.dataset) == own), None)
    if searched is not None and not costs:
        return replace(row, usd=searched.usd)
    if len(costs) > 1:
        return _with_sum(row, costs)
    if costs:
        [cost] = costs
        return replace(
            row,
            tokens=cost.tokens,
            usd=cost.usd,
            usd_per_1m_tokens=cost.usd_per_1m_tokens,
            usd_per_1k_items=cost.usd_per_1k_items,
        )
    items, per_item = items_of(run, provider, dataset), tokens_per_item(run, provider, dataset)
    return row if items is None or per_item is None else replace(row, tokens=round(items * per_item))


def _with_sum(row: SummaryRow, costs: Sequence[CostRow]) -> SummaryRow:
    """Quote images and texts together: one pass over both; a price per 1,000 is of the images, which `unit` names."""
    known = [cost.usd for cost in costs if cost.usd is not None]
    images = next(cost for cost in costs if cost.unit == "image")
    return replace(
        row,
        tokens=next((cost.tokens for cost in costs if cost.tokens is not None), None),
        usd=sum(known) if len(known) == len(costs) else None,
        usd_per_1k_items=images.usd_per_1k_items,
    )


def _with_all_pairs(row: SummaryRow, run: MeasuredRun, provider: ProviderEntry, table: list[ScalingRow]) -> SummaryRow:
    """Quote the row of scaling.csv at 1,000 texts; counts, and USD of tokens, are known without one."""
    found = next((each for each in table if (each.provider, each.n) == (provider.name, ALWAYS)), None)
    counted = counts(provider, ALWAYS)
    reads = provider.encodes or provider.is_cross
    return replace(
        row,
        encodes_at_1000=counted.encodes,
        pair_predictions_at_1000=counted.pair_predictions,
        seconds_at_1000=found.seconds if found else None,
        usd_at_1000=found.usd if found else usd_of(run, provider, ALWAYS, None) if reads else None,
    )


def _status(
    run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry, first: DatasetEntry, column: ScoredColumn
) -> tuple[str, str | None]:
    """Return the status of a row, and what went wrong."""
    wanted = run.measures(dataset.measure)
    failures = run.failures(provider.name, (dataset.name, first.name, ""))
    quality = failures["measure"].isin(("accuracy", "retrieval"))
    of_row = failures[(failures["dataset"] != first.name) | (dataset == first) | ~quality]
    error = str(of_row["message"].iloc[0]) if len(of_row) else None
    if wanted and column.status == "failed":
        return "failed", error or provider.error or None
    if error is not None:
        nothing = run.samples(provider.name, "throughput").empty and run.samples(provider.name, "latency").empty
        scored = wanted and column.n_scored > 0
        return "failed" if nothing and not scored else "incomplete", error
    if provider.status != "ok" and not wanted:
        return provider.status, provider.error or None
    return column.status if wanted else "ok", _why_early(run, provider, dataset)


def _why_early(run: MeasuredRun, provider: ProviderEntry, dataset: DatasetEntry) -> str | None:
    """Return what ended the accuracy pass early, where a budget or an interrupt did, which are no failures."""
    rows = run.samples(provider.name, "accuracy", status="incomplete")
    rows = rows[(rows["dataset"] == dataset.name) & rows["n"].notna()]
    return str(rows["error"].iloc[0]) or None if len(rows) else None
