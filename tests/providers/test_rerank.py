"""The rerank provider: what each dialect sends and reads, and what a grouped bill is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import embedmark as em
from embedmark.allpairs.counts import search_count
from embedmark.allpairs.pairs import AllPairs
from embedmark.calls.budget import Budget
from embedmark.calls.caller import Caller
from embedmark.calls.refusals import Refusal
from embedmark.errors import (
    AuthenticationError,
    BadResponseError,
    BudgetError,
    NotAvailableError,
    ProviderError,
    RateLimitError,
    UsageError,
)
from embedmark.measure.clock import SystemClock
from embedmark.measure.scaling.stream import predict_pairs
from embedmark.suite import parse_suite
from embedmark_providers._rerank_dialects import DIALECTS
from embedmark_providers.rerank import RerankProvider

Handler = Callable[[Request], Response]


def score(query: str, document: str) -> float:
    """Texts are numbers here: near ones score high."""
    return 1.0 / (1.0 + abs(int(query.rsplit(maxsplit=1)[-1]) - int(document.rsplit(maxsplit=1)[-1])))


class Service:
    """A server that speaks one dialect, and counts searches as Cohere bills them."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.bodies: list[dict[str, Any]] = []
        self.searches = 0

    def __call__(self, request: Request) -> Response:
        body = json.loads(request.data)
        self.bodies.append(body)
        query, documents = self.read(body)
        units = -(-len(documents) // 100)
        self.searches += units
        rows = [{"index": i, "score": score(query, d)} for i, d in enumerate(documents)]
        rows.sort(key=lambda row: -row["score"])  # as services do
        return Response(json.dumps(self.write(rows, units)), content_type="application/json")

    def read(self, body: dict[str, Any]) -> tuple[str, list[str]]:
        if self.dialect == "tei":
            return body["query"], body["texts"]
        if self.dialect == "vllm":
            return body["text_1"], body["text_2"]
        if self.dialect == "nvidia":
            return body["query"]["text"], [passage["text"] for passage in body["passages"]]
        return body["query"], body["documents"]

    def write(self, rows: list[dict[str, Any]], units: int) -> Any:
        if self.dialect == "tei":
            return rows
        key = DIALECTS[self.dialect].score
        named = [{"index": row["index"], key: row["score"]} for row in rows]
        reply: dict[str, Any] = {DIALECTS[self.dialect].rows: named}
        if self.dialect == "cohere":
            return reply | {"meta": {"billed_units": {"search_units": units}}}
        return reply | {"usage": {"total_tokens": 7 * len(rows)}}


@pytest.fixture
def ask(httpserver: HTTPServer) -> Iterator[Callable[..., tuple[Caller, Service]]]:
    made: list[Caller] = []

    def make(dialect: str, **options: Any) -> tuple[Caller, Service]:
        service = Service(dialect)
        httpserver.expect_request(DIALECTS[dialect].path, method="POST").respond_with_handler(service)
        provider = RerankProvider("m", dialect=dialect, base_url=httpserver.url_for("").rstrip("/"), **options)
        provider.load()
        made.append(Caller(provider))
        return made[-1], service

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_scores_pairs_in_their_order(ask: Callable[..., tuple[Caller, Service]], dialect: str) -> None:
    caller, service = ask(dialect)
    pairs = [("q 1", "d 4"), ("q 9", "d 9"), ("q 1", "d 1"), ("q 1", "d 2")]

    done = caller.run(pairs, 8)

    assert done.values.tolist() == [score(*pair) for pair in pairs]
    assert len(service.bodies) == 2  # q 1 and q 9
    assert done.usage.searches == (2 if dialect == "cohere" else None)
    assert done.usage.tokens == (None if dialect in ("cohere", "tei") else 28)


def test_all_pairs_are_grouped_into_searches(ask: Callable[..., tuple[Caller, Service]]) -> None:
    """130 texts: 8,385 pairs are 158 searches of up to 100, and their server bills as many."""
    caller, service = ask("cohere")
    texts = [f"t {i}" for i in range(130)]

    stream = predict_pairs(caller, texts, AllPairs(130), 5, batch_size=32, clock=SystemClock())

    assert stream.taken == 8385
    assert service.searches == len(service.bodies) == search_count(130, 100) == 158


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"results": [{"index": 0, "relevance_score": 0.5}]}, "1 scores for 2 documents"),
        ({"results": [{"index": 0, "relevance_score": 0.5}] * 2}, "not one for each index"),
        ({"results": [{"index": 0, "relevance_score": True}, {"index": 1, "relevance_score": 0.1}]}, "is True"),
        ({"results": [{"index": False, "relevance_score": 1}, {"index": 1, "relevance_score": 0.1}]}, "for each index"),
        ({"data": []}, "no list 'results'"),
        ([], "no list 'results'"),
        ("<html>", "not JSON"),
    ],
)
def test_a_wrong_reply_is_refused(httpserver: HTTPServer, reply: Any, words: str) -> None:
    body = reply if isinstance(reply, str) else json.dumps(reply)
    httpserver.expect_request("/v2/rerank").respond_with_data(body, content_type="application/json")
    provider = RerankProvider("m", dialect="cohere", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()
    with pytest.raises(BadResponseError, match=words):
        asyncio.run(provider.apredict([("a 1", "b 1"), ("a 1", "b 2")]))


@pytest.mark.parametrize(
    ("rows", "words", "hint"),
    [
        ([{"relevance_score": 0.5}, {"relevance_score": 0.1}], "have no `index`", None),
        ([{"index": "0", "relevance_score": 0.5}, {"index": "1", "relevance_score": 0.1}], "for each index", None),
        ([{"index": 1, "relevance_score": 0.5}, {"index": 2, "relevance_score": 0.1}], "for each index", None),
        ([{"index": 0, "relevance_score": "0.5"}, {"index": 1, "relevance_score": "0.1"}], "'0.5', which is not", None),
        ([{"index": 0, "relevance_score": [1]}, {"index": 1, "relevance_score": [2]}], "not a number", None),
        ([{"index": 0, "relevance_score": 10**400}, {"index": 1, "relevance_score": 1}], "too large", None),
        ([{"index": 0}, {"index": 1}], "no `relevance_score`, but `index`", None),
        ([{"index": 1, "relevance_score": 0.5}], "1 scores for 2", "options: {documents_per_search: 1}"),
        ([0.5, 0.1], "no list 'results'", None),
    ],
)
def test_rows_of_another_form_are_refused_at_once(
    httpserver: HTTPServer, rows: list[Any], words: str, hint: str | None
) -> None:
    """They are not split: a form is wrong for every text."""
    httpserver.expect_request("/v2/rerank").respond_with_json({"results": rows})
    provider = RerankProvider("m", dialect="cohere", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()

    with pytest.raises(BadResponseError, match=words) as caught:
        asyncio.run(provider.apredict([("a 1", "b 1"), ("a 1", "b 2")]))
    assert not caught.value.splittable
    assert caught.value.hint == (hint or "check options: {dialect: ...}, and the server's own log")


@pytest.mark.parametrize("score", [None, float("nan")])
def test_a_document_without_a_score_costs_its_pair_only(httpserver: HTTPServer, score: float | None) -> None:
    def reply(request: Request) -> Response:
        texts = json.loads(request.data)["texts"]
        rows = [{"index": i, "score": score if text == "d 5" else 0.5} for i, text in enumerate(texts)]
        return Response(json.dumps(rows), content_type="application/json")

    httpserver.expect_request("/rerank").respond_with_handler(reply)
    provider = RerankProvider("m", dialect="tei", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()
    caller, refused = Caller(provider), list[Refusal]()

    values = caller.run([("q 1", f"d {i}") for i in range(8)], 8, refused=refused).values

    assert [one.item for one in refused] == [("q 1", "d 5")]
    assert np.flatnonzero(np.isnan(values)).tolist() == [5]
    caller.close()


def test_a_reply_of_another_dialect_names_it(httpserver: HTTPServer) -> None:
    reply = {"results": [{"index": 0, "relevance_score": 0.5}]}
    httpserver.expect_request("/score").respond_with_json(reply)
    provider = RerankProvider("m", dialect="vllm", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()

    with pytest.raises(BadResponseError, match="no list 'data'") as caught:
        asyncio.run(provider.apredict([("a 1", "b 1")]))
    assert caught.value.hint == "options: {dialect: cohere}"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"error": {"code": 429, "message": "slow down"}}, RateLimitError),
        ({"error": {"type": "overloaded_error", "message": "later"}}, NotAvailableError),
        ({"code": 401, "message": "no"}, AuthenticationError),
        ({"results": [], "error": "the model is not loaded"}, BadResponseError),
    ],
)
def test_an_error_inside_a_200_is_read_by_its_code(
    httpserver: HTTPServer, reply: Any, kind: type[ProviderError]
) -> None:
    httpserver.expect_request("/v2/rerank").respond_with_json(reply)
    provider = RerankProvider("m", dialect="cohere", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()

    with pytest.raises(kind):
        asyncio.run(provider.apredict([("a 1", "b 1")]))


def test_a_redirect_is_named_and_not_followed(httpserver: HTTPServer) -> None:
    elsewhere = {"location": "https://elsewhere.example/v2/rerank"}
    httpserver.expect_request("/v2/rerank").respond_with_data("", 307, headers=elsewhere)
    provider = RerankProvider("m", dialect="cohere", base_url=httpserver.url_for("").rstrip("/"))
    provider.load()
    caller = Caller(provider)
    with pytest.raises(NotAvailableError, match=r"307: .* https://elsewhere.example/v2/rerank; redirects") as caught:
        caller.run([("a 1", "b 1")], 8)
    assert 'options: {base_url: "https://elsewhere.example"}' in str(caught.value)
    caller.close()


def test_what_is_wrong_is_refused_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COHERE_API_KEY", raising=False)
    with pytest.raises(UsageError, match="dialect is 'klingon'"):
        RerankProvider("m", dialect="klingon")
    with pytest.raises(UsageError, match="base_url ends in /rerank"):
        RerankProvider("m", dialect="jina", base_url="https://api.jina.ai/v1/rerank")
    with pytest.raises(UsageError, match="COHERE_API_KEY is not set"):
        RerankProvider("rerank-v3.5", dialect="cohere").check()


def test_all_pairs_of_a_thousand_texts_are_5490_searches() -> None:
    assert search_count(1000, 100) == 5490
    assert search_count(1000, 1) == 499_500
    assert search_count(2, 100) == 1


def test_plan_counts_grouped_searches(tmp_path: Path) -> None:
    from embedmark.planning.build import make_plan

    lines = ["sentence1,sentence2,score", *(f"first {i // 3},second {i},{i % 5}" for i in range(12))]
    (tmp_path / "pairs.csv").write_text("\n".join(lines), encoding="utf-8")
    provider = {"name": "r", "use": f"{__file__}:Planned", "model": "m"}
    content = {"name": "t", "providers": [provider], "datasets": [{"path": "pairs.csv"}], "measure": {"accuracy": {}}}

    plan = make_plan(parse_suite(content, path=tmp_path / "t.yaml"), tmp_path)

    # 4 different first texts, and 12 in the other order.
    assert [job.searches for job in plan.jobs] == [16]


class Planned(RerankProvider):
    """The provider by its file, so that the test needs no installed entry point."""

    def __init__(self, model: str) -> None:
        super().__init__(model, dialect="tei")


def test_scores_are_finite_numbers() -> None:
    from embedmark_providers._rerank_dialects import scores_in

    content = {"data": [{"index": 0, "score": float("nan")}]}
    with pytest.raises(BadResponseError, match="nan"):
        scores_in(content, DIALECTS["vllm"], 1)
    assert np.isfinite(scores_in({"data": [{"index": 0, "score": 1}]}, DIALECTS["vllm"], 1)).all()


def test_searches_are_held_to_the_budget(ask: Callable[..., tuple[Caller, Service]]) -> None:
    """A search costs 0.002 USD: five of them fit into 0.0101 USD, and the sixth is not sent."""
    caller, service = ask("cohere", concurrency=1)
    limited = Caller(caller.provider, budget=Budget(max_usd=0.0101), usd_per_1m_tokens=0.0, usd_per_1k_searches=2.0)
    with pytest.raises(BudgetError):
        limited.run([(f"q {i}", f"d {i}") for i in range(10)], 8)
    assert service.searches == 5
    assert limited.budget.usd == pytest.approx(0.01)


def test_a_price_per_search_is_billed_as_the_replies_say(httpserver: HTTPServer, tmp_path: Path) -> None:
    service = Service("cohere")
    httpserver.expect_request("/v2/rerank", method="POST").respond_with_handler(service)
    lines = ["sentence1,sentence2,score", *(f"first {i // 3},second {i},{i % 5}" for i in range(12))]
    (tmp_path / "pairs.csv").write_text("\n".join(lines), encoding="utf-8")
    options = {"url": httpserver.url_for("").rstrip("/")}
    content = {
        "name": "t", "datasets": [{"path": "pairs.csv"}],
        "providers": [{"name": "r", "use": f"{__file__}:Cohere", "model": "m", "options": options}],
        "measure": {"accuracy": {}, "cost": {"prices": {"r": {"usd_per_1k_searches": 2.0}}}},
    }  # fmt: skip
    plan = em.plan(parse_suite(content, path=tmp_path / "t.yaml"), folder=tmp_path)

    run = em.run(plan, out=tmp_path / "out")

    cost = run.cost.iloc[0]
    assert plan.usd_bound(plan.providers[0]) == pytest.approx((16 + 1) * 0.002)
    assert cost["searches"] == 16
    assert cost["usd"] == pytest.approx(0.032)
    assert service.searches == 17  # and the first call


class Cohere(RerankProvider):
    """The provider by its file, at the test's own address."""

    def __init__(self, model: str, url: str) -> None:
        super().__init__(model, dialect="cohere", base_url=url)
