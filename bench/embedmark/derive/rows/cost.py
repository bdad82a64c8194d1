"""Rows of cost.csv and volume.csv, by field what they have by column."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.derive.rows.base import DerivedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow(DerivedRow):
    """A row of cost.csv: a provider, dataset, basis and unit."""

    provider: str
    kind: str
    model: str
    dataset: str
    basis: str = ""
    unit: str | None = None
    items: int | None = None
    tokens: int | None = None
    tokens_unconfirmed: int | None = None
    requests: int | None = None
    usd: float | None = None
    usd_per_1m_tokens: float | None = None
    usd_per_1k_items: float | None = None
    price_source: str | None = None
    price_as_of: str | None = None
    cached_tokens: int | None = None
    searches: int | None = None
    usd_per_1k_searches: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeRow(DerivedRow):
    """A row of volume.csv: a term of a provider's cost at the suite's volume."""

    provider: str
    term: str = ""
    period: str = ""
    usd: float | None = None
    usd_ci_low: float | None = None
    usd_ci_high: float | None = None
    quantity: float | None = None
    unit: str | None = None
    price: float | None = None
    source: str = ""
