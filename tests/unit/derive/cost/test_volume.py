"""volume.csv: the bill at a volume, term by term."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.derive import derive_tables

VOLUME = {
    "documents": 10_000_000, "queries_per_month": 3_000_000, "changed_per_month": 0.05,
    "tokens_per_document": 200.0, "tokens_per_query": 20.0,
}  # fmt: skip
SMALL = {
    "provider": "small", "plugin": "openai", "model": "text-embedding-3-small", "usd_per_1m_tokens": 0.02,
    "batch_usd_per_1m_tokens": 0.01, "source": "list", "as_of": "2026-11-23",
}  # fmt: skip


def volume(run: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["provider"], row["term"]): row for row in derive_tables(run.build())["volume.csv"]}


def hosted(run: Any, **cost: Any) -> Any:
    suite = run(cost={"vector_usd_per_gb_month": 3.80, "volume": VOLUME, **cost}).dataset("d", 50)
    suite.provider("small", plugin="openai", model="text-embedding-3-small", dim=1536).prices.append(SMALL)
    return suite


def local(run: Any, *, dim: int = 256, **cost: Any) -> Any:
    spec = {"hardware_usd_per_hour": 0.36, "vector_usd_per_gb_month": 3.80, "volume": VOLUME, **cost}
    suite = run(cost=spec).dataset("d", 50).provider("local", dim=dim)
    return suite.passes("local", [1.0] * 12, n=1000, tokens=20_000.0)


def cents(row: dict[str, Any]) -> float:
    return round(row["usd"], 2)


def test_worked_example_is_right_to_the_cent(run: Any) -> None:
    """10 million documents of 200 tokens, 5 % changed a month, 3 million queries of 20 tokens a month."""
    rows = volume(hosted(run))

    storage = 12 * rows["small", "storage"]["usd"]
    assert rows["small", "storage"]["quantity"] == pytest.approx(61.44)
    assert round(storage, 2) == 2801.66
    assert round(rows["small", "year_1"]["usd"] - storage, 2) == 78.40
    assert round(rows["small", "year_1_batch"]["usd"] - storage, 2) == 46.40
    assert cents(rows["small", "year_1"]) == 2880.06
    assert cents(rows["small", "index"]) == 40.00
    assert cents(rows["small", "index_batch"]) == 20.00
    assert cents(rows["small", "queries"]) == 1.20
    assert cents(rows["small", "churn"]) == 2.00
    assert cents(rows["small", "churn_batch"]) == 1.00
    assert cents(rows["small", "switch"]) == 40.00


def test_every_row_names_its_source_and_date(run: Any) -> None:
    rows = volume(hosted(run, source="memory.example", as_of="2026-11-01"))

    assert rows["small", "index"]["source"] == "list, 2026-11-23; tokens a text: suite"
    assert rows["small", "storage"]["source"] == "memory.example, 2026-11-01"


def test_documents_grow_at_each_months_end(run: Any) -> None:
    rows = volume(hosted(run, volume=VOLUME | {"growth_per_month": 0.1, "changed_per_month": 0.0}))

    held = sum(1.1**month for month in range(12))
    expected = 40.0 + 12 * 1.2 + 0.1 * 40.0 * held + 61.44 * 3.80 * held
    assert rows["small", "year_1"]["usd"] == pytest.approx(expected)
    assert rows["small", "switch"]["usd"] == pytest.approx(40.0 * 1.1**12)


def test_tokens_default_to_each_providers_own(run: Any) -> None:
    own = {key: value for key, value in VOLUME.items() if not key.startswith("tokens")}
    suite = hosted(run, volume=own)
    suite.tokens = {"small": {"d": {"n_texts": 10, "read": 300}}}

    assert volume(suite)["small", "index"]["quantity"] == pytest.approx(30 * 10_000_000)


def test_machine_is_paid_while_it_works(run: Any) -> None:
    """1,000 texts of 20 tokens a second: 100 documents of 200 tokens; 0.0001 USD a second."""
    rows = volume(local(run, machines="scale-to-zero"))

    assert rows["local", "index"]["usd"] == pytest.approx(100_000 * 1e-4)
    assert rows["local", "queries"]["usd"] == pytest.approx(3_000 * 1e-4)
    assert rows["local", "churn"]["usd"] == pytest.approx(5_000 * 1e-4)
    assert rows["local", "year_1"]["usd"] == pytest.approx(10 + 12 * (0.3 + 0.5 + 10.24 * 3.80))


def test_machine_always_on_holds_queries_and_churn(run: Any) -> None:
    rows = volume(local(run))

    assert rows["local", "machines"]["quantity"] == 1
    assert rows["local", "machines"]["usd"] == pytest.approx(730 * 0.36)
    assert rows["local", "queries"]["usd"] is None
    assert rows["local", "queries"]["source"] == "in machines"
    assert rows["local", "year_1"]["usd"] == pytest.approx(10 + 12 * (730 * 0.36 + 10.24 * 3.80))


def test_interval_is_that_of_the_throughput(run: Any) -> None:
    suite = local(run, machines="scale-to-zero")
    suite.samples.clear()
    suite.passes("local", [0.98, 0.99, 1.0, 1.0, 1.01, 1.02] * 3, n=1000, tokens=20_000.0)
    rows, throughput = volume(suite), derive_tables(suite.build())["throughput.csv"][0]

    index = rows["local", "index"]
    assert index["usd_ci_low"] == pytest.approx(10 * 1000 / throughput["items_per_s_ci_high"])
    assert index["usd_ci_low"] < index["usd"] < index["usd_ci_high"]


def test_more_machines_where_answers_are_wanted_sooner(run: Any) -> None:
    busy = VOLUME | {"queries_per_month": 3_000_000_000}
    counts = []
    for target in (None, 100.0, 21.0):
        suite = local(run, volume=busy | {"p95_ms": target}).calls("local", [10.0, 20.0] * 50)
        counts.append(volume(suite)["local", "machines"]["quantity"])

    assert counts[0] < counts[1] < counts[2]


def test_unreachable_p95_target_is_named(run: Any) -> None:
    suite = local(run, volume=VOLUME | {"p95_ms": 5.0}).calls("local", [10.0, 20.0] * 50)
    rows = volume(suite)

    assert rows["local", "year_1"]["usd"] is None
    assert "one call alone takes longer than 5 ms" in rows["local", "machines"]["source"]


@pytest.mark.parametrize(
    ("change", "term", "named"),
    [
        ({"hardware_usd_per_hour": None}, "index", "hardware_usd_per_hour"),
        ({"vector_usd_per_gb_month": None}, "storage", "vector_usd_per_gb_month"),
        ({"vector_usd_per_gb_month": None}, "year_1", "vector_usd_per_gb_month"),
    ],
)
def test_missing_price_is_named_and_not_free(run: Any, change: dict[str, Any], term: str, named: str) -> None:
    row = volume(local(run, **change))["local", term]

    assert row["usd"] is None
    assert row["source"].startswith("missing: ")
    assert named in row["source"]


def test_api_without_a_price_says_so(run: Any) -> None:
    suite = hosted(run)
    suite.prices.clear()
    suite.sample("small", "accuracy", n_items=90.0, tokens=1_000.0, requests=3.0, elapsed_ns=1e9)
    rows = volume(suite)

    assert rows["small", "year_1"]["usd"] is None
    assert "measure.cost.prices" in rows["small", "index"]["source"]


def test_zero_that_the_suite_says_is_free(run: Any) -> None:
    suite = hosted(run)
    suite.prices[0] = SMALL | {"usd_per_1m_tokens": 0.0, "batch_usd_per_1m_tokens": None, "source": "suite"}

    assert volume(suite)["small", "index"]["usd"] == 0.0


def test_reranker_bills_searches_of_its_candidates(run: Any) -> None:
    suite = hosted(run)
    suite.measure["retrieval"] = {"rerank": [["small", "cross"]], "candidates": 150}
    suite.provider("cross", kind="cross-encoder", plugin="rerank", limits={"pairs_per_search": 100})
    suite.prices.append(SMALL | {"provider": "cross", "usd_per_1m_tokens": 0.0, "usd_per_1k_searches": 2.0})
    rows = volume(suite)

    assert rows["cross", "queries"]["quantity"] == 6_000_000
    assert rows["cross", "queries"]["usd"] == pytest.approx(12_000.0)


def test_reranker_that_bills_searches_names_their_price(run: Any) -> None:
    suite = hosted(run)
    suite.measure["retrieval"] = {"rerank": [["small", "cross"]], "candidates": 150}
    suite.provider("cross", kind="cross-encoder", plugin="rerank", limits={"pairs_per_search": 100})
    suite.sample("cross", "throughput", n_items=90.0, searches=1.0, requests=1.0, elapsed_ns=1e9)
    row = volume(suite)["cross", "queries"]

    assert (row["quantity"], row["unit"], row["usd"]) == (6_000_000, "searches", None)
    assert "usd_per_1k_searches" in row["source"]


def test_vectors_with_a_price_of_searches_are_not_free(run: Any) -> None:
    suite = hosted(run)
    suite.prices[0] = SMALL | {"usd_per_1m_tokens": 0.0, "batch_usd_per_1m_tokens": None, "usd_per_1k_searches": 2.0}
    row = volume(suite)["small", "index"]

    assert row["usd"] is None
    assert "the price of a token" in row["source"]


def test_no_volume_no_table(run: Any) -> None:
    suite = run(cost={}).dataset("d", 50).provider("a")

    assert derive_tables(suite.build())["volume.csv"] == []
