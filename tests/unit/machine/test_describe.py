"""What is said of the machine and of this process."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embedmark.machine import describe
from embedmark.machine.describe import describe_machine, peak_rss_mb, rss_mb, thread_pools

ASK = """
import sys
from pathlib import Path
from embedmark.machine.describe import git_state
print(git_state(Path(sys.argv[1])))
"""

LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")


def test_the_peak_stays_when_the_memory_is_given_back() -> None:
    before = peak_rss_mb()
    ballast = np.ones((100, 2**17))
    held = rss_mb()
    del ballast
    assert peak_rss_mb() >= before
    assert peak_rss_mb() >= 0.9 * held


@LINUX
def test_a_child_does_not_report_its_parents_peak() -> None:
    """getrusage() would: its figure survives fork and exec, and a bare interpreter seems to hold hundreds of MB."""
    ballast = np.ones((400, 2**17))
    program = "from embedmark.machine.describe import peak_rss_mb; print(peak_rss_mb())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert peak_rss_mb() > ballast.nbytes / 2**20
    assert 1 < float(done.stdout) < 150


def test_peak_memory_has_a_fallback_source(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\t파이썬\nVmPeak:\t 9999999 kB\nVmHWM:\t  524288 kB\n", encoding="utf-8")
    assert peak_rss_mb(status) == 512
    status.write_text("Name:\tpython\nVmHWM:\n", encoding="utf-8")
    assert peak_rss_mb(status) > 10
    assert peak_rss_mb(tmp_path / "none") > 10


def test_the_machine_is_described_in_json_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    machine = describe_machine()
    assert machine["cores_logical"] == os.cpu_count()
    assert 1 <= machine["cores_usable"] <= machine["cores_logical"]
    assert len(machine["affinity"]) in (0, machine["cores_usable"])
    assert machine["memory_mb"] > 100
    assert machine["thread_variables"]["OMP_NUM_THREADS"] == "3"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", machine["python"])
    assert machine["cpu"]


def test_thread_pools_are_the_loaded_ones_without_paths() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    pools = thread_pools()
    assert any(pool["user_api"] == "blas" and pool["num_threads"] >= 1 for pool in pools)
    assert all(set(pool) == {"user_api", "internal_api", "version", "num_threads"} for pool in pools)


def test_checkout_is_named_by_commit_and_marked_if_changed(tmp_path: Path) -> None:
    assert describe.git_state(tmp_path) == {}
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "처음"], check=True)
    state = describe.git_state(tmp_path)
    assert re.fullmatch("[0-9a-f]{40}", state["commit"])
    assert state["dirty"] is False
    (tmp_path / "새.txt").write_text("x", encoding="utf-8")
    assert describe.git_state(tmp_path)["dirty"] is True


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_checkout_with_korean_names_is_read_in_any_locale(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("config", "core.quotepath", "false")  # names are then written as they are, in UTF-8
    git("commit", "-q", "--allow-empty", "-m", "first")
    (tmp_path / "쌍.tsv").touch()
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-X", "utf8=0", "-c", ASK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "'dirty': True" in done.stdout
