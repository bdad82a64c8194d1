"""Cost in a suite: prices, what machines and memory cost, and the volume that a choice is paid for at."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_serializer, model_validator
from pydantic_core.core_schema import SerializerFunctionWrapHandler

from embedmark.suite.facts import FactSpec, check_day
from embedmark.suite.strict import Strict, SuggestedError

MOST: Final = 1_000_000_000_000  # documents, or queries a month: a trillion of either is a typing error
_MOST_TOKENS = 1_000_000
_AMOUNT = re.compile(r"\s*([+-]?[\d_,]*\.?\d+(?:[eE][+-]?\d+)?)\s*([A-Za-z]{3})\s*")

Usd = Annotated[float, Field(ge=0, le=1_000_000)]  # more is a typing error, and 1e308 times a count is no number
Share = Annotated[float, Field(ge=0, le=1)]
Tokens = Annotated[float, Field(gt=0, le=_MOST_TOKENS)]


class PriceSpec(Strict):
    """A price of the user's own, in place of the built-in table."""

    usd_per_1m_tokens: Usd | None = None
    batch_usd_per_1m_tokens: Usd | None = Field(
        None, description="The same through the batch interface, answered within a day."
    )
    usd_per_1k_searches: Usd | None = Field(
        None, description="Of a reranker that bills searches: one first text with up to 100 second ones."
    )
    usd_per_1k_images: Usd | None = Field(
        None,
        description="For images, in addition to usd_per_1m_tokens for their captions (0 where texts are not billed).",
    )
    source: str = "suite"
    as_of: str | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> PriceSpec:
        if (self.usd_per_1m_tokens is None) == (self.usd_per_1k_searches is None):
            raise SuggestedError(
                "give one of usd_per_1m_tokens and usd_per_1k_searches",
                {"usd_per_1m_tokens": 0.02 if self.usd_per_1m_tokens is None else self.usd_per_1m_tokens},
            )
        if self.batch_usd_per_1m_tokens is not None and self.usd_per_1m_tokens is None:
            raise SuggestedError(
                "batch_usd_per_1m_tokens goes with usd_per_1m_tokens",
                {"usd_per_1k_searches": self.usd_per_1k_searches},
            )
        if self.usd_per_1k_images is not None and self.usd_per_1m_tokens is None:
            raise SuggestedError(
                "usd_per_1k_images goes with usd_per_1m_tokens: 0 where texts are not billed",
                {"usd_per_1m_tokens": 0, "usd_per_1k_images": self.usd_per_1k_images},
            )
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without(handler(self), ("batch_usd_per_1m_tokens", "usd_per_1k_images"))


class VolumeSpec(Strict):
    """How much is indexed and asked: what a provider costs is computed for it."""

    documents: Annotated[int, Field(gt=0, le=MOST)]
    queries_per_month: Annotated[int, Field(ge=0, le=MOST)]
    changed_per_month: Share = Field(0.0, description="Share of the documents that is encoded anew each month.")
    growth_per_month: Share = Field(0.0, description="Share of the documents that is added each month.")
    tokens_per_document: Tokens | None = Field(
        None, description="Default: as measured on the first dataset, by each provider's own tokenizer."
    )
    tokens_per_query: Tokens | None = Field(None, description="Likewise.")
    p95_ms: Annotated[float, Field(gt=0)] | None = Field(
        None, description="The time within which 95 % of queries must have a vector; default: no target."
    )
    peak_to_mean: Annotated[float, Field(ge=1, le=10_000)] = Field(
        1.0, description="Queries a second at the busiest time over their mean; 1 is an even load."
    )


class CostSpec(Strict):
    """USD from tokens and a price table, or from what the hardware costs an hour.

    Amounts are USD, or text with a currency that `usd_per` has a rate for: `260 KRW`.
    """

    hardware_usd_per_hour: Usd | None = None
    prices: dict[str, PriceSpec] = Field(default_factory=dict, description="By the provider's name in this suite.")
    vector_usd_per_gb_month: Usd | None = Field(
        None, description="USD a month for keeping 1 GB (10^9 bytes) of vectors searchable."
    )
    machines: Literal["always-on", "scale-to-zero"] = Field(
        "always-on", description="Whole machines rented day and night, or paid by the second that they work."
    )
    usd_per: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="USD for one unit of a currency: {KRW: 0.00072}."
    )
    source: str | None = Field(None, description="Where the prices of machines and memory, and the rates, are from.")
    as_of: str | None = Field(None, description="The day on which they were read: YYYY-MM-DD.")
    volume: VolumeSpec | None = None
    facts: dict[str, FactSpec] = Field(
        default_factory=dict, description="Facts that are not measured, with sources, by the provider's name."
    )

    @model_validator(mode="before")
    @classmethod
    def _in_usd(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        rates = given.get("usd_per")
        known = {k: v for k, v in rates.items() if isinstance(v, int | float)} if isinstance(rates, dict) else {}
        keys = ("hardware_usd_per_hour", "vector_usd_per_gb_month")
        changed: dict[str, Any] = {
            key: _usd((key,), given[key], known) for key in keys if isinstance(given.get(key), str)
        }
        if isinstance(given.get("prices"), dict):
            changed["prices"] = {name: _price(name, price, known) for name, price in given["prices"].items()}
        return {**given, **changed}

    @field_validator("as_of")
    @classmethod
    def _a_day(cls, as_of: str | None) -> str | None:
        return None if as_of is None else check_day(as_of)

    @field_validator("usd_per")
    @classmethod
    def _currencies(cls, rates: dict[str, float]) -> dict[str, float]:
        for name in rates:
            if not re.fullmatch(r"[A-Z]{3}", name):
                codes = {name.upper(): rate for name, rate in rates.items()}
                raise SuggestedError(f"{name!r} is not a currency's code, such as KRW", codes, {"KRW": 0.00072})
        return rates

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what a suite without a volume does not say: its manifest is as it was before there were any."""
        content = _without(handler(self), ("vector_usd_per_gb_month", "usd_per", "source", "as_of", "volume", "facts"))
        return content if self.volume is not None else _without(content, ("machines",), "always-on")


def _without(content: dict[str, Any], keys: tuple[str, ...], default: Any = None) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key not in keys or value not in (None, {}, default)}


def _price(name: str, price: Any, rates: dict[str, float]) -> Any:
    if not isinstance(price, dict):
        return price
    amounts = {
        key: _usd(("prices", name, key), value, rates)
        for key, value in price.items()
        if "usd_per" in str(key) and isinstance(value, str)
    }
    return {**price, **amounts}


def _usd(place: tuple[str, ...], text: str, rates: dict[str, float]) -> float:
    """Return an amount such as `260 KRW` in USD. Raises ValueError for a currency without a rate."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise SuggestedError(
            f"{text!r} is not an amount: write a number of USD, or one with its currency, `260 KRW`",
            *_amounts_in(text),
            below=place,
        )
    amount, currency = float(re.sub("[_,]", "", match[1])), match[2].upper()
    if currency == "USD":
        return amount
    if currency not in rates:
        raise SuggestedError(
            f"{text!r} has no rate: add `usd_per: {{{currency}: ...}}`, the USD for 1 {currency}",
            below=place,
            hint=f"`usd_per: {{{currency}: 1}}` in measure.cost, with the rate in place of 1",
        )
    return amount * float(rates[currency])


def _amounts_in(text: str) -> tuple[float | str, ...]:
    """Return what a text that is not an amount may mean: `KRW 260` is `260 KRW`, and `1e5` is 100000."""
    words = text.split()
    turned = (f"{words[1]} {words[0]}",) if len(words) == 2 else ()
    try:
        number = float(re.sub("[_,$]", "", text))
    except ValueError:
        return (*turned, 0.2)
    return (int(number) if number.is_integer() else number), 0.2
