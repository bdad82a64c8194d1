"""Intervals of the server scenario in latency.csv."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_tables
from embedmark.derive.notices import notices_of


def server(run: Any, calls: int = 400, workers: int | None = 1, **cells: Any) -> Any:
    """Calls of 10 ms with a little wait, at 50 a second."""
    rng = np.random.default_rng(0)
    suite = run(latency={"scenarios": ["server"], "rate": 50.0}).dataset("d", 10).provider("a", server_workers=workers)
    for i, ms in enumerate(rng.uniform(8, 12, calls)):
        suite.sample("a", "latency", scenario="server", call=float(i), elapsed_ns=ms * 1e6,
                     queue_ns=rng.exponential(2e6), **cells)  # fmt: skip
    return suite


def row_of(suite: Any) -> dict[str, Any]:
    return derive_tables(suite.build())["latency.csv"][0]


def test_one_worker_has_intervals_of_all_percentiles(run: Any) -> None:
    row = row_of(server(run))

    for q in ("p50", "p95", "p99"):
        assert row[f"{q}_ci_low"] <= row[f"{q}_ms"] <= row[f"{q}_ci_high"]


def test_several_workers_have_intervals_where_calls_suffice(run: Any) -> None:
    row = row_of(server(run, workers=2))

    assert row["p50_ci_low"] < row["p50_ms"] < row["p50_ci_high"]
    assert row["p95_ms"] is not None
    assert row["p95_ci_low"] is row["p95_ci_high"] is None


def test_calls_that_an_interval_would_take_are_told(run: Any) -> None:
    notices = {notice.code: notice for notice in notices_of(server(run, workers=2).build())}

    needed = notices["queue-interval"].data["needed"]
    assert set(needed) == {"p95", "p99"}
    assert 800 < needed["p95"] < 900  # 24 / (0.05 * 0.75 ** 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_noisy_queue_has_no_interval(run: Any, workers: int) -> None:
    row = row_of(server(run, workers=workers, host_state="noisy"))

    assert row["p50_ms"] is not None
    assert row["p50_ci_low"] is None


def test_noisy_passes_have_no_interval(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 10).provider("a").passes("a", [1.0, 1.1] * 5, host_state="noisy")
    suite.provider("b").passes("b", [1.0, 1.01] * 5)

    noisy, quiet = derive_tables(suite.build())["throughput.csv"]

    assert (noisy["host_state"], noisy["items_per_s_ci_low"]) == ("noisy", None)
    assert quiet["items_per_s_ci_low"] < quiet["items_per_s"] < quiet["items_per_s_ci_high"]
