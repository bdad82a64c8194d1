"""Kill a run at random moments, go on with it, and find the tables of a run that was never killed.

EMBEDMARK_KILLS: how many runs are killed; `make faults` does 200.
EMBEDMARK_FAULT_SEED: the first seed; other seeds kill at other moments.
"""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from embedmark.testing.server.server import MisbehavingServer
from tests.reliability import Tries, record

pytest.importorskip("openai")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")

KILLS = int(os.environ.get("EMBEDMARK_KILLS", "1"))
MOST_KILLS_A_RUN = 3
CONCURRENCY = 2
# A test runner in the background may have its children ignore Ctrl-C.
START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from embedmark.cli.main import main
main()
"""


class Runs:
    """Runs of one suite against one server."""

    def __init__(self, folder: Path, server: MisbehavingServer) -> None:
        self.folder, self.server = folder, server
        rows = [f"문장 {'a' * (i % 7)}{i}\tsentence {'a' * (i % 5)} {i}\t{(i * 7 % 26) / 5}" for i in range(40)]
        (folder / "pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", encoding="utf-8")
        self.write()

    def write(self, *more: str) -> None:
        options = f'{{base_url: "{self.server.url}", concurrency: {CONCURRENCY}}}'
        providers = [f"  - {{name: {name}, use: openai, model: m, options: {options}}}" for name in ("api", *more)]
        measure = "measure: {accuracy: {resamples: 100, batch_size: 4}, cost: {prices: {api: {usd_per_1m_tokens: 1}}}}"
        text = "\n".join(["name: s", "providers:", *providers, "datasets: [{path: pairs.tsv}]", measure])
        (self.folder / "s.yaml").write_text(text + "\n", encoding="utf-8")

    def run(self, arguments: Sequence[str], when: Callable[[], bool] | None = None, number: int = 9) -> tuple[int, str]:
        """Run a command line; send it signal `number` as soon as `when` is true."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", START, "run", *arguments]
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            while when is not None and process.poll() is None and not when():
                time.sleep(0.002)
            if when is not None and process.poll() is None:
                process.send_signal(number)
            said, _ = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
        return process.returncode, said

    def after(self, requests: int) -> Callable[[], bool]:
        """True once the server has so many more requests."""
        wanted = self.server.bill.requests + requests
        return lambda: self.server.bill.requests >= wanted

    def table(self, run: str, name: str) -> list[dict[str, str]]:
        with (self.folder / run / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def manifest(self, run: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / run / "manifest.json").read_text(encoding="utf-8"))
        return content


@pytest.fixture
def runs(tmp_path: Path) -> Any:
    with MisbehavingServer(latency=lambda _rng, _n: 0.02) as server:
        yield Runs(tmp_path, server)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_runs_end_as_the_unbroken_one(runs: Runs) -> None:
    assert runs.run(["s.yaml", "--out", "whole", "--no-cache"])[0] == 0
    needed = runs.server.bill.requests
    tries = Tries(KILLS)
    for seed in tries:
        rng = random.Random(seed)
        before, tokens = runs.server.bill.requests, runs.server.bill.tokens
        out = f"killed-{seed}"
        arguments = ["s.yaml", "--out", out, "--no-cache"]
        for _ in range(rng.randint(1, MOST_KILLS_A_RUN)):
            runs.run(arguments, _moment(rng, runs, needed))
            if (runs.folder / out / "manifest.json").is_file():
                arguments = ["--resume", out, "--no-cache"]
        code, said = runs.run(arguments)

        assert code == 0, (seed, said)
        _is_as(runs, out, "whole")
        sent = runs.server.bill.requests - before
        ledger = runs.manifest(out)["providers"][0]["ledger"]
        killed = [row for row in runs.table(out, "samples.csv") if row["error"].startswith("Killed")]
        # Each request is logged before it is sent: only one that was open at a kill may be unknown to the server.
        assert sent <= ledger["requests"] <= sent + len(killed), seed
        assert ledger["requests"] - ledger["delivered"] == len(killed) <= MOST_KILLS_A_RUN * CONCURRENCY, seed
        billed = runs.server.bill.tokens - tokens
        assert ledger["tokens"] <= billed <= ledger["tokens"] + ledger["tokens_unconfirmed"], seed
        assert sent - needed <= MOST_KILLS_A_RUN * (CONCURRENCY + 1), seed
        assert not (runs.folder / out / "journal.sqlite").exists(), seed
    happens = (
        "`--resume` gives the unbroken run's tables; requests that were open are counted as perhaps billed, and named"
    )
    record("SIGKILL at a random moment, up to three times a run", happens, tries.done)


@pytest.mark.usefixtures("hangs_up")
def test_hang_up_is_sealed_and_another_provider_joins(runs: Runs) -> None:
    code, said = runs.run(["s.yaml", "--out", "r", "--no-cache"], runs.after(16), signal.SIGHUP)
    assert (code, runs.manifest("r")["status"]) == (129, "interrupted"), said
    assert runs.table("r", "accuracy.csv")[0]["status"] == "incomplete"
    assert 0 < len(runs.table("r", "scores.csv")) < 40

    assert runs.run(["--resume", "r", "--no-cache"])[0] == 0
    before = runs.server.bill.requests
    code, said = runs.run(["--resume", "r"])
    assert (code, runs.server.bill.requests) == (0, before), said

    runs.write("other")
    code, said = runs.run(["s.yaml", "--resume", "r", "--no-cache"])
    assert code == 0, said
    assert {row["provider"]: row["status"] for row in runs.table("r", "summary.csv")} == {"api": "ok", "other": "ok"}
    assert runs.server.bill.requests - before == 21  # one first call, and 80 texts by fours

    text = (runs.folder / "s.yaml").read_text(encoding="utf-8")
    (runs.folder / "s.yaml").write_text(text.replace("batch_size: 4", "batch_size: 5"), encoding="utf-8")
    code, said = runs.run(["s.yaml", "--resume", "r"])
    assert code == 2
    assert "measure changed" in said


def test_books_of_a_finished_provider_survive_a_kill(runs: Runs) -> None:
    """All providers are closed at the end of a run; one without work is not opened again."""
    runs.write("other")

    runs.run(["s.yaml", "--out", "r", "--no-cache"], lambda: len(_done(runs, "r")) == 1)
    assert _done(runs, "r") == ["api: accuracy pairs"]
    code, said = runs.run(["--resume", "r", "--no-cache"])

    assert code == 0, said
    api, other = (entry["ledger"] for entry in runs.manifest("r")["providers"])
    assert api["requests"] == api["delivered"] == 21
    assert other["delivered"] == 21
    assert api["tokens"] + other["tokens"] <= runs.server.bill.tokens


def _done(runs: Runs, out: str) -> list[str]:
    try:
        return list(runs.manifest(out)["done"])
    except (OSError, ValueError):
        return []


def test_a_second_run_sends_nothing(runs: Runs) -> None:
    assert runs.run(["s.yaml", "--out", "first"])[0] == 0
    before = runs.server.bill.requests

    code, said = runs.run(["s.yaml", "--out", "second"])

    assert (code, runs.server.bill.requests) == (0, before), said
    assert "came from the vector cache" in (runs.folder / "second" / "report.md").read_text(encoding="utf-8")
    (first,), (second,) = (runs.table(run, "cost.csv") for run in ("first", "second"))
    assert (second["usd"], second["requests"]) == ("0.0", "0")
    assert first["usd_per_1k_items"] == second["usd_per_1k_items"]
    assert runs.table("first", "scores.csv") == runs.table("second", "scores.csv")


def _moment(rng: random.Random, runs: Runs, needed: int) -> Callable[[], bool]:
    """Return a test that is true at a random moment: after some requests, and then up to 30 ms, or up to 2 s."""
    reached = runs.after(rng.randint(0, needed))
    wait_s = rng.uniform(0, rng.choice([0.03, 2.0]))
    at: list[float] = []

    def is_now() -> bool:
        if not at and reached():
            at.append(time.monotonic() + wait_s)
        return bool(at) and time.monotonic() >= at[0]

    return is_now


def _is_as(runs: Runs, run: str, other: str) -> None:
    assert runs.table(run, "scores.csv") == runs.table(other, "scores.csv")
    assert runs.table(run, "accuracy.csv") == runs.table(other, "accuracy.csv")
    mine, theirs = (runs.table(name, "cost.csv")[0] for name in (run, other))
    for column in ("tokens", "usd", "usd_per_1k_items", "items"):
        assert mine[column] == theirs[column], column
