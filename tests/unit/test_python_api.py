"""The Python API: what `embedmark/__init__.py` exports, called as a script or a notebook would."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import embedmark as em

ASYNC = '''
import asyncio
import numpy as np
from embedmark.api import Embeddings, ProviderInfo, Usage

class Async:
    """Awaits before it answers, as a server's client does."""

    def __init__(self, fail=False):
        self.fail = fail
        self.info = ProviderInfo(plugin="async", model="m", kind="bi-encoder", served_by="localhost:1")
        self.loops = set()

    def load(self): pass
    def close(self): pass

    async def aclose(self):
        assert self.loops == {id(asyncio.get_running_loop())}

    async def aencode(self, texts):
        self.loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        if self.fail:
            raise KeyboardInterrupt
        return Embeddings(np.array([[len(t), t.count("a") + 1] for t in texts], dtype=np.float32), Usage(requests=1))
'''


@pytest.fixture
def frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Ten pairs; the current folder is empty but for providers.py."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("embedmark.machine.pace.pace_file", lambda: tmp_path / "machine.json")
    (tmp_path / "providers.py").write_text(ASYNC, encoding="utf-8")
    return pd.DataFrame(
        {
            "sentence1": [f'문장 "{"a" * (i % 5)}", {i}' for i in range(10)],
            "sentence2": [f"line\nbreak {'a' * (i % 3)}" for i in range(10)],
            "score": [i / 3 for i in range(10)],
        }
    )


def test_three_lines_are_a_whole_run(frame: pd.DataFrame) -> None:
    frame.to_csv("pairs.csv", index=False)

    run = em.evaluate("pairs.csv", ["words=lexical", "lexical?dim=4"])

    assert run.status == "complete"
    assert list(run.summary["provider"]) == ["words", "lexical"]
    assert run.folder.parent == Path("results")


def test_every_table_is_a_frame(frame: pd.DataFrame) -> None:
    run = em.evaluate(frame, "lexical", out="run")

    assert run.scores["gold"].dtype == "float64"
    assert len(run.scores) == 10
    assert set(run.accuracy["metric"]) >= {"spearman", "pearson"}
    assert run.samples["provider"].unique().tolist() == ["lexical"]
    assert {"summary", "scores", "folder", "report"} <= set(dir(run))
    with pytest.raises(AttributeError, match=r"no attribute 'summry'; its tables: .*summary"):
        _ = run.summry
    with pytest.raises(AttributeError, match=r"has no ranks\.csv"):
        _ = run.ranks


def test_a_frame_s_rows_are_kept_and_run_again(frame: pd.DataFrame) -> None:
    run = em.evaluate(frame, "lexical", out="run", name="my pairs")

    kept = pd.read_csv(run.folder / "data.csv")
    pd.testing.assert_frame_equal(kept, frame)
    Path("again.yaml").write_text(run.suite, encoding="utf-8")
    again = em.run(em.plan(em.load_suite("again.yaml")), out="again")
    pd.testing.assert_frame_equal(again.scores, run.scores)
    assert again.manifest["datasets"][0]["sha256"] == run.manifest["datasets"][0]["sha256"]
    assert run.manifest["suite"]["datasets"][0]["path"] == "data.csv"
    assert em.verify("run")


def test_a_run_shows_itself(frame: pd.DataFrame) -> None:
    run = em.evaluate(frame.assign(score=frame["score"] + 1), "<b>=lexical", out="run")

    assert "<table>" in run._repr_html_()
    assert "&lt;b&gt;" in run._repr_html_()
    assert "<b>" not in run._repr_html_()
    assert "reaches Spearman" in run._repr_html_()
    assert "p50 ms" not in run._repr_html_()
    assert run.report("md") == (run.folder / "report.md").read_text(encoding="utf-8")
    assert run.report("html") == (run.folder / "report.html").read_text(encoding="utf-8")
    assert "data, 10 pairs" in run.report("terminal")
    with pytest.raises(em.EmbedmarkError):
        run.report("pdf")  # type: ignore[arg-type]


def test_a_run_is_read_back(frame: pd.DataFrame) -> None:
    run = em.evaluate(frame, "lexical", out="run")

    read = em.read_run("run")

    assert read.status == "complete"
    pd.testing.assert_frame_equal(read.summary, run.summary)
    (run.folder / "summary.csv").unlink()
    pd.testing.assert_frame_equal(em.read_run("run").summary, run.summary)
    assert [finding.partition(":")[0] for finding in em.verify("run").findings] == ["summary.csv"]


def test_a_comparison_gives_changes_and_verdicts(frame: pd.DataFrame) -> None:
    baseline = em.evaluate(frame, "a=lexical", out="baseline")
    candidate = em.evaluate(frame, "a=lexical?dim=3", out="candidate")

    change = em.compare(baseline, candidate)

    assert list(change.changes["metric"])[:2] == ["spearman", "pearson"]
    assert change.changes["change"].dtype == "float64"
    assert bool(em.compare("baseline", baseline).verdict("spearman < -0.5"))
    assert "<table>" in change._repr_html_()
    assert change.report("csv").startswith("run,against,provider")
    with pytest.raises(em.EmbedmarkError, match="is not a rule"):
        change.verdict("worse")
    with pytest.raises(em.EmbedmarkError, match="nothing to compare"):
        em.compare(baseline)


def test_an_async_provider_is_measured_inside_a_running_loop(frame: pd.DataFrame) -> None:
    async def cell() -> em.Run:
        return em.evaluate(frame, "./providers.py:Async", measure={"accuracy": {}, "latency": {"calls": 5}}, out="run")

    run = asyncio.run(cell())

    assert run.status == "complete", run.failures
    assert run.scores["predicted"].notna().all()
    assert not [thread for thread in threading.enumerate() if thread.name == "embedmark-loop"]


def test_a_run_works_outside_the_main_thread(frame: pd.DataFrame) -> None:
    found: list[Any] = []

    def work() -> None:
        found.append(em.evaluate(frame, ["lexical", "./providers.py:Async"], out="run").status)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert found == ["complete"]


def test_a_run_changes_no_signal_handler_and_no_variable(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = dict(os.environ)

    em.evaluate(frame, ["lexical", "./providers.py:Async"], out="run", threads=2)

    assert {number: signal.getsignal(number) for number in handlers} == handlers
    # scikit-learn and joblib set variables of their own when they are imported.
    assert {name: os.environ.get(name) for name in before} == before
    assert "MKL_NUM_THREADS" not in os.environ


def test_an_interrupt_seals_the_run_and_is_raised(frame: pd.DataFrame) -> None:
    with pytest.raises(KeyboardInterrupt) as raised:
        em.evaluate(frame, "./providers.py:Async?fail=true", out="run")

    assert str(raised.value).endswith("kept in run")
    assert em.read_run("run").status == "interrupted"


@pytest.mark.parametrize(("change", "said"), [
    ({"data": 3}, "the data is a int"),
    ({"data": "nope.csv"}, "there is no such data file"),
    ({"models": []}, "no model is named"),
    ({"models": [3]}, "a model is given as a text"),
    ({"models": "lexical?dims=3"}, "no option 'dims'"),
    ({"measure": ("speed",)}, "'speed' is not a measure"),
    ({"measure": {"latency": {"call": 3}}}, "unknown key"),
    ({"columns": {"sentence1": "x", "sentence2": "sentence2", "score": "score"}}, "there is no column 'x'"),
    ({"budget": {"usd": 3}}, "budget has the key 'usd'"),
    ({"budget": {"max_usd": -1}}, "max_usd is -1"),
    ({"resume": "run"}, ""),
])  # fmt: skip
def test_a_wrong_request_is_a_usage_error(frame: pd.DataFrame, change: dict[str, Any], said: str) -> None:
    request: dict[str, Any] = {"data": frame, "models": "lexical", **change}

    with pytest.raises(em.EmbedmarkError) as raised:
        em.evaluate(**request, out="out")

    assert said in raised.value.message
    assert raised.value.hint
    assert raised.value.exit_code == 2
    assert not Path("out").exists()


def test_the_suite_of_a_path_names_it_as_given(frame: pd.DataFrame) -> None:
    frame.to_csv("pairs.csv", index=False)

    run = em.evaluate(Path("pairs.csv"), "lexical", out="run")

    assert yaml.safe_load(run.suite)["datasets"][0]["path"] == "pairs.csv"
    assert not (run.folder / "data.csv").exists()


def test_a_catalogue_name_is_data(frame: pd.DataFrame) -> None:
    run = em.evaluate("ko-sample", "lexical", out="run")

    assert run.summary["dataset"].tolist() == ["ko-sample"]


def test_a_budget_stops_a_run_that_is_kept(frame: pd.DataFrame) -> None:
    run = em.evaluate(frame, "./providers.py:Async", measure={"latency": {"calls": 50}}, out="run",
                      budget={"max_requests": 3})  # fmt: skip

    assert run.status == "budget"
    assert em.verify(run.folder)


def test_progress_is_told_of_every_job(frame: pd.DataFrame) -> None:
    class Told:
        def __init__(self) -> None:
            self.jobs = self.done = 0
            self.said: list[str] = []

        def begin(self, jobs: int) -> None:
            self.jobs = jobs

        def at(self, what: str) -> None:
            self.said.append(what)

        def advance(self, jobs: int) -> None:
            self.done += jobs

        def end(self) -> None: ...

    told = Told()

    em.evaluate(frame, "lexical", out="run", progress=told)

    assert told.done == told.jobs == 2
    assert "lexical: accuracy data" in told.said


@pytest.mark.parametrize(("renamed", "hint"), [
    ({"score": "gold"}, "columns={'sentence1': 'sentence1', 'sentence2': 'sentence2', 'score': 'gold'}"),
    ({"sentence1": "query", "sentence2": "p"}, "columns={'sentence1': 'query', 'sentence2': 'p', 'score': 'score'}"),
])  # fmt: skip
def test_columns_of_no_kind_are_named_in_the_hint(frame: pd.DataFrame, renamed: dict[str, str], hint: str) -> None:
    with pytest.raises(em.EmbedmarkError) as raised:
        em.evaluate(frame.rename(columns=renamed), "lexical", out="out")

    assert hint in str(raised.value.hint)
    assert "pairs: sentence1, sentence2, score; retrieval: query, passage" in str(raised.value.hint)
