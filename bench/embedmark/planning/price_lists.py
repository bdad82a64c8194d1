"""Prices of hosted models by genai-prices, where it is installed: dated, sourced, offline; it is never let fetch."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from embedmark.planning.prices import Price

_DATE = re.compile(r"\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b")
_BATCH = {"processing": "batch"}


def listed_price(host: str, plugin: str, model: str) -> Price | None:
    """Return the price of a model at a host; None if it is not known, or genai-prices is not installed.

    Args:
        host: where requests go, such as api.openai.com.
        plugin: the provider's entry-point name.
        model: as the suite names it.
    """
    if importlib.util.find_spec("genai_prices") is None:
        return None
    service = next((one for one in _services() if re.match(one.api_pattern, f"https://{host}/")), None)
    found = service and next((one for one in service.models if one.is_match(model)), None)
    if not service or not found:
        return None
    now = datetime.now(UTC)
    usd = _per_1m(found.get_prices(now))
    if not usd:  # a list's 0 may be that of a free tier: only the suite says that nothing is billed
        return None
    where = (service.pricing_urls or ["no address"])[0]
    source = f"genai-prices {version('genai-prices')}, {service.name} ({where})"
    return Price("", plugin, model, usd, source, _newest().isoformat(), _batch(found, now))


def _batch(model: Any, now: datetime) -> float | None:
    """Return the batch price where there is one: without, the library answers the standard price."""
    variants = [variant for variant in model.price_variants or () if variant.when == _BATCH]
    active = [one for one in variants if one.constraint is None or one.constraint.active(now)]
    if not any(one.prices.input_mtok is not None for one in active):
        return None
    return _per_1m(model.get_prices(now, _BATCH))


def _per_1m(prices: Any) -> float | None:
    """Return USD for a million input tokens; the most expensive tier, where there are several."""
    price = prices.input_mtok
    if price is None:
        return None
    tiers = [tier.price for tier in getattr(price, "tiers", ())]
    return float(max([getattr(price, "base", price), *tiers]))


@cache
def _services() -> list[Any]:
    from genai_prices.data import providers

    return list(providers)


@cache
def _newest() -> date:
    """Return the newest date that the data itself names, not after today: the data is of that day or later."""
    texts = (one.price_comments or "" for service in _services() for one in (service, *service.models))
    dates = {match for text in texts for match in _DATE.findall(text)}
    today = datetime.now(UTC).date()
    return max((found for text in dates if (found := _parsed(text)) and found <= today), default=today)


def _parsed(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
