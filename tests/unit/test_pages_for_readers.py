"""The Korean README and the tutorial: their commands run, and print what they show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from embedmark.cli import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.ko.md").read_text(encoding="utf-8")
PAGES = {"README.ko.md": TEXT, "tutorial.md": (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")}
BLOCKS = re.findall(r"```\n(.*?)```", TEXT, re.S)
SBERT = re.compile(r"sbert:[\w./-]+")  # a model of the hub, which is not asked here


def commands(text: str) -> list[str]:
    """Return the command lines of a page's plain blocks."""
    lines = [line for block in re.findall(r"```\n(.*?)```", text, re.S) for line in block.splitlines()]
    return [line for line in lines if line.startswith("embedmark ")]


def typed(command: str) -> list[str]:
    """Return a command's arguments, with a model that is here and the newest run; nothing is timed."""
    arguments = [SBERT.sub("lexical?dim=64", part) for part in shlex.split(command, comments=True)[1:]]
    newest = max(Path("results").glob("*"), default=Path(), key=lambda path: path.stat().st_mtime)
    arguments = [part.replace("results/RUN", str(newest)) for part in arguments]
    for suite in Path().glob("*.yaml"):
        timed = re.compile(r"^  (throughput|latency): .*\n", re.M)
        suite.write_text(timed.sub("", suite.read_text(encoding="utf-8")), encoding="utf-8")
    return [*arguments, "--measure", "accuracy"] if arguments[:2] == ["run", "--model"] else arguments


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["sentence1", "sentence2", "score"])
    for i in range(30):
        book.active.append([f"문장 {'가' * (i % 7)}", f"글 {'나' * (i % 5)}", i % 6])
    book.save("pairs.xlsx")
    rows = [f"질문 {i},문서 {i} 내용" for i in range(12)]
    Path("questions.csv").write_text("\n".join(["query,passage", *rows]) + "\n", encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("data")
def test_commands_of_a_page_run(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = commands(PAGES[page])

    codes = {command: main.run(typed(command)) for command in found}

    assert len(found) > 4
    assert codes == dict.fromkeys(found, 0), capsys.readouterr().err


@pytest.mark.usefixtures("data")
def test_matrix_is_the_one_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = [line for line in commands(TEXT) if line.startswith("embedmark similarity")]

    main.run(shlex.split(command)[1:])

    out = capsys.readouterr().out
    shown = next(block for block in BLOCKS if block.startswith("lexical: "))
    assert shown in "\n".join(line.rstrip() for line in out.splitlines()) + "\n"


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not link.startswith("http")]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
