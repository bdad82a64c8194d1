"""Resume a run that was killed after its last measurement, or while it was resumed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from embedmark.measure.killed import untold_rows
from embedmark.store.entries import Request
from embedmark.store.journal import Journal
from tests.cli.conftest import Command

SUITE = """\
providers: [{name: good, use: "./providers.py:Length"}]
datasets: [{path: 쌍.tsv}]
measure: {accuracy: {}}
"""


@pytest.mark.parametrize("lost", ["summary.csv report.html report.md", "accuracy.csv", ""])
def test_complete_run_gets_the_files_it_lacks(embedmark: Command, work: Path, lost: str) -> None:
    """A kill between the seal and the last file leaves a complete run with some of them, or with the journal."""
    (work / "s.yaml").write_text(SUITE, encoding="utf-8")
    embedmark("run", "s.yaml", "--out", "run")
    before = {path.name: path.read_bytes() for path in (work / "run").iterdir()}
    for name in lost.split():
        (work / "run" / name).unlink()
    manifest = json.loads(before["manifest.json"])
    del manifest["derived_by"]
    (work / "run" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (work / "run" / "journal.sqlite").touch()

    done = embedmark("run", "--resume", "run")

    assert done.code == 0
    assert "nothing was sent" in done.err
    assert {path.name for path in (work / "run").iterdir()} == before.keys()
    assert embedmark("verify", "run").code == 0


def test_killed_request_has_one_row_after_a_killed_resume(tmp_path: Path) -> None:
    """A resume that was killed after it wrote the rows, and before it settled the requests, writes none twice."""
    journal = Journal(tmp_path)
    for _ in range(2):
        journal.sent(Request("api", "job", [0], n=1, bound=9, characters=9, retry=False))
    untold = untold_rows(journal, [], pd.DataFrame(columns=["provider", "error"]))
    samples = pd.DataFrame(untold)

    assert len(untold) == 2
    assert untold_rows(journal, [], samples[:1]) == untold[1:]
    assert untold_rows(journal, [], samples) == []
    journal.settle()
    journal.sent(Request("api", "job", [0], n=1, bound=9, characters=9, retry=False))
    assert untold_rows(journal, [], samples) == untold[:1]
