"""`scaling: {neighbours: N}`: work without a clock, cut into blocks of texts and of pairs, and joined again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SUITE = """\
name: near
providers:
  - {name: length, use: "./providers.py:Length"}
  - {name: overlap, use: "./providers.py:Overlap"}
datasets: [{path: many.tsv}]
measure:
  scaling: {sizes: [2, 3, 4], neighbours: 40, window: 64, batch_size: 16, top_k: 3, candidates: 4, max_seconds: 0.01}
"""


@pytest.fixture
def near(work: Path) -> Path:
    """A folder with near.yaml: a bi-encoder and a cross-encoder over 40 texts; a file `broken` breaks the latter."""
    rows = [f"{'ab' * (i % 5)}{i}\t{'ca' * (i % 7)}{i}c\t{i % 6}" for i in range(30)]
    (work / "many.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", encoding="utf-8")
    (work / "near.yaml").write_text(SUITE, encoding="utf-8")
    text = (work / "providers.py").read_text(encoding="utf-8")
    broken = (
        "    def predict(self, pairs):\n"
        "        if len(pairs) > 6 and __import__('os').path.exists('broken'): raise RuntimeError('broken')\n"
    )
    (work / "providers.py").write_text(text.replace("    def predict(self, pairs):\n", broken), encoding="utf-8")
    return work


def rows_of(run: Path) -> list[str]:
    lines = (run / "neighbours.csv").read_text(encoding="utf-8").splitlines()
    return [line for line in lines[1:] if line.split(",")[2] == "40"]


def test_blocks_of_all_pairs_merge_to_those_of_one_run(embedmark, near):
    assert embedmark("run", "near.yaml", "--out", "whole", "--no-cache").code == 0
    codes = []
    for i in (1, 2):
        if i == 2:
            (near / "broken").touch()
        codes.append(embedmark("run", "near.yaml", "--shard", f"{i}/2", "--out", f"s{i}", "--no-cache").code)
        (near / "broken").unlink(missing_ok=True)
    shards = ("s1", "s2")

    hurt = embedmark("merge", *shards, "--out", "hurt")
    resumed = embedmark("run", "--resume", "s2")
    merged = embedmark("merge", *shards, "--out", "merged")

    jobs = json.loads((near / "s1" / "manifest.json").read_text(encoding="utf-8"))["shard"]["jobs"]
    assert [job["shard"] for job in jobs if job["label"] == "overlap: neighbours many"] == [0], "each has a block"
    assert codes == [0, 1]
    assert hurt.code == 1
    assert {row.split(",")[0] for row in rows_of(near / "hurt")} == {"length"}, "a part is never shown as all"
    assert resumed.code == 0, resumed.err
    assert merged.code == 0, merged.err
    assert rows_of(near / "merged") == rows_of(near / "whole")
    assert len(rows_of(near / "merged")) == 40 * (3 + 4)
    facts = [(near / name / "scaling_facts.csv").read_text(encoding="utf-8") for name in ("whole", "merged")]
    kept = [[line for line in text.splitlines() if ",neighbours-kept,40," in line] for text in facts]
    assert len(kept[0]) == 2
    assert kept[0] == kept[1]
    assert embedmark("verify", "merged").code == 0


@pytest.mark.parametrize(
    ("n", "says"),
    [
        ("4", "4 texts are not more than the largest of `sizes`, 4"),
        ("61", "61 texts are needed, and many has 60 different ones"),
        ("1", "measure.scaling.neighbours"),
    ],
)
def test_a_number_of_texts_that_cannot_be_is_refused(embedmark, near, n, says):
    (near / "near.yaml").write_text(SUITE.replace("neighbours: 40", f"neighbours: {n}"), encoding="utf-8")

    done = embedmark("plan", "near.yaml")

    assert done.code == 2
    assert says in " ".join(done.err.split())
    assert "near.yaml:7" in done.err
