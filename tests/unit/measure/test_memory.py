"""Memory that runs out, as the project's own providers say it, behind limits of their own, and in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from embedmark.api import Limits
from embedmark.errors import OutOfMemoryError
from embedmark.measure.manifest import new_manifest
from embedmark.measure.runner import Runner
from embedmark.planning.build import make_plan
from embedmark.store.read import RawRun, read_run
from embedmark.store.write import RunDirectory
from embedmark.suite import load_suite
from tests.kit import Clock, Known, Measured, Quiet


class OnTorch(Known):
    """Asks torch for more memory than any machine has, above `room` items a call, as a provider on torch does."""

    room = 8

    def _work(self, n: int) -> None:
        import torch

        from embedmark_providers._torch import computing

        with computing(None):
            if n > self.room:
                torch.empty(10**16)
        super()._work(n)


class Careful(Known):
    """Computes here, and has limits of its own, so that the dispatcher sends its batches."""

    room = 8

    def __init__(self, clock: Clock, name: str) -> None:
        super().__init__(clock, name)
        self.info = replace(self.info, limits=Limits(inputs_per_request=64))

    def _work(self, n: int) -> None:
        if n > self.room:
            raise OutOfMemoryError("out of device memory")
        super()._work(n)


def throughput(raw: RawRun, name: str, status: str) -> pd.DataFrame:
    rows = raw.samples
    return rows[(rows["provider"] == name) & (rows["measure"] == "throughput") & (rows["status"] == status)]


@pytest.mark.parametrize("kind", [OnTorch, Careful])
def test_batch_size_too_large_for_memory_is_a_row_alone(
    measure: Callable[..., Measured], clock: Clock, kind: type[Known]
) -> None:
    if kind is OnTorch:
        pytest.importorskip("torch")
    spec = {"throughput": {"batch_sizes": [4, 16, 8], "texts": 32}, "latency": {"calls": 5}}
    provider = kind(clock, "a")
    raw, runner, _ = measure([provider, Known(clock, "b")], spec)
    timed = throughput(raw, "a", "ok")
    assert set(timed[timed["phase"] == "timed"]["batch_size"]) == {4, 8}
    [error] = throughput(raw, "a", "failed")["error"]
    assert "memory" in error
    assert raw.failures[["provider", "error_type"]].to_numpy().tolist() == [["a", "OutOfMemoryError"]]
    assert [p.status for p in raw.manifest.providers] == ["ok", "ok"]
    assert runner.recorder.failures == 1


def test_learned_batch_size_does_not_reach_throughput(measure: Callable[..., Measured], clock: Clock) -> None:
    provider = Careful(clock, "a")
    raw, _, _ = measure([provider], {"accuracy": {"batch_size": 16}, "throughput": {"batch_sizes": [16], "texts": 32}})
    assert len(raw.scores) == 40
    assert throughput(raw, "a", "ok").empty
    assert throughput(raw, "a", "failed")["batch_size"].tolist() == [16]


KILLED = """
import os, signal
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

class Mine:
    info = ProviderInfo(plugin="m", model="m", kind="bi-encoder")

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        if len(texts) > 8:
            os.kill(os.getpid(), signal.SIGKILL)
        return Embeddings(np.array([[len(t), os.getpid()] for t in texts], dtype=np.float32))
"""
SUITE = """
name: t
providers:
  - {name: mine, use: "./mine.py:Mine", isolate: process}
datasets: [{path: pairs.tsv}]
measure:
  throughput: {batch_sizes: [16, 4, 32, 8], texts: 32, max_passes: 10, max_seconds: 2}
  latency: {calls: 5}
"""


def test_killed_process_fails_one_batch_size_and_restarts(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(KILLED, encoding="utf-8")
    lines = [f"문장 {i}\tsentence {i}\t{i / 10}" for i in range(40)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *lines]), encoding="utf-8")
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    plan = make_plan(load_suite(tmp_path / "suite.yaml"), tmp_path, offline=True, say=print)
    with RunDirectory(tmp_path / "run", new_manifest(plan, "run", datetime.now(UTC))) as directory:
        Runner(plan, directory, Quiet()).run()
        directory.seal()
    raw = read_run(tmp_path / "run")
    timed = throughput(raw, "mine", "ok")
    assert set(timed[timed["phase"] == "timed"]["batch_size"]) == {4, 8}
    failed = throughput(raw, "mine", "failed")
    assert failed["batch_size"].tolist() == [16, 32]
    assert all("SIGKILL" in error and "memory" in error for error in failed["error"])
    assert raw.failures["error_type"].tolist() == ["OutOfMemoryError"] * 2
    assert [p.status for p in raw.manifest.providers] == ["ok"]
    assert (raw.samples["measure"] == "latency").sum() == 5
    assert (timed["cpu_ns"] >= 0).all()
    assert any(pool["user_api"] == "blas" for pool in raw.manifest.providers[0].thread_pools)  # of its process
