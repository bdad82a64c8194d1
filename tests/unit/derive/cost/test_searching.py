"""The bill of a ranker at a volume: its index and searches as they were measured, or what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.derive import derive_all, derive_tables

COST = {"hardware_usd_per_hour": 0.36, "vector_usd_per_gb_month": 3.80, "machines": "scale-to-zero"}  # 0.0001 USD/s
VOLUME = {"documents": 4_000, "queries_per_month": 1_000_000, "changed_per_month": 0.1}


def volume(run: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["provider"], row["term"]): row for row in derive_tables(run.build())["volume.csv"]}


def ranker(run: Any, *, index_bytes: float | None = 500_000.0, **cost: Any) -> Any:
    """Return a run of 1,000 documents, indexed in 2 s, and of 100 searches of 5 ms."""
    suite = run(retrieval={}, cost={**COST, "volume": VOLUME, **cost})
    suite.datasets.append({"name": "d", "n_pairs": 100, "sha256": "d", "kind": "retrieval", "n_documents": 1_000})
    suite.provider("bm25", kind="ranker", plugin="bm25", model="auto")
    suite.sample("bm25", "retrieval", phase="index", n_items=1_000.0, elapsed_ns=2e9, unit="query")
    suite.sample("bm25", "retrieval", n_items=100.0, elapsed_ns=0.5e9, unit="query")
    suite.index = {"bm25": {"d": {"documents": 1_000, "bytes": index_bytes}}}
    return suite


def searches(suite: Any, ms: list[float]) -> Any:
    return suite.calls("bm25", ms, scenario="search", unit="query")


def test_ranker_pays_its_measured_index_searches_and_bytes(run: Any) -> None:
    rows = volume(ranker(run))

    assert rows["bm25", "index"]["usd"] == pytest.approx(4_000 * 0.002 * 1e-4)
    assert rows["bm25", "churn"]["usd"] == pytest.approx(400 * 0.002 * 1e-4)
    assert rows["bm25", "storage"]["quantity"] == pytest.approx(4_000 * 500 / 1e9)
    assert rows["bm25", "storage"]["usd"] == pytest.approx(0.002 * 3.80)
    assert rows["bm25", "queries"]["usd"] == pytest.approx(1_000_000 * 0.005 * 4 * 1e-4)
    assert rows["bm25", "queries"]["source"].endswith("searches of d, in proportion to documents")
    assert rows["bm25", "year_1"]["usd"] == pytest.approx(0.0008 + 12 * (2.0 + 0.00008 + 0.0076))
    assert rows["bm25", "switch"]["usd"] == rows["bm25", "index"]["usd"]


def test_timed_single_searches_stand_for_the_queries(run: Any) -> None:
    rows = volume(searches(ranker(run), [6.0, 10.0] * 50))

    assert rows["bm25", "queries"]["usd"] == pytest.approx(1_000_000 * 0.008 * 4 * 1e-4)


def test_machines_of_a_ranker_answer_within_the_target(run: Any) -> None:
    busy = VOLUME | {"queries_per_month": 300_000_000}
    counts = []
    for target in (None, 100.0, 45.0):
        suite = ranker(run, machines="always-on", volume=busy | {"p95_ms": target})
        counts.append(volume(searches(suite, [6.0, 10.0] * 50))["bm25", "machines"]["quantity"])

    assert counts[0] < counts[1] < counts[2]


@pytest.mark.parametrize(
    ("cost", "searched", "term", "named"),
    [
        ({"volume": VOLUME | {"documents": 20_000}}, True, "queries", "among 20,000 documents takes: it was timed"),
        ({"volume": VOLUME | {"documents": 20_000}}, True, "year_1", "in proportion up to 10,000"),
        ({"vector_usd_per_gb_month": None}, True, "storage", "vector_usd_per_gb_month"),
        ({"hardware_usd_per_hour": None}, True, "index", "hardware_usd_per_hour"),
        ({"machines": "always-on", "volume": VOLUME | {"p95_ms": 100}}, False, "machines", "72 timed searches"),
        ({"machines": "always-on", "volume": VOLUME | {"p95_ms": 30}}, True, "machines", "longer than 30 ms"),
    ],
)  # fmt: skip
def test_what_a_ranker_lacks_is_named(run: Any, cost: dict[str, Any], searched: bool, term: str, named: str) -> None:
    suite = ranker(run, **cost)
    row = volume(searches(suite, [6.0, 10.0] * 50) if searched else suite)["bm25", term]

    assert row["usd"] is None
    assert row["source"].startswith("missing: ")
    assert named in row["source"]


def test_index_stays_known_where_searches_are_too_far(run: Any) -> None:
    rows = volume(ranker(run, volume=VOLUME | {"documents": 20_000}))

    assert rows["bm25", "index"]["usd"] == pytest.approx(20_000 * 0.002 * 1e-4)
    assert rows["bm25", "storage"]["usd"] is not None


def test_ranker_that_says_no_bytes_has_no_storage(run: Any) -> None:
    row = volume(ranker(run, index_bytes=None))["bm25", "storage"]

    assert row["usd"] is None
    assert row["quantity"] is None
    assert "the bytes of its index" in row["source"]


def test_hosted_search_is_paid_by_the_search(run: Any) -> None:
    suite = ranker(run)
    price = {"provider": "bm25", "usd_per_1m_tokens": 0.0, "usd_per_1k_searches": 0.5, "source": "list"}
    suite.prices.append(price)
    rows = volume(suite)

    assert rows["bm25", "queries"]["usd"] == pytest.approx(500.0)
    assert "the price of indexing" in rows["bm25", "index"]["source"]


def test_cheapest_provider_may_be_a_ranker_without_a_curve(run: Any) -> None:
    suite = ranker(run)
    suite.provider("local", dim=256).passes("local", [1.0] * 12, n=10, tokens=200.0, dataset="d")
    details = derive_all(suite.build()).details.volume

    assert details is not None
    assert [name for name, _ in details.years] == ["bm25", "local"]
    assert details.term == "queries"
    assert [curve.provider for curve in details.curves] == ["local"]
