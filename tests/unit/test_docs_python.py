"""docs/python.md and the example notebook run as they are."""

from __future__ import annotations

import ast
import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import embedmark as em

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("embedmark.machine.pace.pace_file", lambda: tmp_path / "machine.json")
    return tmp_path


def show(code: str, names: dict[str, Any]) -> Any:
    """Run a cell; return the value of its last line, as a notebook shows it."""
    *before, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        exec(code, names)
        return None
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_the_page_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}

    for block in re.findall(r"```python\n(.*?)```", page, re.S):
        show(block, names)

    first = page.partition("```python\n")[2].partition("```")[0]
    assert len([line for line in first.splitlines() if line]) == 3, "a whole run is three lines"
    said = capsys.readouterr().out
    assert "ko-sample, " in said
    assert "did you mean 'lexical'?" in said
    assert names["run"].status == "complete"


def test_the_page_names_every_export() -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")

    assert [name for name in em.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_the_notebook_runs_inside_a_running_loop() -> None:
    notebook = json.loads((ROOT / "examples/notebook.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]

    async def kernel() -> list[Any]:
        names: dict[str, Any] = {}
        return [show(cell, names) for cell in cells]

    shown = asyncio.run(kernel())

    assert "<table>" in shown[0]._repr_html_()
    assert set(shown[1]["provider"]) == {"words", "short"}
    assert "<table>" in shown[3]._repr_html_()
    assert shown[4].broken == ()
    assert not any(cell.get("outputs") for cell in notebook["cells"]), "outputs are left out of the repository"
