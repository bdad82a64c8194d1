"""A page that another matplotlib drew, or without the dataset at hand, is not an edited page; an edited one is."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from embedmark.cli.main import run
from embedmark.report import surroundings
from embedmark.report.surroundings import sealed
from embedmark.runs.derived import write_derived
from embedmark.version import __version__
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


def test_tiny_shift_of_a_coordinate_is_not_a_finding(folder: Path) -> None:
    """Another CPU sums in another order: the last digits of what is drawn differ."""
    page = folder / "report.html"
    text = page.read_text("utf-8")
    number = re.search(r"\d+\.\d{3,}", text[text.index("<svg") :])
    assert number
    moved = text.replace(number.group(), f"{float(number.group()) + 1e-6:.7f}")
    assert moved != text

    page.write_text(moved, encoding="utf-8")

    assert run(["verify", str(folder)]) == 0


def test_a_point_that_moved_is_a_finding(folder: Path) -> None:
    page = folder / "report.html"
    text = page.read_text("utf-8")
    number = re.search(r"\d+\.\d{3,}", text[text.index("<svg") :])
    assert number

    page.write_text(text.replace(number.group(), f"{float(number.group()) + 3:.6f}"), encoding="utf-8")

    assert run(["verify", str(folder)]) == 1


def test_figures_as_drawn_are_not_drawn_again(folder: Path) -> None:
    code = (
        "import sys; from embedmark.cli.main import run; code = run(sys.argv[1:]); "
        "print(code, {'matplotlib', 'scipy.stats', 'scipy.optimize'} & set(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, "verify", str(folder)], capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1] == "0 set()"


def test_the_description_of_a_figure_is_checked(folder: Path) -> None:
    page = folder / "report.html"
    text = page.read_text("utf-8")
    label = re.search(r'<svg[^>]* aria-label="([^"]*)"', text)
    assert label
    edited = text.replace(label.group(1), "edited")
    edited = sealed(edited)

    page.write_text(edited, encoding="utf-8")

    assert run(["verify", str(folder)]) == 1


def test_tables_of_another_version_are_not_called_edited(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _derived_by(folder, "0.1.0")
    (folder / "summary.csv").write_text("provider\n", encoding="utf-8")

    code = run(["verify", str(folder)])

    assert code == 0
    out = capsys.readouterr().out
    assert "embedmark 0.1.0 derived these tables" in out
    assert f"embedmark report {folder}" in out


def test_raw_rows_of_another_version_are_still_sealed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _derived_by(folder, "0.1.0")
    _edit_scores(folder)

    code = run(["verify", str(folder)])

    assert code == 1
    assert "scores.csv: row 1" in capsys.readouterr().out


@pytest.mark.parametrize("form", [(), ("--md",), ("--html",)])
def test_report_on_edited_rows_says_so(folder: Path, capsys: pytest.CaptureFixture[str], form: tuple[str, ...]) -> None:
    _edit_scores(folder)

    run(["report", str(folder), *form])

    said = capsys.readouterr()
    assert "seal of the raw rows is broken: scores.csv" in " ".join((said.out + said.err).split())
    assert "seal of the raw rows is broken" in (folder / "report.md").read_text("utf-8")
    assert "seal of the raw rows is broken" in (folder / "report.html").read_text("utf-8")


def _derived_by(folder: Path, version: str) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["derived_by"] == __version__
    (folder / "manifest.json").write_text(json.dumps(manifest | {"derived_by": version}), encoding="utf-8")


def _edit_scores(folder: Path) -> None:
    head, first, *rest = (folder / "scores.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "scores.csv").write_text("".join([head, first.replace("a,", "b,", 1), *rest]), encoding="utf-8")
