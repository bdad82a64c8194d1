"""summary.csv: one row a provider and dataset, also for those that failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from embedmark.derive import derive_tables

RNG = np.random.default_rng(0)
GOLD = RNG.uniform(0, 5, 60)
GOOD = GOLD + RNG.normal(size=60)
SMALL = {"resamples": 100}


def summary(run: Any) -> list[dict[str, Any]]:
    return derive_tables(run.build())["summary.csv"]


def test_a_whole_row(run: Any) -> None:
    suite = run(accuracy=SMALL, cost={"hardware_usd_per_hour": 3.6}, scaling={}).dataset("d", 60).provider("a")
    suite.scores("a", GOLD, GOOD).sample("a", "accuracy", n_items=100.0, tokens=1000.0, elapsed_ns=1e9)
    suite.sample("a", "load", phase="load", elapsed_ns=2e9, dataset="").sample(
        "a", "load", phase="first", elapsed_ns=5e6
    )
    suite.passes("a", [2.0] * 6, batch_size=1).passes("a", [1.0] * 6, batch_size=32)
    suite.calls("a", np.arange(400) + 1.0)
    for n in (10, 20, 40):
        suite.stage("a", "encode", n, [0.01 * n] * 3).stage("a", "similarity", n, [1e-6] * 3)
    tables = derive_tables(suite.build())
    [row] = tables["summary.csv"]
    accuracy, scaling = tables["accuracy.csv"], tables["scaling.csv"]
    assert (row["metric"], row["value"], row["spearman"]) == ("spearman", accuracy[0]["value"], accuracy[0]["value"])
    assert (row["ci_low"], row["ci_high"]) == (accuracy[0]["ci_low"], accuracy[0]["ci_high"])
    assert (row["pearson"], row["tie_group"], row["similarity"]) == (accuracy[1]["value"], 1, "cosine")
    assert (row["unit"], row["batch_size"], row["items_per_s"]) == ("text", 32, 100.0)
    assert (row["latency_ms_p50"], row["latency_ms_p99"]) == (200.5, pytest.approx(396.01))
    assert (row["load_s"], row["first_call_ms"], row["tokens"]) == (2.0, 5.0, 1000)
    assert row["usd"] == pytest.approx(0.001)
    assert (row["encodes_at_1000"], row["pair_predictions_at_1000"]) == (1000, None)
    assert row["seconds_at_1000"] == scaling[-1]["seconds"] == pytest.approx(10.0, rel=1e-3)
    assert row["usd_at_1000"] == scaling[-1]["usd"]
    assert (row["status"], row["error"], row["host_state"]) == ("ok", None, "quiet")


def test_counts_are_arithmetic_and_need_no_measurement(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 60).provider("bi").provider("cross", kind="cross-encoder")
    bi, cross = summary(suite)
    assert (bi["encodes_at_1000"], bi["pair_predictions_at_1000"]) == (1000, None)
    assert (cross["encodes_at_1000"], cross["pair_predictions_at_1000"]) == (None, 499_500)
    assert bi["seconds_at_1000"] is bi["usd_at_1000"] is None
    assert (cross["unit"], cross["similarity"]) == ("pair", None)


def test_no_timing_at_all(run: Any) -> None:
    [row] = summary(run(accuracy=SMALL).dataset("d", 60).provider("a").scores("a", GOLD, GOOD))
    empty = ("batch_size", "items_per_s", "latency_ms_p50", "load_s", "tokens", "usd", "peak_rss_mb", "host_state")
    assert {row[column] for column in empty} == {None}
    assert row["status"] == "ok"


def test_no_accuracy_at_all(run: Any) -> None:
    [row] = summary(run(throughput={}).dataset("d", 60).provider("a").passes("a", [1.0]))
    assert (row["value"], row["tie_group"], row["items_per_s"], row["status"]) == (None, None, 100.0, "ok")


def test_every_dataset_has_a_row_with_the_timings_of_the_first(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("첫째", 60).dataset("둘째", 60).provider("모델").passes("모델", [1.0])
    suite.scores("모델", GOLD, GOOD).scores("모델", GOLD, -GOOD, "둘째")
    first, second = summary(suite)
    assert (first["dataset"], second["dataset"]) == ("첫째", "둘째")
    assert first["value"] == -second["value"] > 0
    assert first["items_per_s"] == second["items_per_s"] == 100.0


def test_a_provider_that_did_not_load(run: Any) -> None:
    suite = run(accuracy=SMALL, throughput={}).dataset("d", 60).dataset("e", 60).provider("a").provider("gone")
    suite.scores("a", GOLD, GOOD).scores("a", GOLD, GOOD, "e").failure("gone", "no hub answers")
    rows = [row for row in summary(suite) if row["provider"] == "gone"]
    assert [(r["dataset"], r["status"], r["error"]) for r in rows] == [
        ("d", "failed", "no hub answers"), ("e", "failed", "no hub answers"),
    ]  # fmt: skip
    assert {row["value"] for row in rows} == {None}
    assert [row["encodes_at_1000"] for row in rows] == [1000, 1000]


def test_what_was_measured_before_a_failure_stays(run: Any) -> None:
    suite = run(accuracy=SMALL, latency={}).dataset("d", 60).provider("a").scores("a", GOLD, GOOD)
    suite.failure("a", "connection reset", measure="latency", dataset="d")
    [row] = summary(suite)
    assert (row["status"], row["error"]) == ("incomplete", "connection reset")
    assert row["value"] is not None


def test_a_failure_on_one_dataset_is_not_one_on_another(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 60).dataset("e", 60).provider("a").scores("a", GOLD, GOOD)
    suite.failure("a", "bad reply", measure="accuracy", dataset="e")
    first, second = summary(suite)
    assert (first["status"], first["error"]) == ("ok", None)
    assert (second["status"], second["error"]) == ("failed", "bad reply")


def test_a_failure_where_accuracy_was_not_wanted(run: Any) -> None:
    suite = run(throughput={}, latency={}).dataset("d", 60).provider("a").provider("b").passes("b", [1.0])
    suite.failure("a", "out of memory", measure="throughput", dataset="d")
    suite.failure("b", "reset", measure="latency", dataset="d")
    assert [(r["status"], r["error"]) for r in summary(suite)] == [("failed", "out of memory"), ("incomplete", "reset")]


def test_statuses_of_accuracy_are_carried_over(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 60).provider("u", kind="cross-encoder", untrained=True).provider("c")
    suite.provider("late").scores("c", GOLD, np.ones(60))
    assert [row["status"] for row in summary(suite)] == ["untrained-head", "constant-predictions", "not-measured"]
    assert {row["error"] for row in summary(suite)} == {None}


def test_host_state_is_the_worst_of_the_quoted_rows(run: Any) -> None:
    """A few noisy passes are not outvoted by hundreds of quiet calls."""
    suite = run(throughput={}, latency={}).dataset("d", 60).provider("a").calls("a", np.arange(400) + 1.0)
    suite.passes("a", [1.0] * 12, host_state="noisy")

    [row] = summary(suite)

    assert row["host_state"] == "noisy"


def test_unknown_state_is_worse_than_quiet(run: Any) -> None:
    suite = run(throughput={}, latency={}).dataset("d", 60).provider("a").calls("a", np.arange(400) + 1.0)
    suite.passes("a", [1.0] * 12, host_state="unknown")

    [row] = summary(suite)

    assert row["host_state"] == "unknown"


def test_accuracy_alone_has_no_host_state(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 60).provider("a").scores("a", GOLD, GOOD)
    suite.sample("a", "load", phase="load", elapsed_ns=2e9, dataset="", host_state="noisy")
    suite.sample("a", "accuracy", n_items=9.0, host_state="noisy")

    [row] = summary(suite)

    assert row["host_state"] is None
