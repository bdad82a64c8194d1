"""Shards and merge: the parts of a suite, measured apart, give the tables of one run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SUITE = """\
name: parts
providers:
  - {name: 길이, use: "./providers.py:Length"}
  - {name: twice, use: "./providers.py:Length", options: {factor: 2.0}}
  - {name: overlap, use: "./providers.py:Overlap"}
datasets:
  - {path: 쌍.tsv, by: [length]}
  - {path: other.tsv, by: [length]}
  - {path: other.tsv, name: again, columns: {sentence1: sentence1, sentence2: sentence2, score: other}}
  - {kind: retrieval, name: found, queries: q.jsonl, corpus: c.jsonl, qrels: qrels.tsv}
average: [쌍, other]
measure:
  accuracy: {resamples: 200}
  retrieval: {k: [1, 2], rerank: [[길이, overlap]], fusion: [[길이, twice]], candidates: 3}
keep_text: true
"""
SAME = ("scores.csv", "judged.csv", "texts.csv", "failures.csv", "accuracy.csv")


@pytest.fixture
def parts(work: Path) -> Path:
    """A folder with parts.yaml: three providers, two datasets of pairs and one to search."""
    (work / "parts.yaml").write_text(SUITE, encoding="utf-8")
    rows = [f"a{'b' * (i % 4)}{i}\t{'a' * (i % 6)}c\t{i % 6}\t{i % 5}" for i in range(30)]
    lines = ["sentence1\tsentence2\tscore\tother", *rows]
    (work / "other.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    queries = [{"_id": f"q{i}", "text": "a" * i + "?"} for i in range(1, 9)]
    documents = [{"_id": f"d{i}", "text": "a" * i + " text" * (i % 3)} for i in range(1, 9)]
    for name, rows in (("q.jsonl", queries), ("c.jsonl", documents)):
        (work / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    qrels = ["query-id\tcorpus-id\tscore", *(f"q{i}\td{i}\t1" for i in range(1, 9))]
    (work / "qrels.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return work


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that several tests copy."""
    return tmp_path_factory.mktemp("measured")


def take(measured: Path, embedmark: Callable[..., Any], name: str, *options: str) -> None:
    """Put a run of parts.yaml into the current folder; the first time it is measured."""
    if not (measured / name).exists():
        assert embedmark("run", "parts.yaml", *options, "--out", name).code == 0
        shutil.copytree(name, measured / name)
    elif not Path(name).exists():
        shutil.copytree(measured / name, name)


@pytest.fixture
def shards(parts: Path, measured: Path, embedmark: Callable[..., Any]) -> tuple[str, str, str]:
    """Three shards of parts.yaml."""
    for i in (1, 2, 3):
        take(measured, embedmark, f"s{i}", "--shard", f"{i}/3")
    return ("s1", "s2", "s3")


@pytest.fixture
def whole(parts: Path, measured: Path, embedmark: Callable[..., Any]) -> str:
    """All of parts.yaml in one run."""
    take(measured, embedmark, "whole")
    return "whole"


def edit(run: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("of", [1, 2, 5, 8])
def test_shards_merge_to_the_tables_of_one_run(embedmark, parts, whole, of):
    for i in range(1, of + 1):
        done = embedmark("run", "parts.yaml", "--shard", f"{i}/{of}", "--out", f"s{i}", "--no-cache")
        assert done.code == 0, done.err

    merged = embedmark("merge", *(f"s{i}" for i in range(of, 0, -1)), "--out", "merged")

    assert merged.code == 0, merged.err
    for name in SAME:
        assert (parts / "merged" / name).read_bytes() == (parts / "whole" / name).read_bytes(), name
    assert embedmark("verify", "merged").code == 0


def test_shards_measure_every_job_once(shards, parts):
    manifests = [json.loads((parts / one / "manifest.json").read_text(encoding="utf-8")) for one in shards]
    cut = {job["label"] for job in manifests[0]["shard"]["jobs"] if job["shard"] == 0}

    done = [label for manifest in manifests for label in manifest["done"]]

    assert len(set(done)) == 13
    assert {label for label in done if done.count(label) > 1} == cut, "each shard has a block of these"


def test_a_merged_run_names_its_shards(embedmark, parts, shards):
    embedmark("merge", *shards, "--out", "merged")

    manifest = json.loads((parts / "merged" / "manifest.json").read_text(encoding="utf-8"))
    assert [one["run_id"] for one in manifest["merged"]["shards"]] == ["s1", "s2", "s3"]
    assert "shard" not in manifest
    assert embedmark("show", "merged").code == 0


def test_timed_jobs_are_in_one_shard(embedmark, parts):
    for i in (1, 2, 3):
        assert embedmark("run", "small.yaml", "--shard", f"{i}/3", "--out", f"t{i}").code == 0

    manifests = [json.loads((parts / f"t{i}" / "manifest.json").read_text(encoding="utf-8")) for i in (1, 2, 3)]
    timed = [m for m in manifests if any("accuracy" not in label for label in m["done"])]
    merged = embedmark("merge", "t1", "t2", "t3", "--out", "merged")

    assert len(timed) == 1
    assert merged.code == 0, merged.err
    table = (parts / "merged" / "throughput.csv").read_bytes()
    assert table == (parts / timed[0]["run_id"] / "throughput.csv").read_bytes()


def test_a_missing_shard_is_named(embedmark, parts, shards):
    done = embedmark("merge", "s1", "s3", "--out", "merged")

    assert done.code == 2
    assert "1 of 3 shards is missing: 2/3" in done.err
    assert "--shard 2/3" in done.err
    assert not (parts / "merged").exists()


def test_a_doubled_shard_is_named(embedmark, parts, shards):
    shutil.copytree(parts / "s2", parts / "copy")

    done = embedmark("merge", *shards, "copy", "--out", "merged")

    assert done.code == 2
    assert "shard 2/3 is given twice: s2 and copy" in done.err
    assert not (parts / "merged").exists()


def test_a_shard_of_another_suite_is_named(embedmark, parts, shards):
    (parts / "changed.yaml").write_text(SUITE.replace("factor: 2.0", "factor: 3.0"), encoding="utf-8")
    embedmark("run", "changed.yaml", "--shard", "2/3", "--out", "foreign")

    done = embedmark("merge", "s1", "foreign", "s3", "--out", "merged")

    assert done.code == 2
    assert "shard 2/3 is not a part of the same run as s1: its suite differs" in done.err
    assert "foreign" in done.err


def test_a_shard_of_other_data_is_named(embedmark, parts, shards):
    text = (parts / "other.tsv").read_text(encoding="utf-8")
    (parts / "other.tsv").write_text(text.replace("a0\t", "zz\t", 1).replace("\t5\n", "\t4\n", 1), encoding="utf-8")
    embedmark("run", "parts.yaml", "--shard", "2/3", "--out", "foreign")

    done = embedmark("merge", "s1", "foreign", "s3", "--out", "merged")

    assert done.code == 2
    assert "content of the dataset other" in done.err


def test_a_shard_of_another_version_is_named(embedmark, parts, shards):
    edit(parts / "s2", lambda manifest: manifest.update(embedmark_version="0.0.1"))

    done = embedmark("merge", *shards, "--out", "merged")

    assert done.code == 2
    assert "shard 2/3 is not a part of the same run as s1: its version of embedmark differs" in done.err


def test_a_shard_of_another_number_of_shards_is_named(embedmark, parts, shards):
    embedmark("run", "parts.yaml", "--shard", "2/5", "--out", "fifth")

    done = embedmark("merge", "s1", "fifth", "s3", "--out", "merged")

    assert done.code == 2
    assert "number of shards (5 and 3)" in done.err


def test_a_whole_run_is_not_a_shard(embedmark, parts, shards, whole):
    embedmark("merge", *shards, "--out", "merged")

    assert "whole is not a shard: it is a whole run" in embedmark("merge", "whole", "--out", "x").err
    assert "merged is not a shard: it is merged already" in embedmark("merge", "merged", "--out", "x").err


def test_an_edited_shard_is_named(embedmark, parts, shards):
    path = parts / "s2" / "scores.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")

    done = embedmark("merge", *shards, "--out", "merged")

    assert done.code == 2
    assert "shard 2/3 was changed after it was measured: scores.csv" in done.err


def test_a_shard_under_another_number_is_named(embedmark, parts, shards):
    edit(parts / "s2", lambda manifest: manifest["shard"].update(index=1))

    done = embedmark("merge", "s2", "s3", "--out", "merged")

    assert done.code == 2
    assert "the rows are not those of shard 1/3" in done.err


def test_a_shard_that_can_go_on_is_resumed_and_merged(embedmark, parts, shards, whole):
    def stop(manifest: dict[str, Any]) -> None:
        manifest["status"] = "interrupted"
        manifest["done"].pop()

    edit(parts / "s2", stop)
    before = embedmark("merge", *shards, "--out", "merged")
    resumed = embedmark("run", "--resume", "s2")
    after = embedmark("merge", *shards, "--out", "merged")

    assert before.code == 2
    assert "shard 2/3 is not complete: its status is interrupted" in before.err
    assert (resumed.code, after.code) == (0, 0), resumed.err + after.err
    assert (parts / "merged" / "accuracy.csv").read_bytes() == (parts / "whole" / "accuracy.csv").read_bytes()


def test_shard_refuses_an_added_provider(embedmark, parts, shards):
    more = SUITE.replace("datasets:", '  - {name: more, use: "./providers.py:Length"}\ndatasets:')
    (parts / "more.yaml").write_text(more, encoding="utf-8")

    done = embedmark("run", "--resume", "s2", "more.yaml")

    assert done.code == 2
    assert "this is not the suite of shard 2/3" in done.err


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "-1/2", "1/0", "1/99999", "1.5/2", ""])
def test_a_wrong_shard_is_one_message(embedmark, parts, text):
    done = embedmark("run", "parts.yaml", "--shard", text, "--out", "x")

    assert done.code == 2
    assert f"{text!r} is not a shard" in done.err
    assert not (parts / "x").exists()


def test_a_failed_provider_fails_the_merged_run(embedmark, parts):
    (parts / "bad.yaml").write_text(SUITE.replace("factor: 2.0", "fail: load"), encoding="utf-8")
    codes = [embedmark("run", "bad.yaml", "--shard", f"{i}/2", "--out", f"b{i}").code for i in (1, 2)]

    done = embedmark("merge", "b1", "b2", "--out", "merged")

    assert 1 in codes
    assert done.code == 1
    failures = (parts / "merged" / "failures.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:3] for line in failures[1:]] == [["twice", "", "load"]], "once, and not for each shard"
    manifest = json.loads((parts / "merged" / "manifest.json").read_text(encoding="utf-8"))
    assert {one["name"]: one["status"] for one in manifest["providers"]} == {
        "길이": "ok", "twice": "failed", "overlap": "ok"
    }  # fmt: skip


def test_merge_does_not_overwrite(embedmark, parts, shards):
    done = embedmark("merge", *shards, "--out", "s1")

    assert done.code == 2
    assert "already exists and is not empty" in done.err


@pytest.fixture
def large(parts: Path) -> Path:
    """A folder with large.yaml: one provider on one dataset, which writes down what it reads."""
    text = (parts / "providers.py").read_text(encoding="utf-8")
    marked = "    def encode(self, texts):\n        open('read', 'a').write(''.join(t + chr(10) for t in texts))\n"
    (parts / "providers.py").write_text(text.replace("    def encode(self, texts):\n", marked, 1), encoding="utf-8")
    suite = 'name: large\nproviders: [{name: 길이, use: "./providers.py:Length"}]\ndatasets: [{path: other.tsv}]\n'
    (parts / "large.yaml").write_text(
        suite + "measure: {accuracy: {resamples: 200, batch_size: 4}}\n", encoding="utf-8"
    )
    return parts


def blocks(embedmark: Callable[..., Any], of: int) -> list[str]:
    names = [f"b{i}" for i in range(1, of + 1)]
    for i, name in enumerate(names, start=1):
        assert embedmark("run", "large.yaml", "--shard", f"{i}/{of}", "--out", name).code == 0
    return names


def test_one_large_job_is_cut_into_blocks(embedmark, large):
    assert embedmark("run", "large.yaml", "--out", "whole", "--no-cache").code == 0
    (large / "read").unlink()

    names = blocks(embedmark, 3)
    read = (large / "read").read_text(encoding="utf-8").splitlines()
    merged = embedmark("merge", *names, "--out", "merged")

    texts = {text for line in (large / "other.tsv").read_text().splitlines()[1:] for text in line.split("\t")[:2]}
    assert merged.code == 0, merged.err
    assert set(read) == texts
    assert len(read) == len(texts) + 3, "each once, and each shard's first call"
    for name in ("scores.csv", "failures.csv", "accuracy.csv"):
        assert (large / "merged" / name).read_bytes() == (large / "whole" / name).read_bytes(), name
    assert (large / "read").read_text(encoding="utf-8").splitlines() == read, "merging reads nothing"
    assert embedmark("verify", "merged").code == 0
    assert embedmark("verify", "b1").code == 0


def test_vectors_of_other_texts_are_told_by_one_shard(embedmark, large):
    """The text of the first call is in one of the blocks, and only there it can be compared."""
    text = (large / "providers.py").read_text(encoding="utf-8")
    swapped = "return Embeddings(np.eye(64, dtype=np.float32)[[sum(map(ord, t)) % 64 for t in texts]][::-1].copy())\n"
    line = next(line for line in text.splitlines() if "t.count" in line)
    (large / "providers.py").write_text(text.replace(line.strip() + "\n", swapped), encoding="utf-8")

    assert embedmark("merge", *blocks(embedmark, 2), "--out", "merged").code == 0

    told = [w["code"] for w in json.loads((large / "merged/manifest.json").read_text(encoding="utf-8"))["warnings"]]
    assert told.count("differs-alone") == 1


@pytest.mark.parametrize(
    ("lose", "says"),
    [
        ("b2/journal.sqlite", "shard 2/2 has no journal.sqlite"),
        ("other.tsv", "merge where the suite and its data are"),
    ],
)
def test_blocks_that_cannot_be_put_together_are_named(embedmark, large, lose, says):
    names = blocks(embedmark, 2)
    (large / lose).unlink()

    merged = embedmark("merge", *names, "--out", "merged")

    assert merged.code == 2
    assert says in " ".join(merged.err.split())
    assert not (large / "merged").exists()


def test_a_failed_block_fails_the_merged_run(embedmark, large):
    text = (large / "large.yaml").read_text(encoding="utf-8")
    first, second = blocks(embedmark, 2)
    shutil.rmtree(large / second)
    provider = (large / "providers.py").read_text(encoding="utf-8")
    broken = provider.replace(
        "        self.calls += 1\n",
        "        self.calls += 1\n        if self.calls > 2: raise RuntimeError('out of luck')\n",
        1,
    )
    (large / "providers.py").write_text(broken, encoding="utf-8")
    assert embedmark("run", "large.yaml", "--shard", "2/2", "--out", second).code == 1

    merged = embedmark("merge", first, second, "--out", "merged")

    failures = (large / "merged" / "failures.csv").read_text(encoding="utf-8")
    assert merged.code == 1, (merged.err, text)
    assert "out of luck" in failures
    assert "a part of this job is in no shard" in failures
