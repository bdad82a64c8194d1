"""The page's tables on cost: bills, second stages, open and commercial, kinds of vectors."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from embedmark.derive import derive_all
from embedmark.derive.cost.hosted_facts import FACTS
from embedmark.language import using
from embedmark.report.tables.costs import CostTables, cost_tables
from embedmark.report.tables.page import PageTable
from tests.unit.derive.conftest import RunBuilder

PRICE = {
    "provider": "small", "plugin": "openai", "model": "small", "usd_per_1m_tokens": 0.02,
    "batch_usd_per_1m_tokens": 0.01, "source": "list", "as_of": "2026-11-23",
}  # fmt: skip
VOLUME = {
    "documents": 10_000_000, "queries_per_month": 3_000_000, "changed_per_month": 0.05,
    "tokens_per_document": 200.0, "tokens_per_query": 20.0,
}  # fmt: skip


def two(**cost: Any) -> RunBuilder:
    """Return a run of a hosted provider, and of one on a machine that is always on."""
    spec = {"hardware_usd_per_hour": 0.36, "vector_usd_per_gb_month": 3.80, "volume": VOLUME, **cost}
    suite = RunBuilder(measure={"cost": spec}).dataset("d", 50)
    suite.provider("local", dim=256, observed={"parameters": 1000})
    suite.provider("small", plugin="openai", model="small", dim=1536, served_by="api.openai.com").prices.append(PRICE)
    return suite.passes("local", [0.98, 0.99, 1.0, 1.0, 1.01, 1.02] * 3, n=1000, tokens=20_000.0)


def tables_of(suite: RunBuilder) -> CostTables:
    raw = suite.build()
    return cost_tables(derive_all(raw), raw.manifest)


def cells(table: PageTable | None, provider: str) -> dict[str, str]:
    """Return the texts of a provider's row by the titles of the columns, on one line each."""
    assert table is not None
    row = next(row for row in table.rows if row[0].text == provider)
    return {title.replace("\n", " "): cell.text for title, cell in zip(table.titles, row, strict=True)}


def test_bills_of_both_kinds_stand_side_by_side() -> None:
    bills = tables_of(two()).bills
    hosted, local = cells(bills, "small"), cells(bills, "local")

    assert hosted["index, once"] == "$40.00"
    assert hosted["index, once, by batch"] == "$20.00"
    assert hosted["queries, a month"] == "$1.20"
    assert hosted["changes, a month"] == "$2.00"
    assert hosted["first year"] == "$2,880.06"
    assert local["queries, a month"] == "in machines"
    assert local["machines, a month"] == "1 machine: $262.80"


def test_what_a_bill_lacks_is_named_and_not_free() -> None:
    found = tables_of(two(hardware_usd_per_hour=None))

    assert cells(found.bills, "local")["first year"] == "–"
    assert found.missing == [
        "local has no full bill; missing: the price of a machine (measure.cost.hardware_usd_per_hour)."
    ]


def test_what_is_missing_is_said_in_korean_too() -> None:
    with using("ko"):
        [line] = tables_of(two(hardware_usd_per_hour=None)).missing

    assert "장비 가격(measure.cost.hardware_usd_per_hour)" in line


def test_open_and_commercial_differ_in_place_price_and_weights() -> None:
    facts = {"fine_tuning": "not offered", "deprecated_on": "2028-01-31", "source": "their page", "as_of": "2026-11-30"}
    facts["data"] = "kept for a day"
    found = tables_of(two(facts={"small": facts}))
    hosted, local = cells(found.hosting, "small"), cells(found.hosting, "local")

    assert (hosted["where it computed"], hosted["texts leave your house"]) == (
        "api.openai.com",
        "yes; kept for a day",
    )
    assert (local["where it computed"], local["texts leave your house"]) == ("this machine", "no")
    assert (hosted["fine-tuning"], hosted["ends on"]) == ("not offered", "2028-01-31")
    assert (local["fine-tuning"], local["ends on"]) == ("the weights are here", "–")
    assert found.sources == ["small, price: list, 2026-11-23.", "small, facts: their page, 2026-11-30."]


def test_facts_that_a_service_documents_need_no_typing() -> None:
    found = tables_of(two())
    row = cells(found.hosting, "small")
    with using("ko"):
        korean = cells(tables_of(two()).hosting, "small")

    assert row["texts leave your house"].startswith("yes; not used for training")
    assert found.sources[1].endswith(
        "https://platform.openai.com/docs/guides/your-data (a copy of that day), 2026-04-07."
    )
    assert "not used for training" not in " ".join(korean.values())


def test_fact_of_another_model_is_not_shown() -> None:
    days = []
    for model in ("embed-english-v2.0", "embed-v4.0"):
        suite = two()
        suite.providers[1] |= {"served_by": "api.cohere.ai", "model": model}
        days.append(cells(tables_of(suite).hosting, "small")["ends on"])

    assert days == ["2026-04-04", "–"]


def test_every_fact_has_a_source_and_a_day() -> None:
    every = [fact for facts in FACTS.values() for fact in facts]

    assert all("https://" in fact.source and date.fromisoformat(fact.as_of) for fact in every)
    assert all(date.fromisoformat(fact.text) for fact in every if fact.kind == "deprecated_on")


@pytest.mark.parametrize(
    ("host", "place", "leaves"),
    [
        ("127.0.0.1:8000", "your network (127.0.0.1:8000)", "no"),
        ("10.0.0.8", "your network (10.0.0.8)", "no"),
        ("api.example.com", "api.example.com", "yes"),
    ],
)
def test_texts_leave_only_for_a_public_host(host: str, place: str, leaves: str) -> None:
    suite = two()
    suite.providers[1]["served_by"] = host
    row = cells(tables_of(suite).hosting, "small")

    assert (row["where it computed"], row["texts leave your house"]) == (place, leaves)


def test_service_without_a_named_host_is_not_called_local() -> None:
    suite = two()
    suite.measure["accuracy"] = {}
    suite.providers[1]["served_by"] = None
    suite.sample("small", "accuracy", n_items=90.0, tokens=1_000.0, requests=3.0, elapsed_ns=1e9)
    row = cells(tables_of(suite).hosting, "small")

    assert (row["where it computed"], row["texts leave your house"]) == ("a service that it does not name", "not known")


def test_run_without_a_volume_has_none_of_these_tables() -> None:
    found = tables_of(two(volume=None))

    assert found == CostTables(
        bills=None, missing=[], stages=None, hosting=None, sources=found.sources, compressed=None
    )


def reranked(gain: float) -> RunBuilder:
    """Return a run in which `cross` moves the relevant document of 40 queries up, or down."""
    suite = two()
    suite.measure |= {"retrieval": {"rerank": [["local", "cross"]], "candidates": 150, "k": [10]}}
    entry = {"name": "r", "n_pairs": 40, "sha256": "r", "kind": "retrieval", "n_documents": 400}
    suite.datasets.append(entry)
    suite.provider("cross", kind="cross-encoder", plugin="rerank", limits={"pairs_per_search": 100}, dim=None)
    suite.prices.append({**PRICE, "provider": "cross", "usd_per_1m_tokens": 0.0, "usd_per_1k_searches": 2.0})
    for query in range(40):
        for name, rank in (("local", 3), ("local+cross", 1 if gain > 0 and query % 8 else 8)):
            row = {"provider": name, "dataset": "r", "query_id": str(query), "document_id": "1", "grade": 1.0}
            suite.judged_rows.append({**row, "rank": float(rank), "score": 1.0})
    return suite


def test_second_stage_with_gain_has_price_and_gain_per_dollar() -> None:
    row = cells(tables_of(reranked(1.0)).stages, "local+cross")

    assert (row["documents a query"], row["searches a query"]) == ("150", "2.00")
    assert row["$/1,000 queries"] == "$4.00"
    assert row["first year"] == "$144,000"
    gain = float(row["nDCG@10 gained"])
    assert gain > 0
    assert float(row["nDCG@10 gained for $1 a 1,000 queries"]) == pytest.approx(gain / 4, abs=1e-4)


def test_second_stage_that_loses_gains_nothing_for_a_dollar() -> None:
    row = cells(tables_of(reranked(-1.0)).stages, "local+cross")

    assert row["nDCG@10 gained for $1 a 1,000 queries"] == "no gain is shown"
