"""throughput.csv and latency.csv on timings with known truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_tables


def throughput(run: Any) -> list[dict[str, Any]]:
    return derive_tables(run.build())["throughput.csv"]


def latency(run: Any) -> list[dict[str, Any]]:
    return derive_tables(run.build())["latency.csv"]


def test_median_of_passes_with_its_interval(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("a")
    suite.sample("a", "load", phase="load", elapsed_ns=2.5e9, dataset="").sample(
        "a", "load", phase="first", elapsed_ns=3e7
    )
    suite.passes("a", [1.0, 1.0, 0.5, 2.0, 1.0, 1.0, 1.0, 1.0, 4.0, 1.0], tokens=700.0)
    suite.sample("a", "throughput", phase="warmup", batch_size=8.0, n_items=100.0, elapsed_ns=9e9)
    [row] = throughput(suite)
    assert (row["items_per_s"], row["repeats"], row["n_items"], row["unit"]) == (100.0, 10, 100, "text")
    assert row["items_per_s_ci_low"] <= 100.0 <= row["items_per_s_ci_high"]
    assert row["tokens_per_s"] == 700.0
    assert row["cpu_s_per_1k_items"] == pytest.approx(20.0)
    assert (row["load_s"], row["first_call_ms"]) == (2.5, 30.0)
    assert (row["host_state"], row["status"]) == ("quiet", "ok")


def test_few_passes_have_no_interval_and_tokens_may_be_empty(run: Any) -> None:
    [row] = throughput(run(throughput={}).dataset("d", 50).provider("a").passes("a", [1.0] * 5))
    assert row["items_per_s"] == 100.0
    assert row["items_per_s_ci_low"] is row["items_per_s_ci_high"] is row["tokens_per_s"] is None
    assert row["load_s"] is row["first_call_ms"] is None


def test_a_span_of_0_is_no_measurement(run: Any) -> None:
    suite = run(throughput={}, latency={}).dataset("d", 50).provider("a").passes("a", [1.0, 0.0, 1.0, 0.0, 2.0])
    suite.calls("a", [4.0] * 80 + [0.0] * 20)

    tables = derive_tables(suite.build())

    [rate], [call] = tables["throughput.csv"], tables["latency.csv"]
    assert (rate["repeats"], rate["items_per_s"]) == (3, 100.0)
    assert (call["n_calls"], call["mean_ms"]) == (80, 4.0)


def test_batch_sizes_rise_and_providers_keep_the_suites_order(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("z").provider("a", kind="cross-encoder")
    for name in ("a", "z"):
        suite.passes(name, [1.0], batch_size=32).passes(name, [1.0], batch_size=4)
    found = [(r["provider"], r["batch_size"], r["unit"]) for r in throughput(suite)]
    assert found == [("z", 4, "text"), ("z", 32, "text"), ("a", 4, "pair"), ("a", 32, "pair")]


def test_a_batch_size_that_failed_is_a_row(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("a").passes("a", [1.0])
    suite.sample("a", "throughput", batch_size=512.0, status="failed", error="out of memory")
    ok, failed = throughput(suite)
    assert (ok["batch_size"], ok["status"]) == (8, "ok")
    assert (failed["batch_size"], failed["status"], failed["repeats"]) == (512, "failed", 0)
    assert failed["items_per_s"] is failed["n_items"] is failed["host_state"] is None


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["quiet", "quiet"], "quiet"),
        (["quiet", "noisy"], "noisy"),
        (["quiet"] * 4 + ["noisy"], "quiet"),
        (["quiet"] * 3 + ["noisy"], "noisy"),
        (["unknown", ""], "unknown"),
        (["", "quiet"], "quiet"),
    ],
)
def test_host_state(run: Any, states: list[str], expected: str) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("a")
    for state in states:
        suite.passes("a", [1.0], host_state=state)
    assert throughput(suite)[0]["host_state"] == expected


def test_peak_memory_only_of_a_process_of_its_own(run: Any) -> None:
    suite = run(throughput={}).dataset("d", 50).provider("shared").provider("own", isolate="process")
    for name in ("shared", "own"):
        suite.passes(name, [1.0], rss_mb=812.5).passes(name, [1.0], rss_mb=math.nan)
    assert [row["peak_rss_mb"] for row in throughput(suite)] == [None, 812.5]


@pytest.mark.parametrize(("n", "filled"), [(71, {"p50"}), (72, {"p50", "p95"}), (368, {"p50", "p95", "p99"})])
def test_percentiles_only_where_the_calls_can_bound_them(run: Any, n: int, filled: set[str]) -> None:
    ms = np.random.default_rng(0).permutation(n) + 1.0
    [row] = latency(run(latency={}).dataset("d", 50).provider("a").calls("a", ms))
    assert (row["n_calls"], row["max_ms"], row["mean_ms"]) == (n, n, pytest.approx((n + 1) / 2))
    for name in ("p50", "p95", "p99"):
        cells = [row[f"{name}_ms"], row[f"{name}_ci_low"], row[f"{name}_ci_high"]]
        if name in filled:
            assert cells[1] <= cells[0] <= cells[2]
        else:
            assert cells == [None, None, None]
    assert row["p50_ms"] == pytest.approx((n + 1) / 2)


def test_a_median_of_few_calls_has_no_interval(run: Any) -> None:
    [row] = latency(run(latency={}).dataset("d", 50).provider("a").calls("a", [1.0, 2.0, 9.0]))
    assert (row["p50_ms"], row["p50_ci_low"]) == (2.0, None)


def test_server_latency_counts_from_the_scheduled_arrival(run: Any) -> None:
    suite = run(latency={"rate": None}).dataset("d", 50).provider("a", server_rate_per_s=12.5)
    suite.calls("a", [10.0] * 8, "server", queue_ns=5e6).calls("a", [10.0] * 8)
    alone, server = latency(suite)
    assert (alone["scenario"], alone["p50_ms"], alone["rate_per_s"]) == ("single-stream", 10.0, None)
    assert (server["scenario"], server["p50_ms"], server["rate_per_s"]) == ("server", 15.0, 12.5)
    suite.measure["latency"]["rate"] = 3
    assert latency(suite)[1]["rate_per_s"] == 3.0


def test_failed_calls_are_not_timings(run: Any) -> None:
    suite = run(latency={}).dataset("d", 50).provider("a").calls("a", [1.0] * 6)
    suite.sample("a", "latency", scenario="single-stream", status="failed", elapsed_ns=9e9)
    suite.sample("a", "latency", scenario="server", status="failed", elapsed_ns=9e9)
    alone, server = latency(suite)
    assert (alone["n_calls"], alone["max_ms"], alone["status"]) == (6, 1.0, "ok")
    assert (server["n_calls"], server["max_ms"], server["status"]) == (0, None, "failed")
