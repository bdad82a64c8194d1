"""SIGTERM to a real run: what was under way may be on the bill, and is in samples.csv."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from embedmark.testing.server.server import MisbehavingServer, always

# A test runner in the background may have its children ignore Ctrl-C.
START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from embedmark.cli.main import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM to catch")
def test_requests_under_way_at_a_sigterm_have_rows(work: Path) -> None:
    pytest.importorskip("openai")
    with MisbehavingServer(faults=always("stall")) as server:
        (work / "api.yaml").write_text(
            f'providers: [{{name: api, use: openai, model: m, options: {{base_url: "{server.url}"}}}}]\n'
            "datasets: [{path: 쌍.tsv}]\nmeasure: {accuracy: {}}\n",
            encoding="utf-8",
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", START, "run", "api.yaml", "--out", "r"]
        run = subprocess.Popen(command, cwd=work, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            ends = time.monotonic() + 120
            while not server.bill.requests and time.monotonic() < ends and run.poll() is None:
                time.sleep(0.05)
            time.sleep(0.2)
            run.send_signal(signal.SIGTERM)
            _, said = run.communicate(timeout=60)
        finally:
            run.kill()
            run.wait()
    assert run.returncode == 130, said
    with (work / "r/samples.csv").open(encoding="utf-8", newline="") as file:
        attempts = [row for row in csv.DictReader(file) if row["status"] == "failed-attempt"]
    assert len(attempts) == server.bill.requests >= 1
    assert all(row["error"].startswith("CancelledError") and int(row["tokens"]) > 0 for row in attempts)
    manifest = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "interrupted"
    assert manifest["providers"][0]["ledger"]["tokens_unconfirmed"] == sum(int(row["tokens"]) for row in attempts)
