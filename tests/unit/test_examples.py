"""The examples in docstrings say what happens."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAIRS = "sentence1,sentence2,score\na cat,the cat,5\na cat,a dog,2\na cat,stocks fell,0\n"


def modules_with_examples() -> list[str]:
    found = []
    for folder in ("bench", "providers"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                found.append(".".join(path.relative_to(ROOT / folder).with_suffix("").parts))
    return found


def test_examples_in_docstrings_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run in one folder with pairs.csv."""
    (tmp_path / "pairs.csv").write_text(PAIRS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    results = {name: doctest.testmod(import_module(name.removesuffix(".__init__"))) for name in modules_with_examples()}

    assert [name for name, result in results.items() if result.failed] == []
    assert results["embedmark.evaluation"].attempted > 1
