"""The entries of a manifest: providers, prices, counts, warnings. Only what readers rely on has a type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from embedmark.notices import Notice
from embedmark.store.manifest.part import AT_NEED, Count, Number, Part, WrongKeyError


@dataclass(kw_only=True)
class ProviderFacts(Part):
    """One of `providers`."""

    name: str
    use: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    status: str | None = None
    error: str | None = None
    threads: Count | None = None
    isolate: str | None = None
    model: str | None = None
    kind: str | None = None
    dim: Count | None = None
    revision: str | None = None
    max_tokens: Count | None = None
    similarity: str | None = None
    device: str | None = None
    modalities: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    untrained: bool = False
    symmetric: bool = False
    notes: list[str] = field(default_factory=list)
    served_by: str | None = None
    recipe: dict[str, Any] = field(default_factory=dict)
    plugin: str | None = None
    thread_pools: list[dict[str, Any]] = field(default_factory=list, metadata=AT_NEED)
    observed: dict[str, Any] = field(default_factory=dict, metadata=AT_NEED)
    ledger: dict[str, Any] = field(default_factory=dict, metadata=AT_NEED)
    server_rate_per_s: Number | None = field(default=None, metadata=AT_NEED)
    server_images_per_s: Number | None = field(default=None, metadata=AT_NEED)
    server_workers: Count | None = field(default=None, metadata=AT_NEED)
    node: str | None = field(default=None, metadata=AT_NEED)


@dataclass(kw_only=True)
class PriceFacts(Part):
    """One of `prices`."""

    provider: str | None = None
    plugin: str | None = None
    model: str | None = None
    usd_per_1m_tokens: Number | None = None
    batch_usd_per_1m_tokens: Number | None = None
    usd_per_1k_searches: Number | None = None
    usd_per_1k_images: Number | None = field(default=None, metadata=AT_NEED)
    source: str | None = None
    as_of: str | None = None

    @property
    def token_usd(self) -> float:
        """The price of 1M tokens. Raises WrongKeyError."""
        if self.usd_per_1m_tokens is None:
            raise WrongKeyError("prices.usd_per_1m_tokens", "is missing")
        return float(self.usd_per_1m_tokens)


@dataclass(kw_only=True)
class TokenFacts(Part):
    """One of `tokens`: what a provider's tokenizer counted in a dataset."""

    n_texts: Count | None = field(default=None, metadata=AT_NEED)
    n_pairs: Count | None = field(default=None, metadata=AT_NEED)
    read: Count | None = field(default=None, metadata=AT_NEED)
    truncated_texts: Count | None = field(default=None, metadata=AT_NEED)
    truncated_tokens: Count | None = field(default=None, metadata=AT_NEED)


@dataclass(kw_only=True)
class IndexFacts(Part):
    """One of `index`: how large a provider's index of a dataset is."""

    documents: Count | None = None
    bytes: Number | None = None


@dataclass(kw_only=True)
class WarningFacts(Part):
    """One of `warnings`: a notice."""

    code: str
    message: str
    advice: str
    data: dict[str, Any]

    @property
    def notice(self) -> Notice:
        """The warning as a value."""
        return Notice(code=self.code, message=self.message, advice=self.advice, data=self.data)
