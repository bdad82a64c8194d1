"""Two providers timed in turns: the verdict that `compare --providers` gives, and `validate` holds to account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from embedmark.comparison.match import Side
from embedmark.comparison.runs import compare_providers
from embedmark.derive import derive_tables
from embedmark.derive.run import MeasuredRun
from embedmark.derive.speed.turns import in_turns, too_wide


def noise(spread: float, seed: int, n: int = 40) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.exp(spread * np.random.default_rng(seed).normal(size=n))


def test_a_slowdown_of_steady_passes_has_an_interval() -> None:
    middle, interval, reason = in_turns(noise(0.02, 1), 1.05 * noise(0.02, 2))
    assert interval is not None
    assert 0 < interval[0] < middle < interval[1]
    assert interval[0] < np.log(1.05) < interval[1]
    assert reason == "40 interleaved passes"
    assert in_turns(noise(0.02, 1, 5), noise(0.02, 2, 5))[1:] == (None, "fewer than 6 interleaved passes")


@pytest.mark.parametrize(("factor", "shown"), [(1.0, False), (1.05, False), (1.5, True), (1 / 1.5, True), (100, True)])
def test_noisy_passes_show_only_what_is_beyond_their_noise(factor: float, shown: bool) -> None:
    a, b = noise(0.12, 3), factor * noise(0.12, 4)
    assert too_wide(a)
    middle, interval, reason = in_turns(a, b)
    assert middle == pytest.approx(np.log(factor), abs=0.1)
    assert (interval is not None) == shown
    if not shown:
        assert reason.startswith("noisy: passes spread by 1")


def test_rows_and_verdicts_say_so(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50)
    for name in ("steady", "slower", "wild"):
        suite.provider(name)
    suite.passes("steady", noise(0.01, 1)).passes("slower", 1.05 * noise(0.01, 2)).passes("wild", 1.05 * noise(0.2, 3))
    raw = suite.build()
    states = {row["provider"]: row["host_state"] for row in derive_tables(raw)["throughput.csv"]}
    assert states == {"steady": "quiet", "slower": "quiet", "wild": "noisy"}
    side = Side("one", (MeasuredRun.of(raw),))

    def verdict(name: str) -> tuple[str, str]:
        [change] = [c for c in compare_providers(side, "steady", name).changes if c.metric == "items_per_s"]
        return change.verdict, change.reason

    assert verdict("slower")[0] == "worse"
    assert verdict("wild")[0] == "not comparable"
    assert "noisy: passes spread by" in verdict("wild")[1]


def passes(run: Any, name: str, seconds: list[float]) -> None:
    for repeat, s in enumerate(seconds, start=1):
        run.sample(name, "throughput", batch_size=8.0, n_items=100.0, repeat=float(repeat), elapsed_ns=s * 1e9)


def rate(run: Any, name: str) -> tuple[float, int]:
    rows = derive_tables(run.build())["throughput.csv"]
    row = next(row for row in rows if row["provider"] == name)
    return float(str(row["items_per_s"])), int(str(row["repeats"]))


def test_rates_are_of_the_turns_that_all_shared(run: Any) -> None:
    """The machine is slow for twelve turns; an older run let one of two equal providers go on alone afterwards."""
    suite = run(throughput={}).dataset("d", 50).provider("a").provider("b")
    passes(suite, "a", [1.2] * 12)
    passes(suite, "b", [1.2] * 12 + [1.0] * 60)

    assert rate(suite, "a") == rate(suite, "b")


def test_a_provider_with_few_passes_cuts_no_other_short(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("a").provider("slow")
    passes(suite, "a", [1.0] * 10)
    passes(suite, "slow", [9.0] * 3)

    assert rate(suite, "a") == (100.0, 10)
    assert rate(suite, "slow")[1] == 3
