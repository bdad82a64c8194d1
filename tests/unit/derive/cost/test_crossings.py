"""Break-even and flips, checked by the bills themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedmark.derive.cost.bills import bills
from embedmark.derive.cost.details import VolumeDetails, volume_details
from embedmark.derive.cost.flips import flip_of
from embedmark.derive.cost.volume import loads_of, volume_of
from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.throughput import throughput_table
from tests.unit.derive.cost.test_volume import VOLUME, hosted


def both(run: Any, **cost: Any) -> MeasuredRun:
    """Return a run of an API with long vectors, and of a machine that is always on."""
    suite = hosted(run, hardware_usd_per_hour=0.36, **cost).provider("local", dim=256)
    seconds = [0.98, 0.99, 1.0, 1.0, 1.01, 1.02] * 3
    return MeasuredRun.of(suite.passes("local", seconds, n=1000, tokens=20_000.0).build())


def details(measured: MeasuredRun) -> VolumeDetails:
    found = volume_details(measured, throughput_table(measured))
    assert found is not None
    return found


def years(measured: MeasuredRun, documents: float) -> dict[str, float]:
    """Return the first year's bill of each provider at so many documents, with queries in proportion."""
    volume = volume_of(measured)
    assert volume is not None
    at = volume.times(documents / volume.documents)
    loads = loads_of(measured, throughput_table(measured))
    return {load.provider.name: bills(at, load.rates)["year_1"] for load in loads}


def test_break_even_holds_on_both_sides(run: Any) -> None:
    measured = both(run, vector_usd_per_gb_month=10.0)
    [crossing] = details(measured).crossings
    assert crossing.documents is not None

    before, after = (years(measured, crossing.documents * factor) for factor in (0.999, 1.001))

    assert before[crossing.below] < before[crossing.above]
    assert after[crossing.above] < after[crossing.below]


def test_break_even_has_an_interval(run: Any) -> None:
    [crossing] = details(both(run)).crossings

    assert crossing.documents is not None
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.low <= crossing.documents <= crossing.high


def test_cheaper_at_any_volume_where_nothing_crosses(run: Any) -> None:
    measured = both(run, machines="scale-to-zero", vector_usd_per_gb_month=0.0)
    [crossing] = details(measured).crossings

    assert crossing.documents is None
    for documents in (1e4, 1e7, 1e10):
        bill = years(measured, documents)
        assert bill[crossing.below] < bill[crossing.above]


def test_flip_makes_the_bills_equal(run: Any) -> None:
    measured = both(run)
    found, volume = details(measured), volume_of(measured)
    loads = {load.provider.name: load for load in loads_of(measured, throughput_table(measured))}
    first, second = (loads[name] for name, _ in found.years)
    flip = flip_of(volume, first, second)  # type: ignore[arg-type]
    assert flip == found.flip
    assert flip is not None
    assert (flip.lever, flip.provider) in {("machine", ""), ("memory", ""), ("tokens", "small")}

    changed = []
    for load in (first, second):
        rates = load.rates
        if flip.lever == "memory":
            rates = replace(rates, vector_usd_per_month=rates.vector_usd_per_month * flip.factor)
        elif flip.lever == "machine" and rates.usd_per_s is not None:
            rates = replace(rates, usd_per_s=rates.usd_per_s * flip.factor)
        elif flip.provider == load.provider.name:
            rates = replace(
                rates, document_usd=rates.document_usd * flip.factor, query_usd=rates.query_usd * flip.factor
            )
        changed.append(bills(volume, rates)["year_1"])  # type: ignore[arg-type]

    assert changed[0] == pytest.approx(changed[1])


def test_dominant_term_of_the_worked_example_is_memory(run: Any) -> None:
    found = details(MeasuredRun.of(hosted(run).build()))

    assert found.term == "storage"
    assert found.share == pytest.approx(2801.664 / 2880.064)


def test_provider_without_a_bill_is_named(run: Any) -> None:
    found = details(both(run, volume=VOLUME | {"p95_ms": 10.0}))

    assert [name for name, _ in found.lacking] == ["local"]
    assert "measure.latency" in found.lacking[0][1]


def test_two_at_the_same_price_are_not_ranked(run: Any) -> None:
    suite = hosted(run)
    suite.provider("twin", plugin="openai", model="text-embedding-3-small", dim=1536)
    suite.prices.append(suite.prices[0] | {"provider": "twin"})
    found = details(MeasuredRun.of(suite.build()))

    [crossing] = found.crossings
    assert crossing.is_equal
    assert found.flip is None


def test_cheapest_provider_is_compared_with_each_other_one(run: Any) -> None:
    suite = hosted(run)
    for i in range(5):
        suite.provider(f"p{i}", plugin="openai", model=f"m{i}", dim=1536)
        suite.prices.append(suite.prices[0] | {"provider": f"p{i}", "usd_per_1m_tokens": 0.03 + i})
    found = details(MeasuredRun.of(suite.build()))

    assert [(c.below, c.above) for c in found.crossings] == [("small", f"p{i}") for i in range(5)]


def test_rate_of_change_can_flip_the_winner(run: Any) -> None:
    """The second one pays half for documents and more for queries: at 5.67 % changes a month both cost the same."""
    measured = MeasuredRun.of(hosted(run, vector_usd_per_gb_month=0.0).build())
    [load] = loads_of(measured, throughput_table(measured))
    volume = volume_of(measured)
    assert volume is not None
    first = replace(load, price=None)
    second = replace(first, rates=replace(load.rates, document_usd=2e-6, query_usd=48 / 36e6))

    flip = flip_of(volume, first, second)

    assert flip is not None
    assert flip.lever == "changed_per_month"
    assert flip.value == pytest.approx(0.05 * 13.6 / 12)


def test_rate_is_never_above_all_documents(run: Any) -> None:
    measured = MeasuredRun.of(hosted(run, vector_usd_per_gb_month=0.0).build())
    [load] = loads_of(measured, throughput_table(measured))
    volume = volume_of(measured)
    assert volume is not None
    first = replace(load, price=None)
    second = replace(first, rates=replace(load.rates, document_usd=2e-6, query_usd=1.0))

    assert flip_of(volume, first, second) is None
