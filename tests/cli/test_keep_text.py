"""`keep_text: true`: the sentences stay in the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_keep_text_keeps_the_sentences_and_nothing_does_without(embedmark: Callable[..., Any], work: Path) -> None:
    suite = (work / "small.yaml").read_text(encoding="utf-8")
    (work / "kept.yaml").write_text("keep_text: true\n" + suite, encoding="utf-8")
    assert embedmark("run", "kept.yaml", "--out", "kept").code == 0
    assert embedmark("run", "small.yaml", "--out", "usual").code == 0
    (work / "쌍.tsv").unlink()
    for name in ("kept", "usual"):
        assert embedmark("report", name).code == 0
    assert '<p dir="auto">문장 ' in (work / "kept" / "report.html").read_text(encoding="utf-8")
    assert "문장" in (work / "kept" / "manifest.json").read_text(encoding="utf-8")
    assert "문장" not in (work / "usual" / "manifest.json").read_text(encoding="utf-8")
    assert "not kept" in (work / "usual" / "report.html").read_text(encoding="utf-8")
