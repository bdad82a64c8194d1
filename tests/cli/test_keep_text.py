"""`keep_text: true`: the sentences stay in the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from embedmark.pipeline import read_run
from embedmark.store.read import read_manifest


def test_keep_text_keeps_the_sentences_and_nothing_does_without(embedmark: Callable[..., Any], work: Path) -> None:
    suite = (work / "small.yaml").read_text(encoding="utf-8")
    (work / "kept.yaml").write_text("keep_text: true\n" + suite, encoding="utf-8")
    assert embedmark("run", "kept.yaml", "--out", "kept").code == 0
    assert embedmark("run", "small.yaml", "--out", "usual").code == 0
    (work / "쌍.tsv").unlink()
    for name in ("kept", "usual"):
        assert embedmark("report", name).code == 0
    assert '<p dir="auto">문장 ' in (work / "kept" / "report.html").read_text(encoding="utf-8")
    assert "문장" in (work / "kept" / "texts.csv").read_text(encoding="utf-8")
    assert "문장" not in (work / "kept" / "manifest.json").read_text(encoding="utf-8")
    assert not (work / "usual" / "texts.csv").exists()
    assert "not kept" in (work / "usual" / "report.html").read_text(encoding="utf-8")


def test_kept_texts_are_sealed_and_readable(embedmark: Callable[..., Any], work: Path) -> None:
    suite = (work / "small.yaml").read_text(encoding="utf-8")
    (work / "kept.yaml").write_text("keep_text: true\n" + suite, encoding="utf-8")
    assert embedmark("run", "kept.yaml", "--out", "kept").code == 0
    kept = read_manifest(work / "kept").texts("쌍")
    frame = read_run(work / "kept").texts
    assert [(row.id, row.text1, row.text2) for row in frame.itertuples()] == [(i, *two) for i, two in kept.items()]

    path = work / "kept" / "texts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("문장", "문단", 1), encoding="utf-8")

    done = embedmark("verify", "kept")
    assert done.code == 1
    assert "texts.csv: row 1, column text1: edited" in done.out


def test_a_resumed_run_keeps_the_texts_of_what_was_added(embedmark: Callable[..., Any], work: Path) -> None:
    suite = (work / "small.yaml").read_text(encoding="utf-8")
    (work / "kept.yaml").write_text("keep_text: true\n" + suite, encoding="utf-8")
    assert embedmark("run", "kept.yaml", "--out", "kept").code == 0
    before = (work / "kept" / "texts.csv").read_bytes()
    more = (work / "kept.yaml").read_text(encoding="utf-8").replace("쌍.tsv}", "쌍.tsv}\n  - {path: more.tsv}")
    (work / "more.yaml").write_text(more, encoding="utf-8")
    (work / "more.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\ne\tf\t3\n", encoding="utf-8")

    done = embedmark("run", "--resume", "kept", "more.yaml")

    assert done.code == 0, done.err
    assert dict(read_manifest(work / "kept").texts("more")) == {"1": ("a", "b"), "2": ("c", "d"), "3": ("e", "f")}
    assert (work / "kept" / "texts.csv").read_bytes().startswith(before)
    assert embedmark("verify", "kept").code == 0
