"""Time: --max-seconds ends whatever waits, timeout_s bounds a call, and folders are told apart."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from embedmark.errors import StorageError
from embedmark.store.manifest.model import Manifest
from embedmark.store.write import RunDirectory, free_folder
from embedmark.testing.server.load import TokenBucket
from embedmark.testing.server.server import MisbehavingServer
from tests.cli.conftest import Command

SLEEPER = '''
import time
import numpy as np
from embedmark.api import Embeddings, Limits, ProviderInfo

class Sleeper:
    """Answers a few calls, and then never again."""

    def __init__(self, calls=2, deadline_s=None):
        self.left = calls
        limits = Limits(deadline_s=deadline_s)
        self.info = ProviderInfo(plugin="sleeper", model="sleeper", kind="bi-encoder", limits=limits)

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        self.left -= 1
        while self.left < 0:
            time.sleep(0.01)
        return Embeddings(np.array([[len(text), 1] for text in texts], dtype=np.float32))
'''
SUITE = """\
providers: [{{name: slow, use: "./sleeper.py:Sleeper"{more}}}, {{name: good, use: "./providers.py:Length"}}]
datasets: [{{path: 쌍.tsv}}]
measure: {{accuracy: {{batch_size: 4}}}}
"""


@pytest.fixture
def sleeper(work: Path) -> Path:
    (work / "sleeper.py").write_text(SLEEPER, encoding="utf-8")
    return work


def write(folder: Path, more: str = "") -> None:
    (folder / "s.yaml").write_text(SUITE.format(more=more), encoding="utf-8")


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("more", ["", ", isolate: process"])
def test_max_seconds_ends_a_call_that_never_returns(embedmark: Command, sleeper: Path, more: str) -> None:
    write(sleeper, more)

    before = threading.active_count()
    done = embedmark("run", "s.yaml", "--out", "r", "--max-seconds", "4")

    assert done.code == 3
    assert "--max-seconds 4" in done.err
    assert "--resume r" in done.err
    assert '"status": "budget"' in (sleeper / "r/manifest.json").read_text(encoding="utf-8")
    assert threading.active_count() < before + 20


@pytest.mark.parametrize("more", ["", ", isolate: process"])
def test_timeout_s_bounds_a_call_and_the_others_go_on(embedmark: Command, sleeper: Path, more: str) -> None:
    write(sleeper, f", timeout_s: 0.3, options: {{deadline_s: 3}}{more}")

    done = embedmark("run", "s.yaml", "--out", "r", debug=True)

    assert done.code == 1
    failures = (sleeper / "r/failures.csv").read_text(encoding="utf-8")
    assert "slow," in failures
    assert "timeout_s" in failures or "still running" in failures
    assert "good,bi-encoder" in (sleeper / "r/accuracy.csv").read_text(encoding="utf-8")


@pytest.mark.usefixtures("interruptible")
def test_a_wait_for_a_rate_limit_is_told_and_ended(embedmark: Command, work: Path) -> None:
    pytest.importorskip("openai")
    bucket = TokenBucket(per_s=1 / 3600, burst=3)
    with MisbehavingServer(requests=bucket) as server:
        (work / "s.yaml").write_text(
            f'providers: [{{name: api, use: openai, model: m, options: {{base_url: "{server.url}"}}}}]\n'
            "datasets: [{path: 쌍.tsv}]\nmeasure: {accuracy: {batch_size: 4}}\n",
            encoding="utf-8",
        )
        done = embedmark("run", "s.yaml", "--out", "r", "--max-seconds", "5")

    assert done.code == 3
    assert "api: waiting" in done.err
    assert "for the rate limit, until" in done.err


def test_runs_that_begin_together_get_folders_of_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: free_folder(tmp_path, "run-20260101-000000"), range(40)))

    assert len(set(folders)) == 40


def test_a_run_folder_that_vanishes_is_told_as_such(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "r", Manifest(schema_version=1))
    shutil.rmtree(tmp_path / "r")

    with pytest.raises(StorageError, match="vanished"):
        run.save_manifest()
    with pytest.raises(StorageError, match="vanished"):
        run.seal()
