"""The providers of a suite, constructed and not loaded, and whether they can read its datasets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedmark.api import Provider, ProviderInfo
from embedmark.api.items import Unit
from embedmark.datasets import Dataset
from embedmark.errors import EmbedmarkError, SuiteError, UsageError
from embedmark.notices import Notice
from embedmark.planning.price_lists import listed_price
from embedmark.planning.prices import (
    BUILT_IN,
    OWN_HOSTS,
    Price,
    asks_a_stranger,
    dearer,
    find_price,
    is_remote,
    price_notice,
)
from embedmark.plugins.registry import create
from embedmark.suite import ProviderSpec, Suite
from embedmark.suite.lines import Origin


@dataclass(frozen=True, eq=False, slots=True)
class PlannedProvider:
    """A provider of the suite, constructed and not loaded."""

    spec: ProviderSpec
    provider: Provider
    info: ProviderInfo
    price: Price | None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def model(self) -> str:
        """The model as the suite names it."""
        return self.spec.model or self.info.model

    @property
    def is_cross(self) -> bool:
        return self.info.kind == "cross-encoder"

    @property
    def unit(self) -> Unit:
        return "pair" if self.is_cross else "text"

    @property
    def unpriced(self) -> bool:
        """Return True if it may bill an unknown amount: it calls another machine, and has no price per token."""
        return self.price is None and is_remote(self.provider, self.info)

    @property
    def price_unit(self) -> str:
        """The key of a suite's prices that it is billed by: of searches for a reranker that groups its pairs."""
        return "usd_per_1k_searches" if self.info.limits.pairs_per_search else "usd_per_1m_tokens"

    @property
    def may_bill(self) -> bool:
        """Return True if it asks a public host, and has no known price."""
        return self.price is None and asks_a_stranger(self.info)

    @property
    def asks_server(self) -> bool:
        """Return True if it asks a server; False if it computes, and so can do that on another machine."""
        price, limits = self.price, self.info.limits
        billed = price and (price.usd_per_1m_tokens or price.usd_per_1k_searches or price.usd_per_1k_images)
        account = limits.requests_per_minute or limits.tokens_per_minute
        return bool(self.info.served_by or self.info.plugin in OWN_HOSTS or billed or account)

    @property
    def orders(self) -> int:
        """Forward passes that an item takes: 2 for the pairs of a cross-encoder that averages both orders."""
        return 2 if self.is_cross and self.info.symmetric else 1


def plan_providers(suite: Suite, folder: Path) -> list[PlannedProvider]:
    """Construct every provider of a suite.

    Args:
        suite: names them.
        folder: what relative paths are relative to.

    Raises:
        UsageError: a provider cannot be found or constructed, with its line in the suite.
    """
    prices = (*_own_prices(suite), *BUILT_IN)
    return [plan_provider(spec, folder, prices, suite.origin) for spec in suite.providers]


def check_price_units(suite: Suite, providers: Iterable[PlannedProvider]) -> None:
    """Raise SuiteError for a price of searches of a provider that is billed for tokens: it would seem to be free."""
    for planned in providers:
        price = planned.price
        if planned.info.kind == "bi-encoder" and price is not None and price.usd_per_1k_searches is not None:
            raise SuiteError(
                f"usd_per_1k_searches is for rerankers and search services; {planned.name} encodes texts, by tokens",
                where=suite.origin.where("measure", "cost", "prices", planned.name, "usd_per_1k_searches"),
                hint=f"`{planned.name}: {{usd_per_1m_tokens: 0.02}}`, with its price in place of 0.02",
            )


def old_prices(providers: Iterable[PlannedProvider]) -> list[Notice]:
    """Return a warning for each price that was read more than 90 days ago."""
    today = datetime.now(UTC).date()
    found = [price_notice(planned.name, planned.price, today) for planned in providers if planned.price]
    return [notice for notice in found if notice is not None]


def not_ready(providers: Sequence[PlannedProvider], origin: Origin) -> list[tuple[PlannedProvider, UsageError]]:
    """Return the providers whose `check()` says that disk or environment lack something, with what it says."""
    found = []
    for planned in providers:
        check = getattr(planned.provider, "check", None)
        try:
            if callable(check):
                check()
        except UsageError as error:
            error.where = origin.provider(planned.name) + (f", {error.where}" if error.where else "")
            found.append((planned, error))
    return found


def require_ready(providers: Sequence[PlannedProvider], origin: Origin) -> None:
    """Raise the first UsageError of a provider's `check()`; its hint names the providers that can run without it."""
    lacking = not_ready(providers, origin)
    if not lacking:
        return
    error = lacking[0][1]
    without = {planned.name for planned, _ in lacking}
    ready = ",".join(planned.name for planned in providers if planned.name not in without)
    if ready:
        way_out = "or leave it out: --only " + (f'"{ready}"' if " " in ready else ready)
        error.hint = f"{error.hint}; {way_out}" if error.hint else way_out
    raise error


def plan_provider(spec: ProviderSpec, folder: Path, prices: tuple[Price, ...], origin: Origin) -> PlannedProvider:
    """Construct one provider of a suite. Raises UsageError with its line in the suite."""
    try:
        provider = create(spec.use, model=spec.model, options=spec.keywords, folder=folder)
    except EmbedmarkError as error:
        error.where = origin.provider(spec.name) + (f", {error.where}" if error.where else "")
        raise
    return _planned(spec, provider, prices)


def _planned(spec: ProviderSpec, provider: Provider, prices: tuple[Price, ...]) -> PlannedProvider:
    info = provider.info
    plugin = (
        info.plugin if info.served_by is None else ""
    )  # another host bills as it likes: built-in prices do not hold
    model = spec.model or info.model
    price = find_price(spec.name, plugin, model, prices)
    if price is None or not price.provider:
        host = info.served_by or OWN_HOSTS.get(info.plugin)
        if host and is_remote(provider, info):
            price = dearer(price, listed_price(host, info.plugin, model))
    return PlannedProvider(spec, provider, info, price)


def _own_prices(suite: Suite) -> tuple[Price, ...]:
    cost = suite.measure.cost
    own = cost.prices if cost else {}
    return tuple(
        Price(
            name,
            "",
            "",
            p.usd_per_1m_tokens or 0.0,
            p.source,
            p.as_of,
            p.batch_usd_per_1m_tokens,
            usd_per_1k_searches=p.usd_per_1k_searches,
            usd_per_1k_images=p.usd_per_1k_images,
        )
        for name, p in own.items()
    )


def check_modalities(providers: Sequence[PlannedProvider], datasets: Sequence[Dataset], origin: Origin) -> None:
    """Refuse, before anything loads, a dataset of images for a model of texts, and the other way round."""
    for dataset in datasets:
        for planned in providers:
            able = set(planned.info.modalities)
            if planned.is_cross and "image" in dataset.modalities:
                raise SuiteError(
                    f"provider {planned.name!r} ({planned.info.plugin}) is a cross-encoder and reads pairs of texts; "
                    f"dataset {dataset.name!r} has images",
                    where=origin.provider(planned.name),
                    hint="leave it out with --only, or use a separate suite",
                )
            if lacking := dataset.modalities - able:
                raise SuiteError(
                    f"provider {planned.name!r} ({planned.info.plugin}) reads {_listed(able)} only; "
                    f"dataset {dataset.name!r} has {_listed(lacking)} as well",
                    where=origin.provider(planned.name),
                    hint="use: clip reads texts and images; or leave the provider out with --only",
                )


def _listed(modalities: Iterable[str]) -> str:
    return " and ".join(sorted(f"{modality}s" for modality in modalities))
