"""fastest_group and cheapest_group of summary.csv."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_tables
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.speed.groups import fastest_group

RNG = np.random.default_rng(0)


def groups(suite: Any, column: str) -> dict[str, int | None]:
    return {row["provider"]: row[column] for row in derive_tables(suite.build())["summary.csv"]}


def noisy(seconds: float, spread: float = 0.02, n: int = 20) -> list[float]:
    return (seconds * np.exp(spread * RNG.normal(size=n))).tolist()


@pytest.fixture
def suite(run: Any) -> Any:
    return run(throughput={}, cost={"hardware_usd_per_hour": 1.0}).dataset("d", 10)


def test_slower_provider_is_not_among_the_fastest(suite: Any) -> None:
    suite.provider("slow").passes("slow", noisy(1.2)).provider("fast").passes("fast", noisy(1.0))

    assert groups(suite, "fastest_group") == {"slow": None, "fast": 1}


def test_equal_providers_are_both_fastest(suite: Any) -> None:
    times = noisy(1.0, 0.3)
    other = (np.array(times)[::-1] * 1.001).tolist()
    suite.provider("a").passes("a", times).provider("b").passes("b", other)

    assert groups(suite, "fastest_group") == {"a": 1, "b": 1}


def test_drift_that_hits_both_does_not_hide_a_difference(suite: Any) -> None:
    """Passes spread by half, but turn by turn one is always 5 % slower."""
    drift = np.linspace(1, 1.5, 20)
    suite.provider("a").passes("a", (drift * noisy(1.0, 0.005)).tolist())
    suite.provider("b").passes("b", (drift * noisy(1.05, 0.005)).tolist())

    assert groups(suite, "fastest_group") == {"a": 1, "b": None}


@pytest.mark.parametrize("n", [10, 20])
def test_chance_rarely_sets_equal_providers_apart(n: int) -> None:
    """Of thirty equals the fastest and the slowest lie far apart: tested as one comparison, they differed in 13 %."""
    rng, names = np.random.default_rng(7), [f"p{i}" for i in range(30)]
    found = []
    for _ in range(60):
        rates = np.exp(0.03 * rng.normal(size=(30, n)))
        speeds = dict(zip(names, np.median(rates, axis=1).tolist(), strict=True))
        passes = {(name, "d", 8): dict(enumerate(mine.tolist())) for name, mine in zip(names, rates, strict=True)}
        rows = [
            SummaryRow(
                provider=name, kind="", model="", dataset="d", items_per_s=speeds[name], unit="text", batch_size=8
            )
            for name in names
        ]
        found.append(fastest_group(SimpleNamespace(rates=passes), "d", rows))  # type: ignore[arg-type]

    assert sum(len(group) < 30 for group in found) <= 6  # chance exceeds that in 3 of 100 at a rate of 5 %


def test_ten_passes_tell_thirty_providers_apart(suite: Any) -> None:
    """No interval by ranks reaches the level of 435 comparisons with 10 passes."""
    for i in range(30):
        suite.provider(f"p{i}").passes(f"p{i}", noisy(1.0 + (i > 0), n=10))

    assert [name for name, group in groups(suite, "fastest_group").items() if group == 1] == ["p0"]


def test_providers_at_other_batch_sizes_are_compared_as_samples(suite: Any) -> None:
    suite.provider("a").passes("a", noisy(1.0), batch_size=1).provider("b").passes("b", noisy(2.0), batch_size=32)
    suite.provider("c").passes("c", noisy(1.001), batch_size=32)

    assert groups(suite, "fastest_group") == {"a": 1, "b": None, "c": 1}


def test_three_passes_do_not_make_a_provider_fastest(suite: Any) -> None:
    suite.provider("a").passes("a", [1.0] * 3).provider("b").passes("b", [2.0] * 3)

    assert groups(suite, "fastest_group") == {"a": None, "b": None}


def test_only_provider_is_fastest(suite: Any) -> None:
    suite.provider("a").passes("a", [1.0] * 3)

    assert groups(suite, "fastest_group") == {"a": 1}


def test_pairs_are_not_compared_with_texts(suite: Any) -> None:
    suite.provider("cross", kind="cross-encoder").passes("cross", noisy(0.1)).provider("bi").passes("bi", noisy(1.0))

    assert groups(suite, "fastest_group") == {"cross": None, "bi": 1}


def test_cheapest_of_machine_hours_are_tied_as_their_speeds_are(suite: Any) -> None:
    times = noisy(1.0, 0.3)
    suite.provider("a").passes("a", times).provider("b").passes("b", times[::-1]).provider("c").passes("c", noisy(9.0))
    for name in "abc":
        suite.sample(name, "accuracy", n_items=100.0, elapsed_ns=1e9)

    assert groups(suite, "cheapest_group") == {"a": 1, "b": 1, "c": None}


def test_prices_by_the_token_are_exact(suite: Any) -> None:
    for name, price in (("a", 0.02), ("b", 0.03), ("c", 0.02)):
        suite.provider(name).sample(name, "accuracy", n_items=100.0, tokens=1000.0, requests=10.0, elapsed_ns=1e9)
        suite.prices.append({"provider": name, "usd_per_1m_tokens": price, "source": "list", "as_of": "2026-01-01"})

    assert groups(suite, "cheapest_group") == {"a": 1, "b": None, "c": 1}
