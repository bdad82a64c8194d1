"""Cells in single, typographic or spaced quotes, and tables of Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from embedmark.datasets import load_file
from embedmark.datasets.wrapped import split_wrapped
from embedmark.errors import DatasetError
from embedmark.planning.quick import QuickRequest, plan_request

HEAD = "sentence1,sentence2,score\n"


@pytest.mark.parametrize(
    ("content", "quoting"),
    [
        (HEAD + "'a, b','it''s',1\n'c','d, e',2\n", "single"),
        (HEAD + "“a, b”,“it's”,1\n“c”,“d, e”,2\n", "curly"),
        (HEAD + '"a, b", "it\'s", 1\n"c", "d, e", 2\n', "spaced"),
    ],
)
def test_other_quotes_are_a_remedy_that_works(tmp_path: Path, content: str, quoting: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    typed = re.search(r"add `([^`]+)`", str(caught.value.hint))

    assert typed is not None
    assert yaml.safe_load(typed[1]) == {"quoting": quoting}
    read = load_file(path, name="x", quoting=quoting)
    assert (read.sentence1, read.sentence2) == (("a, b", "c"), ("it's", "d, e"))


@pytest.mark.parametrize(
    ("content", "quoting"),
    [
        (HEAD + "'a','b',1\n'c','d',2\n", "single"),
        (HEAD + "‘a’,‘b’,1\n‘c’,‘d’,2\n", "curly"),
        (HEAD + '"a", "b",1\n"c", "d",2\n', "spaced"),
    ],
)
def test_quotes_that_were_read_as_text_are_noted(tmp_path: Path, content: str, quoting: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")

    assert f"add `quoting: {quoting}`" in str(load_file(path, name="x").notes)
    assert load_file(path, name="x", quoting=quoting).sentence2 == ("b", "d")
    assert not load_file(path, name="x", quoting=quoting).notes


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("'a','b',1", ["a", "b", "1"]),
        ("'it's here', 'x', 2 ", ["it's here", "x", " 2 "]),
        ("'','',", ["", "", ""]),
        ("plain, 'quoted', ", ["plain", "quoted", " "]),
        ("'open,b,1", ["'open", "b", "1"]),
        ("'a''','b'", ["a'", "b"]),
        ("", [""]),
    ],
)
def test_a_quote_closes_only_where_a_cell_ends(line: str, cells: list[str]) -> None:
    [record] = split_wrapped(line + "\nlast", ",", "single")[:1]

    assert record.cells == cells


@pytest.mark.parametrize(
    "content",
    [
        "| sentence1 | sentence2 | score |\n|---|:---:|--:|\n| a, b | it's | 1 |\n| c | d \\| e | 2 |\n",
        "\nsentence1 | sentence2 | score\n--- | --- | ---\na, b | it's | 1\nc | d \\| e | 2\n\n",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.csv", "a.tsv", "a.txt"])
def test_a_table_of_markdown_is_read(tmp_path: Path, content: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    read = load_file(path, name="x")

    assert (read.sentence1, read.sentence2) == (("a, b", "c"), ("it's", "d | e"))
    assert read.gold.tolist() == [1.0, 2.0]
    assert read.notes == ("read as a table of Markdown",)


def test_a_row_of_dashes_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("|sentence1|sentence2|score|\n|-|-|-|\n|a|b|1|\n|-|-|-|\n", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    assert caught.value.where == f"{path}:4, column score"


def test_a_ragged_row_of_markdown_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("|sentence1|sentence2|score|\n|-|-|-|\n|a|b|1|\n|c|2|\n", encoding="utf-8")

    with pytest.raises(DatasetError, match="line 4 has 2 fields") as caught:
        load_file(path, name="x")
    assert caught.value.where == f"{path}:4"


@pytest.mark.parametrize("stem", ["-dash", "=1+1", "a\nb", "k" * 240, "\udcff", "@"])
def test_a_file_of_any_name_is_measured_without_a_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(f"{stem}.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n", encoding="utf-8")

    plan = plan_request(QuickRequest(Path(f"{stem}.tsv"), "lexical", ["accuracy"]))

    assert plan.suite.name.isprintable()
    assert 0 < len(plan.suite.name) <= 100
    assert plan.suite.name[0] not in "=+-@"
