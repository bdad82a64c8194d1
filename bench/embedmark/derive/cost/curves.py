"""The first year's cost of each provider over the volume, for a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from embedmark.derive.cost.bills import Rates, Volume, bills
from embedmark.derive.cost.load import Load

DECADES: Final = 3  # below and above the suite's volume
_EACH: Final = 8  # points of a decade


@dataclass(frozen=True, slots=True)
class CostCurve:
    """USD of the first year at rising volumes, with queries in proportion to documents.

    Attributes:
        documents, usd: (k,) each.
        on_machine: True if a machine is paid, whose throughput was measured.
        low, high: (k,) the ends of the interval from the measured throughput; empty where there is none.
    """

    provider: str
    documents: tuple[float, ...]
    usd: tuple[float, ...]
    on_machine: bool
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def cost_curves(volume: Volume, loads: Sequence[Load]) -> tuple[CostCurve, ...]:
    """Return a curve from 1/1,000 to 1,000 times the volume for each load; each must have a first year's bill."""
    factors = [10 ** (step / _EACH) for step in range(-DECADES * _EACH, DECADES * _EACH + 1)]
    return tuple(_curve(volume, load, factors) for load in loads)


def _curve(volume: Volume, load: Load, factors: Sequence[float]) -> CostCurve:
    known = load.fast is not None and load.slow is not None
    return CostCurve(
        provider=load.provider.name,
        documents=tuple(volume.documents * factor for factor in factors),
        usd=_years(volume, load.rates, factors),
        on_machine=load.on_machine,
        low=_years(volume, load.fast, factors) if known else (),
        high=_years(volume, load.slow, factors) if known else (),
    )


def _years(volume: Volume, rates: Rates | None, factors: Sequence[float]) -> tuple[float, ...]:
    return () if rates is None else tuple(bills(volume.times(factor), rates)["year_1"] for factor in factors)
