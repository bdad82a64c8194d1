"""What tokens cost: a dated table, which a suite can override by `measure.cost.prices`."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from embedmark.api import Provider, ProviderInfo
from embedmark.notices import Notice, records
from embedmark.store.hosts import is_public

_OLD_DAYS = 90

# Where a provider sends requests that names no host of its own.
OWN_HOSTS: Final = {"openai": "api.openai.com"}


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one model's tokens.

    Attributes:
        provider: the provider's name in the suite, where the suite set the price; "" for the built-in table.
        plugin, model: what the built-in price is for.
        usd_per_1m_tokens: USD for a million input tokens.
        source: where the price is from.
        as_of: ISO date on which it was read there; None if the user did not say.
        batch_usd_per_1m_tokens: the same through the provider's batch interface, answered within a day; None where
            there is none, or it is not known.
        usd_per_1k_searches: USD for a thousand searches; None where tokens are billed.
        usd_per_1k_images: USD for a thousand images, beside the tokens of texts; None where it is not known.
    """

    provider: str
    plugin: str
    model: str
    usd_per_1m_tokens: float
    source: str
    as_of: str | None
    batch_usd_per_1m_tokens: float | None = None
    usd_per_1k_searches: float | None = None
    usd_per_1k_images: float | None = None

    def usd(self, tokens: int, searches: int, images: int = 0) -> float:
        """Return the cost of these numbers of tokens, searches and images."""
        thousands = searches * (self.usd_per_1k_searches or 0.0) + images * (self.usd_per_1k_images or 0.0)
        return tokens * self.usd_per_1m_tokens / 1e6 + thousands / 1000


def _openai(model: str, usd_per_1m_tokens: float, batch: float | None) -> Price:
    return Price("", "openai", model, usd_per_1m_tokens, "OpenAI price list, standard tier", "2026-11-23", batch)


BUILT_IN: Final = (
    _openai("text-embedding-3-small", 0.02, 0.01),
    _openai("text-embedding-3-large", 0.13, 0.065),
    _openai("text-embedding-ada-002", 0.10, None),
)


def find_price(provider: str, plugin: str, model: str, table: tuple[Price, ...]) -> Price | None:
    """Return the price of a provider: its own if the suite set one, else the built-in one; None if neither."""
    own = next((price for price in table if price.provider == provider), None)
    if own is not None:
        return own
    return next((p for p in table if not p.provider and (p.plugin, p.model) == (plugin, model)), None)


def dearer(a: Price | None, b: Price | None) -> Price | None:
    """Return the higher of two prices of one model; where they differ, its source says so. The first if they agree."""
    if a is None or b is None:
        return a or b
    high, low = (b, a) if b.usd_per_1m_tokens > a.usd_per_1m_tokens else (a, b)
    if high.usd_per_1m_tokens == low.usd_per_1m_tokens:
        return a
    other = f"{low.source} says {low.usd_per_1m_tokens:g}"
    return replace(high, source=f"{high.source}; the lower price of {other} was not taken")


def price_notice(name: str, price: Price, today: date) -> Notice | None:
    """Return a warning for a price that was read more than 90 days ago; None for a newer one, or without a date."""
    try:
        read = date.fromisoformat(price.as_of or "")
    except ValueError:
        return None
    days = (today - read).days
    if days <= _OLD_DAYS:
        return None
    usd = price.usd_per_1m_tokens
    return records.old_price(name, usd_per_1m_tokens=usd, as_of=read.isoformat(), days=days)


def asks_a_stranger(info: ProviderInfo) -> bool:
    """Return True if a provider names a host that may be a service with a bill: a public name or address."""
    return is_public(info.served_by, own_name=socket.gethostname())


def is_remote(provider: Provider, info: ProviderInfo) -> bool:
    """Return True if calls leave this machine: the provider names another host, or its calls are async."""
    if info.served_by is None:
        return any(callable(getattr(provider, name, None)) for name in ("aencode", "apredict"))
    host = (urlsplit(f"//{info.served_by}").hostname or "").lower()
    if host in ("localhost", socket.gethostname().lower()) or host.endswith(".localhost"):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return not (address.is_loopback or address.is_unspecified)
