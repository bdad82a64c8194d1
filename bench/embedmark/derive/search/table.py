"""retrieval.csv: what indexing and searching cost, one row a dataset and ranking.

A fusion has the sum of its parts, and a two-stage row that of its first stage and of reading its pairs. USD is what the
tokens cost at the provider's price, those that the vector cache served included, else the hardware's price for the
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.gains import UNJUDGED
from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn
from embedmark.derive.accuracy.retrieval import FUSION, TWO_STAGE, parts_of
from embedmark.derive.cost.pricing import hardware_usd_per_s, price_of, uncached_tokens
from embedmark.derive.rows.quality import RetrievalRow
from embedmark.derive.run import DatasetEntry, MeasuredRun, ProviderEntry, host_state, numbers, real, whole

if TYPE_CHECKING:
    import pandas as pd

COMPOSITE: Final = (FUSION, TWO_STAGE)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one phase takes; NaN where unknown.

    Attributes:
        seconds, tokens, usd: without the vector cache.
        billed: USD of what this run sent or computed itself.
    """

    seconds: float = nan
    tokens: float = nan
    usd: float = nan
    billed: float = nan

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.seconds + other.seconds,
            self.tokens + other.tokens,
            self.usd + other.usd,
            self.billed + other.billed,
        )


def retrieval_table(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...]) -> list[RetrievalRow]:
    """Return the rows of every retrieval dataset, rankings in the order of accuracy.csv."""
    return [
        _row(run, analysis.dataset, column)
        for analysis in analyses
        if analysis.dataset.kind == "retrieval" and run.measures("retrieval")
        for column in analysis.columns
    ]


def _row(run: MeasuredRun, dataset: DatasetEntry, column: ScoredColumn) -> RetrievalRow:
    ranking = column.provider
    index, asked = _index(run, dataset, ranking), _asked(run, dataset, ranking)
    per_1k = 1000 / dataset.n_pairs if dataset.n_pairs else nan
    rows = _samples(run, dataset, ranking.name, "timed")
    pairs = numbers(rows, "n_items").sum() if ranking.kind == TWO_STAGE and len(rows) else nan
    return RetrievalRow(
        **ranking.labels(),
        dataset=dataset.name,
        n_documents=dataset.n_documents,
        n_queries=dataset.n_pairs,
        index_s=real(index.seconds),
        index_tokens=whole(index.tokens),
        index_usd=real(index.usd),
        index_bytes=whole(_bytes(run, dataset, ranking)),
        pairs=whole(pairs),
        seconds_per_1k_queries=real(asked.seconds * per_1k),
        tokens_per_1k_queries=real(asked.tokens * per_1k),
        usd_per_1k_queries=real(asked.usd * per_1k),
        usd=real(index.billed + asked.billed),
        unjudged_at_10=real(column.values.get(UNJUDGED, nan)),
        host_state=host_state(rows),
        status=column.status,
    )


def _index(run: MeasuredRun, dataset: DatasetEntry, ranking: ProviderEntry) -> Spent:
    """Return what the index cost: that of each part, and nothing for a second stage."""
    if ranking.kind not in COMPOSITE:
        return _spent(run, ranking, _samples(run, dataset, ranking.name, "index"))
    first = parts_of(run, ranking.name)
    parts = first if ranking.kind == FUSION else first[:1]
    return _sum([_index(run, dataset, _entry(run, name)) for name in parts])


def _asked(run: MeasuredRun, dataset: DatasetEntry, ranking: ProviderEntry) -> Spent:
    """Return what all queries cost, with every stage."""
    own = _samples(run, dataset, ranking.name, "timed")
    if ranking.kind not in COMPOSITE:
        return _spent(run, ranking, own)
    parts = parts_of(run, ranking.name)
    if ranking.kind == FUSION:
        fusing = Spent(_seconds(own), 0.0, 0.0, 0.0)
        return _sum([*(_asked(run, dataset, _entry(run, name)) for name in parts), fusing])
    return _asked(run, dataset, _entry(run, parts[0])) + _spent(run, run.provider(parts[1]), own)


def _entry(run: MeasuredRun, name: str) -> ProviderEntry:
    from embedmark.derive.accuracy.retrieval import composite

    return composite(name, FUSION) if parts_of(run, name) else run.provider(name)


def _samples(run: MeasuredRun, dataset: DatasetEntry, name: str, phase: str) -> pd.DataFrame:
    rows = run.samples(name, "retrieval", phase=phase)
    return rows[rows["dataset"] == dataset.name]


def _spent(run: MeasuredRun, provider: ProviderEntry, rows: pd.DataFrame) -> Spent:
    """Return what a phase takes without the vector cache; no time of a pass that the cache served in part."""
    cached = bool((numbers(rows, "cached_items") > 0).any())
    seconds = nan if cached else _seconds(rows)
    tokens = uncached_tokens(rows) if len(rows) else nan
    price = price_of(run, provider)
    if price is not None and price.usd_per_1k_searches is not None:
        searches = float(numbers(rows, "searches").sum()) if len(rows) else nan
        billed = searches * price.usd_per_1k_searches / 1000
        return Spent(seconds, tokens, nan if cached else billed, billed)
    if price is not None:
        per_token, sent = price.token_usd / 1e6, float(numbers(rows, "tokens").sum())
        return Spent(seconds, tokens, tokens * per_token, sent * per_token if len(rows) else nan)
    per_s = hardware_usd_per_s(run, provider)
    per_s = nan if per_s is None else per_s
    return Spent(seconds, tokens, seconds * per_s, _seconds(rows) * per_s)


def _seconds(rows: pd.DataFrame) -> float:
    return float(numbers(rows, "elapsed_ns").sum()) / 1e9 if len(rows) else nan


def _sum(parts: list[Spent]) -> Spent:
    total = Spent(0.0, 0.0, 0.0, 0.0)
    for part in parts:
        total += part
    return total


def _bytes(run: MeasuredRun, dataset: DatasetEntry, ranking: ProviderEntry) -> float:
    if ranking.kind in COMPOSITE:
        first = parts_of(run, ranking.name)
        parts = first if ranking.kind == FUSION else first[:1]
        return sum(_bytes(run, dataset, _entry(run, name)) for name in parts)
    index = run.raw.manifest.index.get(ranking.name, {}).get(dataset.name)
    return nan if index is None or index.bytes is None else float(index.bytes)
