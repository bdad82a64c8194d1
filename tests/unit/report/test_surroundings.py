"""A page that another matplotlib drew, or without the dataset at hand, is not an edited page; an edited one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.cli.main import run
from embedmark.report import surroundings
from embedmark.runs.derived import write_derived
from tools.synthetic import FakeDataset, FakeProvider, make_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_run(tmp_path / "run", (FakeProvider("a"), FakeProvider("b", noise=2)), (FakeDataset(n_pairs=40),))
    write_derived(folder)
    return folder


def test_another_matplotlib_is_no_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = folder / "report.html"
    page.write_text(page.read_text("utf-8").replace("<svg", "<svg data-older"), encoding="utf-8")
    assert run(["verify", str(folder)]) == 1  # the same matplotlib would have drawn something else
    monkeypatch.setattr(surroundings, "version", lambda _name: "9.9.9")
    assert run(["verify", str(folder)]) == 0


def test_an_edited_number_is_a_finding_wherever_it_was_rendered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = folder / "report.html"
    text = page.read_text("utf-8")
    assert "Most accurate" in text
    page.write_text(text.replace("Most accurate", "Least accurate"), encoding="utf-8")
    assert run(["verify", str(folder)]) == 1
    monkeypatch.setattr(surroundings, "version", lambda _name: "9.9.9")
    assert run(["verify", str(folder)]) == 1
