"""`embedmark run` with models and data in place of a suite."""

from __future__ import annotations

import json

import pytest
import yaml


@pytest.fixture
def pairs(work):
    rows = [f"a {'b ' * (i % 4)}{i},c {'b ' * (i % 3)}{i},{i % 5}" for i in range(12)]
    (work / "pairs.csv").write_text("\n".join(["sentence1,sentence2,score", *rows]) + "\n", encoding="utf-8")
    return work


def test_run_measures_models_on_a_file(embedmark, pairs):
    done = embedmark(
        "run", "--model", "./providers.py:Length", "--model", "twice=./providers.py:Length?factor=2.0",
        "--data", "pairs.csv", "--measure", "accuracy", "--out", "r",
    )  # fmt: skip

    assert done.code == 0, done.err
    assert "pairs, 12 pairs" in done.out
    suite = json.loads((pairs / "r/manifest.json").read_text(encoding="utf-8"))["suite"]
    assert [provider["name"] for provider in suite["providers"]] == ["Length", "twice"]
    assert suite["providers"][1]["options"] == {"factor": 2.0}
    assert [name for name, spec in suite["measure"].items() if spec is not None] == ["accuracy"]


def test_measure_keeps_measures_of_a_suite(embedmark, work):
    done = embedmark("run", "small.yaml", "--measure", "accuracy", "--only", "길이", "--out", "r")

    assert done.code == 0, done.err
    suite = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))["suite"]
    assert [name for name, spec in suite["measure"].items() if spec is not None] == ["accuracy"]
    wrong = embedmark("run", "small.yaml", "--measure", "acuracy", "--out", "s")
    assert wrong.code == 2
    assert "accuracy, throughput, latency, scaling, cost" in wrong.err
    assert not (work / "s").exists()


def test_columns_of_a_file_are_named(embedmark, pairs):
    text = (pairs / "pairs.csv").read_text(encoding="utf-8")
    (pairs / "other.csv").write_text(text.replace("sentence1,sentence2,score", "a,b,c"), encoding="utf-8")
    start = ("run", "--model", "./providers.py:Length", "--data", "other.csv", "--measure", "accuracy", "--out", "r")

    refused = embedmark(*start)
    option = refused.err.partition("--columns ")[2].partition(",")[0]
    typed = refused.err.partition("--columns ")[2].strip()
    done = embedmark(*start, "--columns", typed)

    assert refused.code == 2
    assert option == "sentence1=a"
    assert done.code == 0, done.err


def sheet(path, rows):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_columns_of_a_sheet_are_guessed_by_their_cells(embedmark, work):
    rows = [[i, f"how is {i} done", "kim", f"it is done {i % 3} times", i % 5] for i in range(30)]
    sheet(work / "mine.xlsx", [["no", "question", "rater", "candidate answer", "how close"], *rows])
    start = ("run", "--model", "lexical", "--data", "mine.xlsx", "--measure", "accuracy", "--out", "r")

    refused = embedmark(*start)
    option = "sentence1=question,sentence2=candidate answer,score=how close"
    done = embedmark(*start, "--columns", "question,candidate answer,how close")

    assert refused.code == 2
    assert f"--columns '{option}'" in refused.err
    assert done.code == 0, done.err
    assert "mine, 30 pairs" in done.out


def test_sheet_of_queries_and_passages_is_a_search(embedmark, work):
    sheet(work / "q.xlsx", [["질문", "문서"], *([f"질문 {i}", f"문서 {i} 내용"] for i in range(8))])
    start = ("run", "--model", "lexical", "--data", "q.xlsx", "--measure", "retrieval", "--out", "r")

    refused = embedmark(*start)
    done = embedmark(*start, "--columns", "query=질문,passage=문서")

    assert "--columns 'query=질문,passage=문서'" in refused.err
    assert done.code == 0, done.err
    assert "q, 8 queries, 8 documents" in done.out


@pytest.mark.parametrize(("arguments", "said"), [
    ((), "a suite is missing"),
    (("--model", "lexical"), "--data is missing"),
    (("--data", "pairs.csv"), "--model is missing"),
    (("small.yaml", "--model", "lexical"), "there is a suite, small.yaml, and --model"),
    (("--model", "lexical", "--data", "pairs.csv", "--only", "lexical"), "--only chooses providers of a suite"),
    (("--model", "lexical", "--data", "pairs.csv", "--columns", "x"), "'x' names 1 column, and three are needed"),
    (("--model", "lexical", "--data", "pairs.csv", "--measure", "x"), "'x' is not a measure"),
    (("--model", "nothing", "--data", "pairs.csv"), "no provider is called 'nothing'"),
    (("--model", "lexical", "--data", "nope.csv"), "there is no such data file"),
    (("--model", "lexical", "--data", "stsb/tset"), "did you mean 'stsb/test'?"),
])  # fmt: skip
def test_a_request_that_cannot_be_run_writes_nothing(embedmark, pairs, arguments, said):
    done = embedmark("run", *arguments, "--out", "r")

    assert done.code == 2
    assert said in done.err
    assert "try:" in done.err
    assert not (pairs / "r").exists()


def test_default_measures_leave_out_an_unknown_cost(work):
    from embedmark.planning.quick import QuickRequest, plan_request

    plan = plan_request(QuickRequest("쌍.tsv", "./providers.py:Length"))

    assert plan.suite.measure.model_fields_set == {"accuracy", "throughput", "latency"}
    assert yaml.safe_load(plan.suite.model_dump_json())["datasets"][0]["path"] == "쌍.tsv"
