"""Several golds of the same pairs: datasets of their own, whose texts a provider reads once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

SUITE = """\
providers: [{name: 길이, use: "./providers.py:Length"}, {name: overlap, use: "./providers.py:Overlap"}]
datasets:
  - DATASETS
measure: {accuracy: {resamples: 200}}
"""


@pytest.fixture
def pairs(work: Path) -> Path:
    rows = [f"a text {'a' * (i % 7)} {i}\tanother {i % 5}\t{i % 6}\t{i % 2}" for i in range(30)]
    (work / "p.tsv").write_text("sentence1\tsentence2\tsim\tdup\n" + "\n".join(rows), encoding="utf-8")
    return work


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("datasets", [
    "{path: p.tsv, golds: {sim: sim, dup: dup}}",
    "{path: p.tsv, name: p/sim, columns: {score: sim}}\n  - {path: p.tsv, name: p/dup, columns: {score: dup}}",
])  # fmt: skip
def test_texts_of_several_golds_are_read_once(embedmark, pairs, datasets):
    (pairs / "s.yaml").write_text(SUITE.replace("DATASETS", datasets), encoding="utf-8")

    done = embedmark("run", "s.yaml", "--out", "out")

    assert done.code == 0, done.err
    passes = [row for row in rows_of(pairs / "out", "samples.csv") if row["measure"] == "accuracy"]
    assert [(row["provider"], row["dataset"]) for row in passes] == [("길이", "p/sim"), ("overlap", "p/sim")]
    scores = rows_of(pairs / "out", "scores.csv")
    by_dataset = {
        name: [row["predicted"] for row in scores if row["dataset"] == name and row["provider"] == "길이"]
        for name in ("p/sim", "p/dup")
    }
    assert by_dataset["p/sim"] == by_dataset["p/dup"]
    golds = {name: {row["gold"] for row in scores if row["dataset"] == name} for name in by_dataset}
    assert (len(golds["p/sim"]), len(golds["p/dup"])) == (6, 2)
    notes = json.loads((pairs / "out" / "manifest.json").read_text("utf-8"))["datasets"][1]["notes"]
    assert notes[0] == "its pairs are those of p/sim with another gold: 35 texts a provider were read once for both"
    assert embedmark("verify", "out").code == 0


def test_plan_counts_shared_texts_once(embedmark, pairs):
    (pairs / "s.yaml").write_text(SUITE.replace("DATASETS", "{path: p.tsv, golds: {sim: sim, dup: dup}}"), "utf-8")

    lines = [line.split() for line in embedmark("plan", "s.yaml", "--only", "길이").out.splitlines()]

    assert next(line for line in lines if line[:1] == ["accuracy"])[1] == "35"


@pytest.mark.parametrize("entry", ["{path: p.tsv, golds: {}}", "{path: p.tsv, golds: {a: sim}, columns: {score: dup}}"])
def test_golds_that_cannot_be(embedmark, pairs, entry):
    (pairs / "s.yaml").write_text(SUITE.replace("DATASETS", entry), encoding="utf-8")

    done = embedmark("plan", "s.yaml")

    assert done.code == 2
    assert "golds is name: column" in done.err
