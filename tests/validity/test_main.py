"""The command: one experiment by name, its rows merged, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from embedmark.errors import UsageError
from tools.validity import __main__ as command
from tools.validity import experiments
from tools.validity.outcome import Outcome, read


def promise(name: str, found: float) -> Outcome:
    return Outcome(name, "a case", "share", found, 0.9, None, 20)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    asked: dict[str, list[int]] = {"good": [], "bad": [], "broken": []}

    def good(n: int) -> list[Outcome]:
        asked["good"].append(n)
        return [promise("good", 1.0)]

    def bad(n: int) -> list[Outcome]:
        asked["bad"].append(n)
        return [promise("bad", 0.1)]

    def broken(n: int) -> list[Outcome]:
        raise UsageError("no model", hint="pip install it")

    monkeypatch.setattr(experiments, "known", lambda: {"good": good, "bad": bad, "broken": broken})
    return asked


def test_one_by_name(known: dict[str, list[int]], tmp_path: Path) -> None:
    out = tmp_path / "validity.csv"
    done = CliRunner().invoke(command.main, ["good", "--experiments", "40", "--workers", "1", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert known == {"good": [40], "bad": [], "broken": []}
    assert "kept" in done.output
    assert "at least 90 %" in done.output
    done = CliRunner().invoke(command.main, ["bad", "--workers", "1", "--out", str(out)])
    assert done.exit_code == 1
    assert known["bad"] == [1000]
    assert [(row["experiment"], row["verdict"]) for row in read(out)] == [("good", "kept"), ("bad", "missed")]


def test_what_was_measured_before_an_error_is_kept(known: dict[str, list[int]], tmp_path: Path) -> None:
    out = tmp_path / "validity.csv"
    done = CliRunner().invoke(command.main, ["--workers", "1", "--out", str(out)])
    assert done.exit_code == 1
    assert "no model" in done.output
    assert "pip install it" in done.output
    assert [row["experiment"] for row in read(out)] == ["good", "bad"]


def test_workers_find_the_same(tmp_path: Path) -> None:
    for workers in ("1", "2"):
        args = ["passes in order", "--experiments", "20", "--workers", workers, "--out", str(tmp_path / workers)]
        done = subprocess.run(
            [sys.executable, "-m", "tools.validity", *args], capture_output=True, text=True, check=False
        )
        assert "5 rows in " in done.stdout, done.stderr
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_unknown_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(command.main, ["covrage", "--out", str(tmp_path / "v.csv")])
    assert done.exit_code == 2
    named = (
        "coverage, a/a, power, compare, shared texts, few pairs, queues, passes in order, families of timings, stall, "
        "drift, overhead, busy"
    )
    assert named in " ".join(done.output.split())
    assert not (tmp_path / "v.csv").exists()
