"""retrieval.csv and what follows from it: tokens and USD of index, queries and stages."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.derive import derive_all

N = 12  # queries


@pytest.fixture
def searched(run: Any) -> Any:
    """Two providers, their fusion and a reranking: `api` finds document q at rank 1, `local` at rank 2."""
    spec = {"k": [1, 5], "fusion": [{"of": ["api", "local"]}], "rerank": [["api", "cross"]]}
    run = run(retrieval=spec, cost={"hardware_usd_per_hour": 3.6})
    run.datasets.append(
        {"name": "d", "n_pairs": N, "kind": "retrieval", "n_documents": 100, "sha256": "", "lexical_overlap": 0.6}
    )
    run.provider("api").provider("local", "ranker", plugin="bm25").provider("cross", "cross-encoder")
    run.prices.append({"provider": "api", "usd_per_1m_tokens": 10.0})
    for name, tokens, requests in (("api", 1000, 3), ("local", None, 0)):
        cells = {"dataset": "d", "n_items": 100, "elapsed_ns": 2e9, "requests": requests}
        run.sample(name, "retrieval", phase="index", unit="text", tokens=tokens, **cells)
        cells |= {"n_items": N, "elapsed_ns": 1e9}
        run.sample(name, "retrieval", unit="query", tokens=tokens and 120, **cells)
    common = {"measure": "retrieval", "dataset": "d", "phase": "timed", "status": "ok", "requests": 0}
    run.samples.append({"provider": "rrf(api,local)", "kind": "fusion", "n_items": N, "elapsed_ns": 1e6, **common})
    run.samples.append({"provider": "api+cross", "kind": "two-stage", "n_items": 60, "elapsed_ns": 3e9, **common})
    for name, rank in (("api", 1), ("local", 2), ("rrf(api,local)", 1), ("api+cross", 3)):
        run.judged_rows += [
            {"provider": name, "dataset": "d", "query_id": f"q{q}", "document_id": f"d{q}", "grade": 1, "rank": rank}
            for q in range(N)
        ]
    return run


def costs(run: Any) -> dict[str, Any]:
    return {row["provider"]: row for row in derive_all(run.build()).tables["retrieval.csv"]}


def test_price_by_the_token_and_by_the_hour(searched: Any) -> None:
    found = costs(searched)

    assert found["api"]["index_usd"] == pytest.approx(0.01)
    assert found["api"]["usd_per_1k_queries"] == pytest.approx(120 * 10 / 1e6 * 1000 / N)
    assert found["local"]["index_usd"] == pytest.approx(2 * 0.001)
    assert found["local"]["usd"] == pytest.approx(3 * 0.001)


def test_stages_are_added_up(searched: Any) -> None:
    found = costs(searched)

    assert found["rrf(api,local)"]["seconds_per_1k_queries"] == pytest.approx(2.001 * 1000 / N)
    assert found["rrf(api,local)"]["index_s"] == pytest.approx(4)
    assert found["api+cross"]["pairs"] == 60
    assert found["api+cross"]["usd_per_1k_queries"] == pytest.approx((0.0012 + 0.003) * 1000 / N)
    assert found["api+cross"]["index_usd"] == pytest.approx(0.01)


def test_cost_of_an_api_is_what_replies_said(searched: Any) -> None:
    rows = derive_all(searched.build()).tables["cost.csv"]

    assert [(row["provider"], row["basis"], row["tokens"], row["items"]) for row in rows] == [
        ("api", "billed", 1120, 100 + N)
    ]


def test_better_ranking_leads_and_unjudged_are_counted(searched: Any) -> None:
    derived = derive_all(searched.build())

    summary = {row["provider"]: row for row in derived.tables["summary.csv"]}
    assert summary["api"]["value"] == 1
    assert summary["local"]["value"] == pytest.approx(0.6309297536)
    assert [name for name, row in summary.items() if row["tie_group"] == 1] == ["api", "rrf(api,local)"]
    assert "cross" not in summary
    assert costs(searched)["api"]["unjudged_at_10"] == 9


def test_rows_lost_to_a_kill_leave_out_their_queries(searched: Any) -> None:
    searched.judged_rows = [
        row for row in searched.judged_rows if not (row["provider"] == "api" and row["query_id"] == "q3")
    ]

    accuracy = derive_all(searched.build()).tables["accuracy.csv"]

    scored = {row["provider"]: row["n_scored"] for row in accuracy if row["metric"] == "ndcg_at_10"}
    assert (scored["api"], scored["local"]) == (N - 1, N)


def test_first_sentence_says_that_bm25_is_not_beaten(searched: Any) -> None:
    from embedmark.report.sentences.retrieval import retrieval_answers

    for row in searched.judged_rows:
        row["rank"] = 1 if row["provider"] == "local" else 2
    raw = searched.build()

    sentences = retrieval_answers(derive_all(raw), raw.manifest)

    assert sentences[0].startswith("BM25 is not beaten on d")
    assert "60 % of their character pairs" in sentences[1]


def test_beaten_bm25_has_no_such_sentence(searched: Any) -> None:
    from embedmark.report.sentences.retrieval import retrieval_answers

    raw = searched.build()

    assert not any("not beaten" in sentence for sentence in retrieval_answers(derive_all(raw), raw.manifest))


def test_price_by_the_search(searched: Any) -> None:
    searched.prices.append({"provider": "cross", "usd_per_1m_tokens": 0.0, "usd_per_1k_searches": 2.0})
    next(row for row in searched.samples if row["provider"] == "api+cross")["searches"] = N

    found = costs(searched)["api+cross"]

    assert found["usd_per_1k_queries"] == pytest.approx((0.0012 + N * 0.002) * 1000 / N)
    assert found["usd"] == pytest.approx(0.01 + 0.0012 + N * 0.002)


def test_cached_passes_have_prices_of_uncached_work_and_no_time(searched: Any) -> None:
    for row in searched.samples:
        if row["provider"] == "api":
            row |= {"cached_items": 5, "cached_tokens": row["tokens"], "tokens": 0}

    found = costs(searched)["api"]

    assert found["index_s"] is None
    assert found["index_usd"] == pytest.approx(0.01)
    assert found["usd"] == 0


def test_too_few_queries_say_nothing_of_bm25(searched: Any) -> None:
    from embedmark.report.sentences.retrieval import retrieval_answers

    searched.judged_rows = [row for row in searched.judged_rows if row["query_id"] in ("q0", "q1")]
    raw = searched.build()

    assert not any("not beaten" in sentence for sentence in retrieval_answers(derive_all(raw), raw.manifest))


def test_main_metric_decides_who_is_named_best(searched: Any) -> None:
    """`api` has the highest nDCG, and the fewest documents that nobody judged."""
    from embedmark.report.sentences.decision import decision

    for row in searched.judged_rows:
        row["rank"] = 50 if row["provider"] == "local" else row["rank"]
    raw = searched.build()

    text = " ".join(decision(derive_all(raw), raw.manifest))

    assert "api is the most accurate" in text
    assert "baseline wins" not in text
