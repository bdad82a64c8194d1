"""What one provider is paid at a volume: once, a month, and in the first year. Arithmetic only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

MONTHS: Final = 12
MONTH_S: Final = 365 * 24 * 3600 / MONTHS
GB: Final = 1e9
# Each term of a bill, and what it is paid for: once, a month or a year.
PERIODS: Final = {
    "index": "once", "queries": "month", "churn": "month", "growth": "month", "storage": "month",
    "machines": "month", "year_1": "year", "per_1k_queries": "year", "switch": "once",
}  # fmt: skip
BATCHED: Final = ("index", "churn", "growth", "year_1", "per_1k_queries", "switch")  # terms with a price by batch


@dataclass(frozen=True, slots=True)
class Volume:
    """What is indexed and asked.

    Attributes:
        documents: at the beginning; they grow at each month's end.
        queries: a month.
        changed, growth: shares of the documents, a month.
        always_on: True if whole machines are rented day and night, False if they are paid while they work.
        peak: queries a second at the busiest time over their mean.
    """

    documents: float
    queries: float
    changed: float = 0.0
    growth: float = 0.0
    always_on: bool = True
    peak: float = 1.0

    def times(self, factor: float) -> Volume:
        """Return the same with more (fewer) documents and queries, in the same proportion."""
        return replace(self, documents=self.documents * factor, queries=self.queries * factor)

    @property
    def held(self) -> tuple[float, ...]:
        """Documents in each month of the first year."""
        return tuple(self.documents * (1 + self.growth) ** month for month in range(MONTHS))

    @property
    def documents_later(self) -> float:
        """Documents after the first year."""
        return self.documents * (1 + self.growth) ** MONTHS


@dataclass(frozen=True, slots=True)
class Rates:
    """What one text costs a provider, in USD by tokens or in seconds of a machine.

    Attributes:
        document_usd, query_usd: None for a provider that computes on a machine.
        document_s, query_s: seconds of a machine; None for one that is paid by tokens or searches.
        usd_per_s: of a machine.
        capacity: queries a second that one machine answers within the latency target.
        vector_usd_per_month: for keeping one document's vector; 0.0 for a provider that makes none.
    """

    document_usd: float | None = None
    query_usd: float | None = None
    document_s: float | None = None
    query_s: float | None = None
    usd_per_s: float | None = None
    capacity: float | None = None
    vector_usd_per_month: float | None = None

    def slower(self, factor: float) -> Rates:
        """Return the rates of a machine that takes `factor` times as long."""
        if self.document_s is None or self.query_s is None:
            return self
        capacity = None if self.capacity is None else self.capacity / factor
        return replace(self, document_s=self.document_s * factor, query_s=self.query_s * factor, capacity=capacity)


def machines_needed(volume: Volume, rates: Rates) -> int:
    """Return how many machines answer the busiest moment, and do a month's work."""
    if rates.document_s is None or rates.query_s is None or not rates.capacity:
        raise ValueError("only a provider that computes on a machine needs any")
    per_second = volume.queries * volume.peak / MONTH_S
    busy = volume.queries * rates.query_s + volume.held[-1] * (volume.changed + volume.growth) * rates.document_s
    return max(1, math.ceil(per_second / rates.capacity), math.ceil(busy / MONTH_S))


def bills(volume: Volume, rates: Rates) -> dict[str, float]:
    """Return USD by term, of those terms that are known: `index` and `switch` once, `year_1`, the others a month.

    Always-on machines answer queries and encode what changes: these terms are then in `machines`.
    """
    document, query = rates.document_usd, rates.query_usd
    found: dict[str, float] = {}
    usd_per_s = rates.usd_per_s
    rented = rates.document_s is not None and volume.always_on
    if rates.document_s is not None and usd_per_s is not None:
        document = rates.document_s * usd_per_s
        query = None if rates.query_s is None else rates.query_s * usd_per_s
        if rented and rates.query_s is not None and rates.capacity:
            found["machines"] = machines_needed(volume, rates) * MONTH_S * usd_per_s
    if document is not None:
        found |= {"index": volume.documents * document, "switch": volume.documents_later * document}
        if not rented:
            found |= {term: volume.documents * share * document for term, share in _shares(volume).items()}
    if query is not None and not rented:
        found["queries"] = volume.queries * query
    if rates.vector_usd_per_month is not None:
        found["storage"] = volume.documents * rates.vector_usd_per_month
    terms = ("machines",) if rented else ("queries", *_shares(volume))
    if all(term in found for term in ("index", "storage", *terms)):
        grown = sum(volume.held) / volume.documents
        year = found["index"] + found["storage"] * grown
        year += sum(found[term] * (grown if term in ("churn", "growth") else MONTHS) for term in terms)
        found["year_1"] = year
        if volume.queries:
            found["per_1k_queries"] = year / (volume.queries * MONTHS) * 1000
    return found


def _shares(volume: Volume) -> dict[str, float]:
    return {"churn": volume.changed} | ({"growth": volume.growth} if volume.growth else {})
