"""A run on a real Ray cluster of several nodes: processes and nodes killed in mid-run, and what spreading gains.

`make e2e-ray` runs this file; it takes some minutes, so that `make test` leaves it out.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.allpairs.pairs import AllPairs
from embedmark.api import ProviderInfo
from embedmark.calls.caller import Caller
from embedmark.cli import main
from embedmark.distribute.cluster.join import in_cluster
from embedmark.distribute.cluster.pool import WorkerPool
from embedmark.distribute.cluster.recipe import ShippedRecipe
from embedmark.distribute.cluster.stand_in import ClusterProvider
from embedmark.measure.clock import SystemClock
from embedmark.measure.scaling.stream import predict_pairs
from embedmark.plugins.registry import create
from embedmark.suite import ResourceSpec

pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = [
    pytest.mark.skipif(os.environ.get("EMBEDMARK_RAY") != "1", reason="takes minutes: make e2e-ray"),
    pytest.mark.timeout(900),
]

PROVIDER = '''
import os
import time
from pathlib import Path

import numpy as np
from embedmark.api import Embeddings, PairPredictions, ProviderInfo


class Slow:
    """Embeds a text as its lengths, and waits; each load and each text is a line of a file."""

    def __init__(self, marks, wait_s=0.0):
        self.marks, self.wait_s = Path(marks), wait_s
        self.info = ProviderInfo(plugin="slow", model="slow", kind="bi-encoder")

    def load(self):
        with (self.marks / "loads").open("a") as file:
            file.write(f"{os.getpid()}\\n")
        with (self.marks / "raylets").open("a") as file:
            file.write(f"{os.getppid()}\\n")

    def close(self): pass

    def encode(self, texts):
        time.sleep(self.wait_s)
        with (self.marks / "texts").open("a") as file:
            file.write("".join(f"{text}\\n" for text in texts))
        return Embeddings(np.array([[len(t), t.count("a") + 1, ord(t[0])] for t in texts], dtype=np.float32))


class Cheap:
    """Scores a pair by the numbers that its texts are."""

    info = ProviderInfo(plugin="cheap", model="cheap", kind="cross-encoder")

    def load(self): pass
    def close(self): pass

    def predict(self, pairs):
        numbers = np.array([(int(a), int(b)) for a, b in pairs])
        return PairPredictions((numbers[:, 0] * 7919 + numbers[:, 1] * 104729) % 65537 / 65537)
'''
SUITE = """\
name: slow
providers:
  - {name: slow, use: "./slow.py:Slow", options: {marks: MARKS, wait_s: WAIT}}
datasets:
  - {path: pairs.tsv}
measure:
  accuracy: {resamples: 200, batch_size: 4}
"""
NEAR = """\
name: near
providers: [{name: cheap, use: "./slow.py:Cheap"}]
datasets: [{path: many.tsv}]
measure:
  scaling: {sizes: [2, 3, 4], neighbours: 2000, batch_size: 16384, window: 65536, top_k: 5, candidates: 5,
    max_seconds: 0.1}
"""
N_PAIRS = 160
SAME = ("scores.csv", "failures.csv", "accuracy.csv")


@contextmanager
def cluster_of(*cores: int) -> Iterator[Any]:
    """Nodes with so many cores each, all on this machine."""
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster()
    try:
        for n in cores:
            cluster.add_node(num_cpus=n, object_store_memory=80_000_000, include_dashboard=False)
        yield cluster
    finally:
        cluster.shutdown()


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], Path]:
    """Write slow.yaml, of a provider that waits so many seconds a batch; return its folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slow.py").write_text(PROVIDER, encoding="utf-8")
    rows = [f"{chr(97 + i % 7)} text {i}\t{'a' * (i % 6)} other {i}\t{i % 6}" for i in range(N_PAIRS)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", encoding="utf-8")

    def write(wait_s: float) -> Path:
        (tmp_path / "marks").mkdir(exist_ok=True)
        text = SUITE.replace("MARKS", str(tmp_path / "marks")).replace("WAIT", str(wait_s))
        (tmp_path / "slow.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def computed(folder: Path) -> list[str]:
    marks = folder / "marks" / "texts"
    return marks.read_text(encoding="utf-8").splitlines() if marks.exists() else []


def forget(folder: Path) -> None:
    for name in ("texts", "loads", "raylets"):
        (folder / "marks" / name).unlink(missing_ok=True)


def when_computed(folder: Path, n: int, work: Callable[[], None]) -> threading.Thread:
    """Do something once so many texts have been computed."""

    def wait() -> None:
        while len(computed(folder)) < n:
            time.sleep(0.02)
        work()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def same_tables(folder: Path, one: str, two: str) -> bool:
    return all((folder / one / name).read_bytes() == (folder / two / name).read_bytes() for name in SAME)


def run(*arguments: str) -> int:
    return main.run(["run", *arguments])


def test_a_killed_worker_costs_its_calls_only(suite, capsys):
    folder = suite(0.1)
    run("slow.yaml", "--out", "one", "--no-cache")
    forget(folder)

    def kill() -> None:
        os.kill(int((folder / "marks" / "loads").read_text().split()[0]), signal.SIGKILL)

    with cluster_of(1, 1) as cluster:
        killing = when_computed(folder, 60, kill)
        code = run("slow.yaml", "--out", "two", "--no-cache", "--on", f"ray:{cluster.address}")
    killing.join()

    again = [text for text, n in Counter(computed(folder)).items() if n > 1]
    assert code == 0
    assert same_tables(folder, "one", "two")
    assert len(again) <= 2 * 4, "at most the two batches of the worker that died are computed again"
    assert "(raylet)" not in capsys.readouterr().out


def test_a_killed_node_costs_its_calls_only(suite):
    folder = suite(0.1)
    run("slow.yaml", "--out", "one", "--no-cache")
    forget(folder)
    with cluster_of(1, 1, 1) as cluster:
        node = next(iter(cluster.worker_nodes))
        killing = when_computed(folder, 60, lambda: cluster.remove_node(node, allow_graceful=False))
        code = run("slow.yaml", "--out", "two", "--no-cache", "--on", f"ray:{cluster.address}")
        killing.join()

    again = [text for text, n in Counter(computed(folder)).items() if n > 1]
    assert code == 0
    assert same_tables(folder, "one", "two")
    assert len(again) <= 2 * 4


def test_a_killed_driver_goes_on_where_it_was(suite):
    folder = suite(0.1)
    run("slow.yaml", "--out", "one", "--no-cache")
    forget(folder)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with cluster_of(1, 1) as cluster:
        where = ("--no-cache", "--on", f"ray:{cluster.address}")
        command = [sys.executable, "-m", "embedmark", "run", "slow.yaml", "--out", "two", *where]
        driver = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        when_computed(folder, 100, driver.kill).join()
        driver.wait()
        before = len(computed(folder))
        code = run("--resume", "two", *where)

    again = [text for text, n in Counter(computed(folder)).items() if n > 1]
    assert code == 0
    assert same_tables(folder, "one", "two")
    assert before >= 100
    assert len(again) <= 2 * 2 * 4 + 3 * 2 * 4, "what was under way, and what a quarter of a second had delivered"


def test_killed_timed_node_is_replaced_by_one_of_its_type(suite, capsys):
    folder = suite(0.05)
    text = (folder / "slow.yaml").read_text(encoding="utf-8")
    timed = "  throughput: {batch_sizes: [4, 8], texts: 16, min_pass_ms: 0, max_passes: 12}\n  latency: {calls: 20}\n"
    (folder / "slow.yaml").write_text(text + timed, encoding="utf-8")

    with cluster_of(1, 2, 2) as cluster:

        def kill() -> None:
            raylet = int((folder / "marks" / "raylets").read_text().split()[-1])
            node = next(one for one in cluster.worker_nodes if _raylet_of(one) == raylet)
            cluster.remove_node(node, allow_graceful=False)

        killing = when_computed(folder, 320 + 200, kill)
        code = run("slow.yaml", "--out", "two", "--no-cache", "--on", f"ray:{cluster.address}")
        killing.join()

    manifest = json.loads((folder / "two" / "manifest.json").read_text(encoding="utf-8"))
    assert code == 0, capsys.readouterr().err
    assert len(manifest["done"]) == 4
    assert manifest["cluster"]["timed_on"] == manifest["providers"][0]["node"]
    with (folder / "two" / "samples.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["measure"] == "throughput" and row["phase"] == "timed"]
    passes = Counter((row["batch_size"], row["repeat"]) for row in rows if row["status"] == "ok")
    assert set(passes.values()) == {1}, "no row of a table mixes two attempts"


def _raylet_of(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def test_another_python_in_the_cluster_is_refused(suite, capsys):
    folder = suite(0.0)
    with cluster_of(1) as cluster:
        from ray._private import ray_constants
        from ray._raylet import GcsClient

        client = GcsClient(address=cluster.address)
        where = (b"CLUSTER_METADATA", ray_constants.KV_NAMESPACE_CLUSTER)
        facts = json.loads(client.internal_kv_get(*where))
        facts["python_version"] = "3.8.1"
        client.internal_kv_put(where[0], json.dumps(facts).encode(), True, where[1])
        code = run("slow.yaml", "--out", "two", "--on", f"ray:{cluster.address}")

    said = capsys.readouterr().err
    assert code == 2
    assert "has other versions" in said
    assert "3.8.1" in said
    assert not (folder / "two").exists()


def test_an_interrupted_run_is_sealed_and_goes_on(suite):
    folder = suite(0.1)
    run("slow.yaml", "--out", "one", "--no-cache")
    forget(folder)
    with cluster_of(1, 1) as cluster:
        where = ("--no-cache", "--on", f"ray:{cluster.address}")
        when_computed(folder, 100, lambda: signal.raise_signal(signal.SIGINT))
        first = run("slow.yaml", "--out", "two", *where)
        status = json.loads((folder / "two" / "manifest.json").read_text(encoding="utf-8"))["status"]
        code = run("--resume", "two", *where)

    assert first == 130
    assert status == "interrupted"
    assert code == 0
    assert same_tables(folder, "one", "two")


def test_four_workers_reach_three_and_a_half_times_one(suite, capsys):
    """A provider that waits 100 ms a batch: the gain is that of the workers, and not of the cores."""
    folder = suite(0.1)
    took = {}
    for n in (1, 4):
        with cluster_of(n) as cluster:
            forget(folder)
            took[n] = _pass_s(folder, cluster, n)

    gain = took[1] / took[4]
    with capsys.disabled():
        print(f"\n4 workers: {gain:.2f} times one ({took[1]:.2f} s, {took[4]:.2f} s for 240 batches)")
    assert gain >= 3.6


def _pass_s(folder: Path, cluster: Any, n: int) -> float:
    """Return the seconds of a pass over 960 texts in batches of 4, with n workers that have loaded."""
    texts = [f"a text {i}" for i in range(960)]
    options = {"marks": str(folder / "marks"), "wait_s": 0.1}
    with in_cluster(f"ray:{cluster.address}", print) as place:
        caller = _caller(place, _recipe("Slow", folder, options), "bi-encoder", n)
        try:
            began = time.perf_counter()
            values = caller.run(texts, 4).values
            took = time.perf_counter() - began
        finally:
            caller.close()
    assert values[:, 0].tolist() == [len(text) for text in texts]
    return took


def test_all_pairs_of_2000_texts_are_exact(suite, capsys):
    """Each block size gives the neighbours of one process; what a block costs beside one process is shown."""
    folder = suite(0.0)
    texts = [str(i * 37 % 2003) for i in range(2000)]
    alone = Caller(create("./slow.py:Cheap", folder=folder))
    reference, base_s = _all_pairs(alone, texts, 16_384, window=65_536)
    lines = [f"one process: {base_s:.1f} s"]
    with cluster_of(1, 1) as cluster, in_cluster(f"ray:{cluster.address}", print) as place:
        for block in (1_024, 4_096, 16_384):
            caller = _caller(place, _recipe("Cheap", folder, {}), "cross-encoder", 2)
            try:
                found, took = _all_pairs(caller, texts, block, window=65_536)
            finally:
                caller.close()
            assert found.done == 1_999_000
            assert np.array_equal(found.best.indexes, reference.best.indexes)
            assert np.array_equal(found.best.values, reference.best.values)
            tasks = -(-1_999_000 // block)
            lines.append(f"blocks of {block:,}: {took:.1f} s, {took / base_s:.2f} times one process, {tasks:,} tasks")
    with capsys.disabled():
        print("\n" + "\n".join(lines))


def test_cluster_finds_the_neighbours_of_2000_texts(suite):
    """`scaling: {neighbours: 2000}`: 1,999,000 pairs in tasks of 16,384, with the rows of one process."""
    folder = suite(0.0)
    texts = [str(i * 37 % 2003) for i in range(2000)]
    rows = [f"{texts[i]}\t{texts[i + 1]}\t{i % 6}" for i in range(0, 2000, 2)]
    (folder / "many.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", encoding="utf-8")
    (folder / "near.yaml").write_text(NEAR, encoding="utf-8")
    one = run("near.yaml", "--out", "one", "--no-cache")
    with cluster_of(1, 1) as cluster:
        two = run("near.yaml", "--out", "two", "--no-cache", "--on", f"ray:{cluster.address}")

    manifest = json.loads((folder / "two" / "manifest.json").read_text(encoding="utf-8"))
    assert (one, two) == (0, 0)
    assert (folder / "one" / "neighbours.csv").read_bytes() == (folder / "two" / "neighbours.csv").read_bytes()
    workers = manifest["cluster"]["workers"]["cheap"]
    assert len(workers) == 2
    assert sum(worker["items"] for worker in workers) == 1_999_000
    assert sum(worker["calls"] for worker in workers) == -(-1_999_000 // 16_384)


def _all_pairs(caller: Caller, texts: list[str], block: int, window: int) -> tuple[Any, float]:
    began = time.perf_counter()
    stream = predict_pairs(caller, texts, AllPairs(len(texts)), 5, batch_size=block, clock=SystemClock(), window=window)
    return stream, time.perf_counter() - began


def _recipe(name: str, folder: Path, options: dict[str, Any]) -> ShippedRecipe:
    source = (folder / "slow.py").read_bytes()
    return ShippedRecipe(f"./slow.py:{name}", None, options, str(folder), source, 1)


def _caller(place: Any, recipe: ShippedRecipe, kind: Any, n: int) -> Caller:
    pool = WorkerPool(place, recipe, ResourceSpec.model_validate({}), n, 2)
    info = ProviderInfo(plugin="it", model="it", kind=kind)
    provider: Any = ClusterProvider(info, pool)
    provider.load()
    return Caller(provider)
