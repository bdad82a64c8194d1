"""Retrieval through the command line: plan, run, verify, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

MORE = '''

class Engine:
    """A search engine of the user's own: it finds documents by their first letter."""

    info = ProviderInfo(plugin="engine", model="engine", kind="ranker")

    def load(self): pass
    def close(self): pass

    def index(self, documents):
        self.documents = list(documents)

    def search(self, queries, k):
        scores = np.array([[float(q[:1] == d[:1]) + 0.5 for d in self.documents] for q in queries])
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return Rankings(order, np.take_along_axis(scores, order, axis=1))


class Letters:
    """A bi-encoder that counts letters, and writes down what it encodes."""

    def __init__(self, log=False, fail=False):
        self.log, self.fail = log, fail
        self.info = ProviderInfo(plugin="letters", model="letters", kind="bi-encoder")

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        if self.fail:
            raise ProviderError("the letters are gone")
        if self.log:
            with open("log.txt", "a") as file:
                file.writelines(f"{text}\\n" for text in texts)
        return Embeddings(np.array([[t.count(c) + 0.01 for c in "abcdefghij"] for t in texts], dtype=np.float32))
'''

HEADLESS = """

class Headless(Overlap):
    info = ProviderInfo(plugin="headless", model="headless", kind="cross-encoder", untrained=True)
"""

DATA: dict[str, Any] = {
    "kind": "retrieval", "name": "letters", "queries": "q.jsonl", "corpus": "c.jsonl", "qrels": "qrels.tsv",
}  # fmt: skip


@pytest.fixture
def searched(work: Path) -> Path:
    source = (
        (work / "providers.py").read_text(encoding="utf-8").replace("ProviderInfo\n", "ProviderInfo, Rankings\n", 1)
    )
    (work / "providers.py").write_text(source + MORE, encoding="utf-8")
    letters = "abcdefghij"
    documents = [{"_id": f"d{i}", "text": f"{letters[i % 10]} {letters[(i * 3) % 10]} word{i}"} for i in range(20)]
    queries = [{"_id": f"q{i}", "text": f"{letters[i % 10]} {letters[(i * 3) % 10]} asked{i}"} for i in range(12)]
    for name, rows in (("c.jsonl", documents), ("q.jsonl", queries)):
        (work / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    judged = "".join(f"q{i}\td{i}\t1\nq{i}\td{(i + 7) % 20}\t0\n" for i in range(12))
    (work / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, encoding="utf-8")
    return work


def write(work: Path, **changes: Any) -> None:
    suite: dict[str, Any] = {
        "name": "search",
        "providers": [
            {"name": "letters", "use": "./providers.py:Letters", "options": {"log": True}},
            {"name": "engine", "use": "./providers.py:Engine"},
            {"name": "cross", "use": "./providers.py:Overlap"},
        ],
        "datasets": [DATA],
        "measure": {
            "retrieval": {"k": [1, 5], "fusion": [["letters", "engine"]], "rerank": [["letters", "cross"]],
                          "candidates": 4},
            "cost": {"hardware_usd_per_hour": 1.0},
        },
        "keep_text": True,
    }  # fmt: skip
    (work / "search.yaml").write_text(yaml.safe_dump(suite | changes, allow_unicode=True), encoding="utf-8")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_run_ranks_fuses_and_reranks(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)

    done = embedmark("run", "search.yaml", "--out", "r")

    assert done.code == 0, done.err
    judged = rows(searched / "r/judged.csv")
    names = ["letters", "engine", "rrf(letters,engine)", "letters+cross"]
    assert list(dict.fromkeys(row["provider"] for row in judged)) == names
    assert all(sum(row["provider"] == name for row in judged) == 24 for name in names)
    accuracy = rows(searched / "r/accuracy.csv")
    metrics = [row["metric"] for row in accuracy if row["provider"] == "letters"]
    assert metrics[0] == "ndcg_at_10"
    assert {"ndcg_at_1", "recall_at_5", "mrr_at_10", "hit_at_1", "precision_at_1", "map"} <= set(metrics)
    summary = rows(searched / "r/summary.csv")
    assert [(row["provider"], row["kind"]) for row in summary] == [
        ("letters", "bi-encoder"), ("engine", "ranker"), ("rrf(letters,engine)", "fusion"),
        ("letters+cross", "two-stage"),
    ]  # fmt: skip
    assert embedmark("verify", "r").code == 0


@pytest.mark.parametrize("name", ["judged.csv", "retrieval.csv"])
def test_verify_names_an_edited_cell(embedmark: Callable[..., Any], searched: Path, name: str) -> None:
    write(searched)
    embedmark("run", "search.yaml", "--out", "r")
    path = searched / "r" / name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    last = lines[-1].split(",")
    last[3 if name == "judged.csv" else 4] = "17"
    path.write_text("".join([*lines[:-1], ",".join(last)]), encoding="utf-8")

    done = embedmark("verify", "r")

    assert done.code == 1
    assert f"{name}: row {len(lines) - 1}, column" in done.out


def test_stages_have_pairs_seconds_and_usd(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)
    embedmark("run", "search.yaml", "--out", "r")

    costs = {row["provider"]: row for row in rows(searched / "r/retrieval.csv")}

    assert costs["letters+cross"]["pairs"] == "48"
    for name in costs:
        assert float(costs[name]["seconds_per_1k_queries"]) > 0
        assert float(costs[name]["usd_per_1k_queries"]) > 0
    whole, parts = costs["rrf(letters,engine)"], [costs["letters"], costs["engine"]]
    assert float(whole["index_s"]) == pytest.approx(sum(float(part["index_s"]) for part in parts))
    assert int(costs["letters"]["index_bytes"]) == 20 * 10 * 4


def test_reranking_with_untrained_head_has_cost_but_no_quality(embedmark: Callable[..., Any], searched: Path) -> None:
    with (searched / "providers.py").open("a", encoding="utf-8") as file:
        file.write(HEADLESS)
    write(searched, providers=[
        {"name": "letters", "use": "./providers.py:Letters"}, {"name": "engine", "use": "./providers.py:Engine"},
        {"name": "cross", "use": "./providers.py:Headless"},
    ])  # fmt: skip

    done = embedmark("run", "search.yaml", "--out", "r", "--lang", "en")

    row = {row["provider"]: row for row in rows(searched / "r/summary.csv")}["letters+cross"]
    cost = {row["provider"]: row for row in rows(searched / "r/retrieval.csv")}["letters+cross"]
    assert (row["status"], row["value"], row["tie_group"]) == ("untrained-head", "", "")
    assert cost["pairs"] == "48"
    assert "No accuracy for letters+cross: no trained head." in done.out
    assert embedmark("verify", "r").code == 0


def test_no_text_is_encoded_twice(embedmark: Callable[..., Any], searched: Path) -> None:
    """The call before all others, of one text, is not part of the search."""
    write(searched)

    embedmark("run", "search.yaml", "--out", "r")

    encoded = (searched / "log.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert len(encoded) == len(set(encoded)) == 32


def test_candidates_end_a_reranking(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)
    embedmark("run", "search.yaml", "--out", "r")

    ranks = [row["rank"] for row in rows(searched / "r/judged.csv") if row["provider"] == "letters+cross"]

    assert all(rank == "" or int(rank) <= 4 for rank in ranks)
    assert "" in ranks


def test_latency_times_a_query_from_text_to_result(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched, measure={"retrieval": {"k": [1]}, "latency": {"calls": 20, "max_seconds": 5}},
          providers=[{"name": "letters", "use": "./providers.py:Letters"},
                     {"name": "engine", "use": "./providers.py:Engine"}])  # fmt: skip

    done = embedmark("run", "search.yaml", "--out", "r")

    assert done.code == 0, done.err
    latency = [(row["provider"], row["scenario"], row["n_calls"]) for row in rows(searched / "r/latency.csv")]
    assert latency == [
        ("letters", "single-stream", "20"), ("letters", "search", "20"), ("engine", "search", "20"),
    ]  # fmt: skip
    summary = {row["provider"]: row for row in rows(searched / "r/summary.csv")}
    assert float(summary["engine"]["latency_ms_p50"]) > 0


def test_page_shows_queries_that_are_won_and_lost(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)
    embedmark("run", "search.yaml", "--out", "r")

    page = (searched / "r/report.html").read_text(encoding="utf-8")

    assert "Wins and losses by query" in page
    assert "asked3" in page
    assert "Recall against depth on letters" in page


def test_failed_part_fails_its_fusion_and_nothing_else(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched, providers=[
        {"name": "letters", "use": "./providers.py:Letters", "options": {"fail": True}},
        {"name": "engine", "use": "./providers.py:Engine"}, {"name": "cross", "use": "./providers.py:Overlap"},
    ])  # fmt: skip

    done = embedmark("run", "search.yaml", "--out", "r")

    assert done.code == 1
    status = {row["provider"]: row["status"] for row in rows(searched / "r/summary.csv")}
    assert status["engine"] == "ok"
    assert status["letters"] == status["rrf(letters,engine)"] == status["letters+cross"] == "failed"
    assert embedmark("verify", "r").code == 0


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        (
            {"measure": {"retrieval": {"k": [1, 50], "rerank": [["letters", "cross"]]}}},
            "50 is more than the 20 documents",
            "`k: [1]`",
        ),
        ({"measure": {"retrieval": {}}}, "cross is a cross-encoder", "rerank: [[letters, cross]]"),
        ({"measure": {"retrieval": {"fusion": [["letters", "cross"]]}}}, "no ranking of its own", "rerank"),
        ({"measure": {"retrieval": {"rerank": [["cross", "letters"]]}}}, "not a first stage", "cross-encoder"),
        ({"measure": {"retrieval": {"fusion": [["letters", "engin"]]}}}, "no provider is called 'engin'", ""),
        (
            {"measure": {"retrieval": {"fusion": [{"of": ["letters", "engine"], "weights": [1.0]}]}}},
            "1 weights for 2",
            "",
        ),
        ({"measure": {"accuracy": {}}}, "no measure uses the retrieval dataset", "retrieval: {}"),
        ({"datasets": ["ko-sample"], "measure": {"retrieval": {}}}, "no dataset to search", "kind: retrieval"),
        ({"datasets": ["ko-sample"], "measure": {"accuracy": {}}}, "'engine' (engine) searches documents", "--only"),
        ({"datasets": [{"kind": "retrieval", "queries": "q.jsonl"}]}, "`queries` and `corpus`", ""),
        ({"datasets": [DATA | {"qrels": "nothing.tsv"}]}, "no such data file", ""),
    ],
)
def test_wrong_request_is_one_message_and_exit_2(
    embedmark: Callable[..., Any], searched: Path, changes: dict[str, Any], message: str, hint: str
) -> None:
    write(searched, **changes)

    done = embedmark("run", "search.yaml", "--out", "r")

    assert done.code == 2
    assert message in done.err
    assert hint in done.err
    assert "search.yaml" in done.err
    assert not (searched / "r").exists()


def test_default_depths_are_fitted_to_a_small_corpus(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched, measure={"retrieval": {}}, providers=[{"name": "engine", "use": "./providers.py:Engine"}])

    done = embedmark("run", "search.yaml", "--out", "r")

    assert done.code == 0, done.err
    metrics = {row["metric"] for row in rows(searched / "r/accuracy.csv")}
    assert "recall_at_10" in metrics
    assert "recall_at_100" not in metrics


def test_plan_says_what_the_queries_can_show(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)

    done = embedmark("plan", "search.yaml")

    assert done.code == 0, done.err
    assert "letters: 12 queries, 20 documents, 24 judged" in done.out
    assert "12 queries can show differences of" in done.out
    assert "letters+cross: at most 48 pairs" in done.out


def test_table_of_questions_is_measured_without_a_suite(embedmark: Callable[..., Any], searched: Path) -> None:
    pytest.importorskip("bm25s")
    lines = [f"where is {name}?,{name} is at place {i}" for i, name in enumerate(("apple", "pear", "plum"))]
    (searched / "questions.csv").write_text("query,passage\n" + "\n".join(lines) + "\n", encoding="utf-8")

    done = embedmark(
        "run", "--model", "./providers.py:Letters", "--data", "questions.csv", "--measure", "accuracy", "--out", "r"
    )

    assert done.code == 0, done.err
    assert [row["provider"] for row in rows(searched / "r/summary.csv")] == ["Letters", "bm25"]


def test_columns_of_a_table_are_named(embedmark: Callable[..., Any], searched: Path) -> None:
    (searched / "t.csv").write_text("Q,P\napple,an apple\npear,a pear\n", encoding="utf-8")
    start = ("run", "--model", "./providers.py:Letters", "--data", "t.csv", "--measure", "retrieval", "--out", "r")

    refused, done = embedmark(*start), embedmark(*start, "--kind", "retrieval", "--columns", "query=Q,passage=P")

    assert refused.code == 2
    assert "retrieval: query, passage" in refused.err
    assert "pairs: sentence1, sentence2, score" in refused.err
    assert done.code == 0, done.err


def test_own_ranker_is_checked(embedmark: Callable[..., Any], searched: Path) -> None:
    done = embedmark("providers", "check", "./providers.py:Engine")

    assert done.code == 0, done.out
    assert "pass  one query and many" in done.out


def test_runs_are_compared_query_by_query_and_a_gate_holds(embedmark: Callable[..., Any], searched: Path) -> None:
    write(searched)
    embedmark("run", "search.yaml", "--out", "before")
    text = (searched / "providers.py").read_text(encoding="utf-8")
    (searched / "providers.py").write_text(text.replace('"abcdefghij"]', '"a"]'), encoding="utf-8")
    embedmark("run", "search.yaml", "--out", "after")

    same = embedmark("compare", "before", "before", "--csv", "--fail-on", "ndcg_at_10 < -0.01")
    worse = embedmark("compare", "before", "after", "--csv", "--fail-on", "ndcg_at_10 < -0.01")

    assert same.code == 0, same.err
    assert worse.code == 1
    found = list(csv.DictReader(worse.out.splitlines()))
    verdicts = {row["provider"]: row["verdict"] for row in found if row["metric"] == "ndcg_at_10"}
    assert verdicts["letters"] == "worse"
    assert verdicts["engine"] == "no clear difference"
    assert set(verdicts) == {"letters", "engine", "rrf(letters,engine)", "letters+cross"}


STOP = """\
        import os
        if len(texts) > 1 and "asked" in texts[0] and not os.path.exists("once"):
            open("once", "w").close()
            raise KeyboardInterrupt
"""


def test_interrupted_search_goes_on_where_it_stopped(embedmark: Callable[..., Any], searched: Path) -> None:
    """Documents were encoded before Ctrl-C; the run that goes on encodes the queries only."""
    text = (searched / "providers.py").read_text(encoding="utf-8")
    for old, new in (
        ("        if self.log:\n", STOP + "        if self.log:\n"),
        ("dtype=np.float32))\n", "dtype=np.float32), Usage(requests=1, tokens=9))\n"),
        ("ProviderInfo, Rankings\n", "ProviderInfo, Rankings, Usage\n"),
    ):
        head, found, tail = text.rpartition(old)
        text = head + new + tail if found else text
    (searched / "providers.py").write_text(text, encoding="utf-8")
    write(searched)

    stopped = embedmark("run", "search.yaml", "--no-cache", "--out", "r")
    before = (searched / "log.txt").read_text(encoding="utf-8").splitlines()
    done = embedmark("run", "--resume", "r", "--no-cache")

    assert stopped.code == 130, stopped.err
    assert done.code == 0, done.err
    after = (searched / "log.txt").read_text(encoding="utf-8").splitlines()[len(before) :]
    assert not [text for text in after if "word" in text]
    assert sum(row["provider"] == "letters+cross" for row in rows(searched / "r/judged.csv")) == 24
    assert len(rows(searched / "r/judged.csv")) == 4 * 24
    assert embedmark("verify", "r").code == 0


def test_datasets_check_says_what_the_queries_can_show(embedmark: Callable[..., Any], searched: Path) -> None:
    done = embedmark(
        "datasets", "check", "q.jsonl", "--option", "kind=retrieval", "--option", "queries=q.jsonl",
        "--option", "corpus=c.jsonl", "--option", "qrels=qrels.tsv",
    )  # fmt: skip

    assert done.code == 0, done.err
    assert "queries  12" in done.out
    assert "judged   24, of them 12 relevant" in done.out
    assert "12 queries can show differences of" in done.out
    assert "kind: retrieval" in done.out


def test_datasets_check_knows_a_table_of_questions(embedmark: Callable[..., Any], searched: Path) -> None:
    (searched / "t.csv").write_text("query,passage\nwhere is it?,here it is\n", encoding="utf-8")

    done = embedmark("datasets", "check", "t.csv")

    assert done.code == 0, done.err
    assert "1 query can show no difference" in done.out
