"""cost.csv: billed, estimated and hardware."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.derive import derive_tables

PRICE = {
    "provider": "", "plugin": "openai", "model": "small", "usd_per_1m_tokens": 0.02, "source": "list",
    "as_of": "2026-01-01",
}  # fmt: skip


def cost(run: Any) -> list[dict[str, Any]]:
    return derive_tables(run.build())["cost.csv"]


def api(run: Any) -> Any:
    suite = run(accuracy={}, cost={"hardware_usd_per_hour": 3.6}).dataset("d", 50)
    suite.provider("small", plugin="openai", model="small").prices.append(PRICE)
    return suite


def test_billed_by_the_tokens_of_the_replies(run: Any) -> None:
    suite = api(run).sample("small", "accuracy", n_items=90.0, tokens=1_000.0, requests=3.0, elapsed_ns=1e9)
    [row] = cost(suite)
    assert (row["basis"], row["items"], row["tokens"], row["requests"]) == ("billed", 90, 1000, 3)
    assert row["usd"] == pytest.approx(2e-5)
    assert row["usd_per_1k_items"] == pytest.approx(2e-5 / 90 * 1000)
    assert (row["usd_per_1m_tokens"], row["price_source"], row["price_as_of"]) == (0.02, "list", "2026-01-01")
    assert row["tokens_unconfirmed"] == 0


def test_possible_bill_of_lost_replies_is_counted_apart(run: Any) -> None:
    suite = api(run).sample("small", "accuracy", n_items=90.0, tokens=1_000.0, requests=3.0, elapsed_ns=1e9)
    suite.sample("small", "accuracy", status="failed-attempt", n_items=32.0, tokens=400.0, requests=1.0)
    suite.sample("small", "accuracy", status="failed-attempt", n_items=32.0, requests=1.0)  # a 429: surely not billed
    suite.sample("small", "throughput", status="failed-attempt", n_items=32.0, tokens=70.0, requests=1.0)
    [row] = cost(suite)
    assert (row["tokens"], row["tokens_unconfirmed"], row["requests"]) == (1000, 400, 5)
    assert row["usd"] == pytest.approx(2e-5)


def test_estimated_from_counted_tokens(run: Any) -> None:
    suite = api(run)
    suite.tokens = {"small": {"d": {"n_texts": 80, "read": 1600, "truncated_texts": 0}}}
    [row] = cost(suite)
    assert (row["basis"], row["items"], row["tokens"], row["requests"]) == ("estimated", 80, 1600, None)
    assert row["usd"] == pytest.approx(1600 * 0.02 / 1e6)


def test_a_cross_encoder_reads_both_texts_of_a_pair(run: Any) -> None:
    suite = run(cost={}).dataset("d", 50).provider("c", kind="cross-encoder", plugin="openai", model="small")
    suite.prices.append(PRICE)
    suite.tokens = {"c": {"d": {"n_texts": 80, "read": 800}}}
    [row] = cost(suite)
    assert (row["unit"], row["items"], row["tokens"]) == ("pair", 50, 1000)


def test_the_suites_own_price_wins_by_the_providers_name(run: Any) -> None:
    suite = api(run).sample("small", "accuracy", n_items=90.0, tokens=1e6, requests=3.0, elapsed_ns=1e9)
    suite.prices.append({**PRICE, "provider": "small", "usd_per_1m_tokens": 7.0, "source": "suite", "as_of": None})
    [row] = cost(suite)
    assert (row["usd"], row["price_source"], row["price_as_of"]) == (7.0, "suite", None)


def test_a_price_for_another_model_is_no_price(run: Any) -> None:
    suite = run(cost={}).dataset("d", 50).provider("large", plugin="openai", model="large")
    suite.prices.append(PRICE)
    suite.tokens = {"large": {"d": {"n_texts": 80, "read": 1600}}}
    assert cost(suite) == []


def test_hardware_at_the_best_batch_size(run: Any) -> None:
    suite = run(accuracy={}, cost={"hardware_usd_per_hour": 3.6}).dataset("d", 50).provider("a")
    suite.sample("a", "accuracy", n_items=80.0, tokens=800.0, elapsed_ns=100e9)
    suite.passes("a", [2.0], batch_size=1).passes("a", [1.0], batch_size=32)
    [row] = cost(suite)
    assert (row["basis"], row["items"], row["tokens"], row["unit"]) == ("hardware", 80, 800, "text")
    assert row["usd"] == pytest.approx(0.8 * 0.001)  # 80 texts at 100 a second, 0.001 USD a second
    assert row["usd_per_1k_items"] == pytest.approx(0.01)
    assert row["usd_per_1m_tokens"] == pytest.approx(1.0)
    assert row["price_source"] == "suite"


def test_hardware_price_is_empty_where_nothing_was_timed(run: Any) -> None:
    """The cold accuracy pass of a later dataset is not a throughput."""
    suite = run(accuracy={}, cost={"hardware_usd_per_hour": 3.6}).dataset("d", 50).dataset("long", 20).provider("a")
    suite.passes("a", [1.0]).sample("a", "accuracy", n_items=80.0, elapsed_ns=1e9)
    suite.sample("a", "accuracy", dataset="long", n_items=40.0, tokens=400.0, elapsed_ns=10e9)

    first, second = cost(suite)

    assert first["usd"] == pytest.approx(0.8e-3)
    assert (second["items"], second["tokens"]) == (40, 400)
    assert second["usd"] is second["usd_per_1m_tokens"] is second["usd_per_1k_items"] is None


def test_provider_behind_a_server_does_not_use_this_machine(run: Any) -> None:
    suite = run(accuracy={}, cost={"hardware_usd_per_hour": 3.6}).dataset("d", 50).provider("a")
    suite.sample("a", "accuracy", n_items=80.0, requests=2.0, elapsed_ns=1e9).passes("a", [1.0])
    assert cost(suite) == []


def test_no_price_no_row(run: Any) -> None:
    local = run(accuracy={}, cost={"hardware_usd_per_hour": None}).dataset("d", 50).provider("a").passes("a", [1.0])
    assert cost(local) == []
    unwanted = run(accuracy={}).dataset("d", 50).provider("small", plugin="openai", model="small")
    unwanted.prices.append(PRICE)
    assert cost(unwanted.sample("small", "accuracy", n_items=9.0, tokens=9.0, requests=1.0)) == []


def test_free_hardware_costs_nothing_and_says_so(run: Any) -> None:
    suite = run(accuracy={}, cost={"hardware_usd_per_hour": 0.0}).dataset("d", 50).provider("a").passes("a", [1.0])
    suite.sample("a", "accuracy", n_items=80.0, elapsed_ns=1e9)
    assert cost(suite)[0]["usd"] == 0.0
