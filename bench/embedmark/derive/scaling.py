"""scaling.csv: all pairs within n texts of the first dataset, measured and projected, one row a provider and n."""

from __future__ import annotations

from collections.abc import Iterator

from embedmark.derive.growth import Growth, all_pairs, growth_of
from embedmark.derive.pricing import hardware_usd_per_s, price_of, tokens_per_text
from embedmark.derive.view import ProviderEntry, Row, Table, View

ALWAYS = 1000  # the size that every summary shows


def scaling_table(view: View) -> Table:
    """Rows in suite order, n rising; none for a provider whose scaling was not measured."""
    return [row for provider in view.providers for row in _rows(view, provider)]


def counts(provider: ProviderEntry, n: int) -> Row:
    """The exact counts of all pairs within n texts; what does not apply to the kind is None."""
    if provider.is_cross:
        return {"encodes": None, "pair_predictions": all_pairs(n) * provider.orders}
    return {"encodes": n, "pair_predictions": None}


def usd_of(view: View, provider: ProviderEntry, n: int, seconds: float | None) -> float | None:
    """USD of all pairs within n texts: tokens where the provider has a price, else seconds of this machine.

    A bi-encoder reads every text once, a cross-encoder n - 1 times.
    """
    price = price_of(view, provider)
    if price is not None:
        per_text = tokens_per_text(view, provider, view.datasets[0]) if view.datasets else None
        reads = n * (n - 1) * provider.orders if provider.is_cross else n
        return None if per_text is None else reads * per_text * float(price["usd_per_1m_tokens"]) / 1e6
    per_s = hardware_usd_per_s(view, provider)
    return None if per_s is None or seconds is None else seconds * per_s


def _rows(view: View, provider: ProviderEntry) -> Iterator[Row]:
    growth = growth_of(view, provider)
    if growth is None:
        return
    wanted = {ALWAYS, *(int(n) for n in (view.spec("scaling") or {}).get("project_to") or ())}
    for n in sorted(wanted | growth.seconds.keys()):
        yield _measured(view, provider, growth, n) if n in growth.seconds else _projected(view, provider, growth, n)


def _measured(view: View, provider: ProviderEntry, growth: Growth, n: int) -> Row:
    import numpy as np

    from embedmark.stats import median_interval

    seconds = np.sort(growth.seconds[n])
    interval = median_interval(seconds)
    basis = "held-out" if n == growth.held_out else "measured"
    return _row(view, provider, n, float(np.median(seconds)), interval, basis)


def _projected(view: View, provider: ProviderEntry, growth: Growth, n: int) -> Row:
    seconds, interval = growth.project(n)
    return _row(view, provider, n, seconds, interval, "projected")


def _row(
    view: View, provider: ProviderEntry, n: int, seconds: float, interval: tuple[float, float] | None, basis: str
) -> Row:
    return {
        "provider": provider.name,
        "kind": provider.kind,
        "n": n,
        **counts(provider, n),
        "seconds": seconds,
        "seconds_ci_low": interval[0] if interval else None,
        "seconds_ci_high": interval[1] if interval else None,
        "usd": usd_of(view, provider, n, seconds),
        "basis": basis,
    }
