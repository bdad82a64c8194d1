"""Quality per byte on the command line: several golds of one encode, a run that was stopped, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

PROVIDER = '''
from pathlib import Path

import numpy as np
from embedmark.api import Embeddings, ProviderInfo


class Counts:
    """Embeds a text as counts of its letters; its fifth call is interrupted until a file `go` is there."""

    def __init__(self):
        self.info = ProviderInfo(plugin="counts", model="counts", kind="bi-encoder", dim=8)
        self.calls = 0

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        self.calls += 1
        if self.calls == 5 and not Path("go").exists():
            raise KeyboardInterrupt
        return Embeddings(np.array([[1 + t.count(c) for c in "abcdefgh"] for t in texts], dtype=np.float32))
'''
SUITE = """\
name: small
providers: [{name: counts, use: "./counts.py:Counts"}]
datasets:
  - {path: p.tsv, golds: {sim: sim, dup: dup}}
measure:
  accuracy: {resamples: 100, batch_size: 8}
  compression: {dims: [8, 4], precisions: [float32, int8, binary]}
  cost: {hardware_usd_per_hour: 0.2, vector_usd_per_gb_month: 3.8, volume: {documents: 1_000_000, queries_per_month: 0}}
"""
CELLS = {(dims, kind) for dims in ("8", "4") for kind in ("float32", "int8", "binary")}


@pytest.fixture
def pairs(work: Path) -> Path:
    rows = [f"{'abcdefgh'[i % 8] * 3} {i}\t{'abcdefgh'[(i * i) % 8] * 2} {i}\t{i % 6}\t{i % 2}" for i in range(30)]
    (work / "p.tsv").write_text("\n".join(["sentence1\tsentence2\tsim\tdup", *rows]) + "\n", encoding="utf-8")
    (work / "counts.py").write_text(PROVIDER, encoding="utf-8")
    (work / "s.yaml").write_text(SUITE, encoding="utf-8")
    return work


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_gold_has_every_cell_from_one_encode(embedmark, pairs):
    (pairs / "go").touch()

    assert embedmark("run", "s.yaml", "--out", "out").code == 0

    table = rows_of(pairs / "out", "compression.csv")
    for name in ("p/sim", "p/dup"):
        assert {(row["dims"], row["precision"]) for row in table if row["dataset"] == name} == CELLS
    values = {row["dataset"]: row["metric"] for row in table}
    assert values == {"p/sim": "spearman", "p/dup": "average_precision"}
    assert len([row for row in rows_of(pairs / "out", "samples.csv") if row["measure"] == "accuracy"]) == 1
    assert embedmark("verify", "out").code == 0


def test_gb_and_usd_are_those_of_the_volume(embedmark, pairs):
    (pairs / "go").touch()
    embedmark("run", "s.yaml", "--out", "out")

    table = rows_of(pairs / "out", "compression.csv")
    [row] = [r for r in table if (r["dataset"], r["dims"], r["precision"]) == ("p/sim", "8", "int8")]

    assert float(row["gb"]) == 8 * 1_000_000 / 1e9
    assert float(row["usd_per_month"]) == pytest.approx(0.008 * 3.80)


def test_run_that_was_stopped_and_resumed_has_the_same_cells(embedmark, pairs):
    stopped = embedmark("run", "s.yaml", "--out", "stopped", "--no-cache")
    assert stopped.code == 130
    (pairs / "go").touch()
    assert embedmark("run", "s.yaml", "--out", "whole", "--no-cache").code == 0

    assert embedmark("run", "--resume", "stopped").code == 0

    for name in ("compressed.csv", "compression.csv"):
        assert (pairs / "stopped" / name).read_bytes() == (pairs / "whole" / name).read_bytes()
    assert embedmark("verify", "stopped").code == 0


def test_dims_above_the_models_write_nothing(embedmark, pairs):
    (pairs / "s.yaml").write_text(SUITE.replace("dims: [8, 4]", "dims: [8, 9]"), encoding="utf-8")

    done = embedmark("run", "s.yaml", "--out", "out")

    assert done.code == 2
    assert "measure.compression.dims: 9 is above the 8 of counts" in done.err
    assert not (pairs / "out").exists()


def test_page_has_the_bill_the_figures_and_their_table(embedmark, pairs):
    (pairs / "go").touch()
    embedmark("run", "s.yaml", "--out", "out", "--lang", "ko")
    page = (pairs / "out" / "report.html").read_text(encoding="utf-8")

    assert "제공자별 청구서" in page
    assert "벡터 하나의 바이트" in page
    assert json.loads((pairs / "out" / "manifest.json").read_text("utf-8"))["status"] == "complete"
