"""`--on ray`: the same tables, from workers of a local cluster; and one message for each bad request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedmark.suite import load_suite

PROVIDER = '''
import os
import threading
from pathlib import Path

import numpy as np
from embedmark.api import Embeddings, PairPredictions, ProviderInfo


class Marked:
    """Embeds a text as its lengths; its process and each of its loads is a line of a file."""

    def __init__(self, marks=None, deadly="", server=None):
        self.marks, self.deadly = marks, deadly
        self.lock = threading.Lock()  # which cannot be pickled
        self.info = ProviderInfo(plugin="marked", model="marked", kind="bi-encoder", served_by=server)

    def load(self):
        with Path(self.marks).open("a") as file:
            file.write(f"{os.getpid()}\\n")

    def close(self): pass

    def encode(self, texts):
        if self.deadly and self.deadly in texts:
            os._exit(1)
        return Embeddings(np.array([[len(t), t.count("a") + 1, ord(t[0])] for t in texts], dtype=np.float32))


class Shared:
    """Scores a pair by the characters its texts share."""

    info = ProviderInfo(plugin="shared", model="shared", kind="cross-encoder")

    def load(self): pass
    def close(self): pass

    def predict(self, pairs):
        return PairPredictions(np.array([len(set(a) & set(b)) / (1 + len(set(a) | set(b))) for a, b in pairs]))
'''
SUITE = """\
name: spread
providers:
  - {name: marked, use: "./marked.py:Marked", options: {marks: MARKS}}
  - {name: shared, use: "./marked.py:Shared"}
datasets:
  - {path: pairs.tsv}
  - {path: pairs.tsv, name: again, columns: {sentence1: sentence2, sentence2: sentence1, score: score}}
measure:
  accuracy: {resamples: 200, batch_size: 4}
"""
slow = pytest.mark.skipif(os.environ.get("EMBEDMARK_RAY") != "1", reason="takes half a minute: make e2e-ray")
SAME = ("scores.csv", "failures.csv", "accuracy.csv")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes of one core each, on this machine."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'embedmark[ray]'")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        made = Cluster()
        try:
            for _ in range(2):
                made.add_node(num_cpus=1, object_store_memory=80_000_000, include_dashboard=False)
            yield made
        finally:
            made.shutdown()


@pytest.fixture
def suite(work: Path) -> Path:
    """A folder with spread.yaml: 48 pairs, two providers."""
    (work / "marked.py").write_text(PROVIDER, encoding="utf-8")
    lines = [
        "sentence1\tsentence2\tscore",
        *(f"{chr(97 + i % 7)}a{i}\t{'a' * (i % 6)}{i}c\t{i % 6}" for i in range(48)),
    ]
    (work / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (work / "spread.yaml").write_text(SUITE.replace("MARKS", str(work / "marks")), encoding="utf-8")
    return work


def on(cluster: Any) -> tuple[str, str]:
    return "--on", f"ray:{cluster.address}"


def test_cluster_gives_the_tables_of_one_process(embedmark, suite, cluster):
    assert embedmark("run", "spread.yaml", "--out", "one", "--no-cache").code == 0
    (suite / "marks").unlink()

    done = embedmark("run", "spread.yaml", "--out", "two", "--no-cache", *on(cluster))

    assert done.code == 0, done.err
    for name in SAME:
        assert (suite / "two" / name).read_bytes() == (suite / "one" / name).read_bytes(), name
    manifest = json.loads((suite / "two" / "manifest.json").read_text(encoding="utf-8"))
    workers = manifest["cluster"]["workers"]["marked"]
    loads = (suite / "marks").read_text().split()
    assert len(workers) >= 2
    assert all(worker["items"] for worker in workers)
    assert sorted(loads) == sorted(str(worker["pid"]) for worker in workers), "each loads its provider once"
    assert embedmark("verify", "two").code == 0
    assert "(raylet)" not in done.out + done.err


@slow
def test_a_poisoned_call_is_a_failure_row_and_the_others_go_on(embedmark, suite, cluster):
    text = (suite / "spread.yaml").read_text(encoding="utf-8")
    (suite / "poison.yaml").write_text(text.replace("{marks:", "{deadly: aa0, marks:"), encoding="utf-8")

    done = embedmark("run", "poison.yaml", "--out", "hurt", "--no-cache", "--only", "marked", *on(cluster))

    rows = (suite / "hurt" / "scores.csv").read_text(encoding="utf-8").splitlines()[1:]
    failures = (suite / "hurt" / "failures.csv").read_text(encoding="utf-8")
    assert done.code == 1, done.err
    assert "3 workers died during this call" in failures
    assert len([row for row in rows if row.split(",")[4]]) >= 40, "only the pairs of one batch lack a score"


@slow
def test_timed_jobs_run_on_one_node_and_carry_its_type(embedmark, suite, cluster):
    text = (suite / "spread.yaml").read_text(encoding="utf-8")
    timed = "  throughput: {batch_sizes: [4], texts: 8, max_passes: 10, min_pass_ms: 0}\n  latency: {calls: 20}\n"
    asks = '  - {name: asks, use: "./marked.py:Marked", options: {marks: asked, server: "127.0.0.1:9"}}\n'
    (suite / "timed.yaml").write_text(text.replace("datasets:", asks + "datasets:") + timed, encoding="utf-8")

    done = embedmark("run", "timed.yaml", "--out", "timed", "--no-cache", *on(cluster))

    assert done.code == 0, done.err
    manifest = json.loads((suite / "timed" / "manifest.json").read_text(encoding="utf-8"))
    fingerprint = manifest["cluster"]["timed_on"]
    assert [entry.get("node") for entry in manifest["providers"]] == [fingerprint, fingerprint, None]
    assert (suite / "asked").read_text().split() == [str(os.getpid())], "who asks a server is called from here"
    assert fingerprint in {node["fingerprint"] for node in manifest["cluster"]["nodes"]}
    assert len((suite / "timed" / "latency.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert embedmark("verify", "timed").code == 0


def test_resources_that_no_node_has_are_refused(embedmark, suite, cluster):
    text = (suite / "spread.yaml").read_text(encoding="utf-8")
    wanted = text.replace('marked.py:Marked",', 'marked.py:Marked", resources: {cpu: 1, gpu: 2},')
    (suite / "large.yaml").write_text(wanted, encoding="utf-8")

    done = embedmark("run", "large.yaml", "--out", "large", *on(cluster))

    assert done.code == 2
    assert "no node can hold a worker of marked" in done.err
    assert "large.yaml:3" in done.err
    assert not (suite / "large").exists()


def test_another_version_in_the_cluster_is_refused(embedmark, suite, cluster, monkeypatch):
    monkeypatch.setattr("embedmark.distribute.cluster.nodes.__version__", "9.9.9")

    done = embedmark("run", "spread.yaml", "--out", "other", *on(cluster))

    assert done.code == 2
    assert "and this is embedmark 9.9.9" in done.err
    assert not (suite / "other").exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ray:127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
        ("ray:nowhere", "is not the address of a cluster"),
        ("ray:", "is not a cluster"),
        ("spark", "is not a cluster"),
    ],
)
def test_an_address_where_nothing_answers_is_refused(embedmark, suite, address, says):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'embedmark[ray]'")

    done = embedmark("run", "spread.yaml", "--out", "none", "--on", address)

    assert done.code == 2
    assert says in done.err
    assert done.err.count("try:") <= 1
    assert not (suite / "none").exists()


def test_without_ray_the_message_says_how_to_install_it(embedmark, suite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)

    done = embedmark("run", "spread.yaml", "--out", "none", "--on", "ray")

    assert done.code == 2
    assert "pip install" in done.err
    assert "ray]" in done.err


def test_a_suite_without_resources_reads_as_before(suite: Path, embedmark: Callable[..., Any]):
    assert load_suite(suite / "spread.yaml").providers[0].resources is None
