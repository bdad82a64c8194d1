"""The table of a retrieval dataset: quality, and what indexing and searching cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedmark.derive.rows.quality import RetrievalRow, SummaryRow
from embedmark.derive.rows.tables import Tables
from embedmark.derive.search.details import RetrievalDetails
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.tables.model import Column, DatasetTable, ranked_rows, translated
from embedmark.report.text.fold import MARK, hold
from embedmark.report.text.names import kind_name
from embedmark.report.text.numbers import DASH, count, interval, number, usd
from embedmark.store.cells import Cell
from embedmark.store.manifest.datasets import DatasetFacts

_WIDE, _WIDER, _WIDEST = 100, 118, 134
_COLUMNS = (
    Column(translatable("provider"), numeric=False),
    Column(translatable("kind"), numeric=False, min_width=_WIDEST),
    Column("nDCG@10"),
    Column(translatable("95 % interval")),
    Column("recall@1", min_width=_WIDE),
    Column("recall@10"),
    Column("MRR@10", min_width=_WIDE),
    Column(translatable("index s"), min_width=_WIDER),
    Column(translatable("s/1k\nqueries")),
    Column("p50 ms"),
    Column("p95 ms", min_width=_WIDEST),
    Column(translatable("pairs"), min_width=_WIDER),
    Column(translatable("$/1k\nqueries"), min_width=_WIDE),
)
_METRICS = ("recall_at_1", "recall_at_10", "mrr_at_10")
_Shown = tuple[str, Cell]  # the text of a cell, and what it sorts by


def retrieval_view(
    tables: Tables, dataset: DatasetFacts, details: Sequence[RetrievalDetails], notes: Sequence[str]
) -> DatasetTable:
    """Return the table of one retrieval dataset.

    Args:
        tables: the derived tables.
        dataset: its entry in the manifest.
        details: of every retrieval dataset of the run.
        notes: lines under the table in any case.
    """
    rows = ranked_rows(tables, dataset.name)
    costs = {row.provider: row for row in tables["retrieval.csv"] if row.dataset == dataset.name}
    lines = [_cells(tables, row, costs.get(row.provider)) for row in rows]
    own = next((entry for entry in details if entry.dataset == dataset.name), None)
    legend = (*_legend(rows, costs, own), *notes)
    documents, queries = dataset.n_documents or 0, dataset.n_pairs
    return DatasetTable(
        heading=_(
            "{name}, {queries:,} queries, {documents:,} documents",
            name=dataset.name,
            queries=queries,
            documents=documents,
        ),
        columns=translated(_COLUMNS),
        rows=tuple(tuple(text for text, _ in line) for line in lines),
        values=tuple(tuple(value for _, value in line) for line in lines),
        notes=tuple(hold(line) for line in legend),
    )


def _cells(tables: Tables, row: SummaryRow, cost: RetrievalRow | None) -> list[_Shown]:
    found = {
        str(r.metric): r.value for r in tables["accuracy.csv"] if (r.provider, r.dataset) == (row.provider, row.dataset)
    }
    index_s, seconds, price = (
        (cost.index_s, cost.seconds_per_1k_queries, cost.usd_per_1k_queries) if cost else (None, None, None)
    )
    pairs = cost.pairs if cost else None
    recall, deep, mrr = ((_share(found.get(metric)), found.get(metric)) for metric in _METRICS)
    return [
        (f"{MARK if row.tie_group == 1 else ''}{row.provider}", row.provider),
        (kind_name(row.kind), row.kind),
        (_share(row.value), row.value),
        (interval(row.ci_low, row.ci_high, 3), row.ci_low),
        recall,
        deep,
        mrr,
        (number(index_s), index_s),
        (number(seconds), seconds),
        (number(row.latency_ms_p50), row.latency_ms_p50),
        (number(row.latency_ms_p95), row.latency_ms_p95),
        (count(pairs), pairs),
        (usd(price), price),
    ]


def _legend(
    rows: Sequence[SummaryRow], costs: Mapping[str, RetrievalRow], details: RetrievalDetails | None
) -> list[str]:
    legend = []
    if any(row.tie_group == 1 for row in rows):
        legend.append(_("● best, or not shown to differ from the best (paired over queries, corrected for all pairs)"))
    if details is not None:
        legend.append(
            _("a random order is expected to reach an nDCG@10 of {random_ndcg:.3f}", random_ndcg=details.random_ndcg)
        )
    unjudged = [
        f"{row.provider} {value:.1f}"
        for row in rows
        if row.provider in costs and (value := costs[row.provider].unjudged_at_10) is not None
    ]
    if unjudged:
        legend.append(
            _("documents without a judgment among the first 10, on average: {unjudged}", unjudged=", ".join(unjudged))
        )
    if any(row.latency_ms_p50 is not None for row in rows):
        legend.append(_("ms: one query at a time, from its text to 10 documents"))
    if any(row.kind in ("fusion", "two-stage") for row in rows):
        legend.append(_("a fusion costs what its parts do, a two-stage row what its first stage and its pairs do"))
    noisy = [name for name, row in costs.items() if row.host_state == "noisy"]
    if noisy:
        who = _("everything") if len(noisy) == len(costs) > 1 else ", ".join(noisy)
        legend.append(_("noisy timings: {who}", who=who))
    return legend


def _share(value: float | None) -> str:
    return DASH if value is None else f"{value:.3f}"
