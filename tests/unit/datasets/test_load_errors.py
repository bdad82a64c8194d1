"""Bad files: one error each, with the place and the remedy. Every case states all three."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import Columns, load_file
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import Write

HEAD = "sentence1\tsentence2\tscore\n"
NUMBERS = Columns(1, 2, 3)


def failure(path: Path, **options: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="mine", **options)
    assert caught.value.where is not None
    assert caught.value.where.startswith(str(path))
    assert caught.value.exit_code == 2
    return caught.value


CASES = {
    "empty": ("a.tsv", "", {}, "is empty", "", "two pairs"),
    "spaces only": ("a.csv", " \r\n\n", {}, "is empty", "", "two pairs"),
    "byte order mark only": ("a.jsonl", "\ufeff", {}, "is empty", "", "two pairs"),
    "header only": ("a.tsv", HEAD, {}, "nothing below it", "", "two pairs"),
    "header only, csv": ("a.csv", "sentence1,sentence2,score", {}, "nothing below it", "", "two pairs"),
    "one pair": ("a.tsv", HEAD + "a\tb\t1\n", {}, "one pair only", "", "two pairs or more"),
    "one pair, numbered": ("a.tsv", "a\tb\t1\n", {"columns": NUMBERS}, "one pair only", "", "two pairs or more"),
    "too few": ("a.tsv", HEAD + "a\tb\t1\nc\td\n", {}, "line 3 has 2 fields where the header line has 3", ":3", "tab"),
    "too many": ("a.tsv", HEAD + "a\tb\t1\t\nc\td\t1\n", {}, "line 2 has 4 fields", ":2", "a tab too many or too few"),
    "several ragged": ("a.tsv", HEAD + "a\tb\n" * 4, {}, "(3 more lines are like that)", ":2", "tab"),
    "ragged, numbered": (
        "a.tsv",
        "a\tb\t1\nc\td\t1\te\n",
        {"columns": NUMBERS},
        "line 2 has 4 fields where the first line has 3",
        ":2",
        "tab",
    ),
    "ragged by quotes": ("a.tsv", HEAD + 'a\t"b\nc"\t1\nd\te\t2\n', {}, "line 2 has 2", ":2", "`quoting: minimal`"),
    "blank line inside": ("a.tsv", HEAD + "a\tb\t1\n\nc\td\t2\n", {}, "line 3 is blank", ":3", "remove the blank line"),
    "blank line inside, csv": (
        "a.csv",
        "sentence1,sentence2,score\na,b,1\n\nc,d,2\n",
        {},
        "line 3 is blank",
        ":3",
        "remove the blank line",
    ),
    "comma unquoted": ("a.csv", "sentence1,sentence2,score\na,b,c,1\n", {}, "4 fields", ":2", "in double quotes"),
    "line after a multi-line cell": (
        "a.csv",
        'sentence1,sentence2,score\n"a\n\nb",c,1\nd,e\n',
        {},
        "line 5 has 2 fields",
        ":5",
        "double quotes",
    ),
    "ragged after swallowing": (
        "a.csv",
        'sentence1,sentence2,score\n"a,b,1\nc,d,2\ne",f\n',
        {},
        "line 2 has 2 fields",
        ":2",
        "in double quotes",
    ),
    "quote never closed": (
        "a.csv",
        'sentence1,sentence2,score\na,b,1\n"c,d,2\ne,f,3\n',
        {},
        "a quote is opened and never closed",
        ":3",
        "`quoting: none`",
    ),
    "text after a quote": (
        "a.csv",
        'sentence1,sentence2,score\n"a"b,c,1\n',
        {},
        "text follows a closing quote",
        ":2",
        "`quoting: none`",
    ),
    "a huge cell": ("a.csv", 'sentence1,sentence2,score\n"' + "a " * 70_000, {}, "never closed", ":2", "quote"),
    "lone carriage returns": (
        "a.tsv",
        (HEAD + "a\tb\t1\n").replace("\n", "\r"),
        {},
        "lone carriage return",
        "",
        "LF or CRLF",
    ),
    "column missing": (
        "a.tsv",
        "sentence1\tsentence2\tgold\na\tb\t1\n",
        {},
        "no column 'score'",
        ":1",
        "its columns are sentence1, sentence2, gold",
    ),
    "another case": ("a.tsv", "Sentence1\tsentence2\tscore\n", {}, "'sentence1'", ":1", "did you mean 'Sentence1'?"),
    "another normal form": (
        "a.tsv",
        unicodedata.normalize("NFD", "문장") + "\tb\tscore\n",
        {"columns": Columns("문장", "b", "score")},
        "no column '문장'",
        ":1",
        "decomposed (NFD)",
    ),
    "no header line": ("a.tsv", "a\tb\t1.5\nc\td\t2\n", {}, "'sentence1'", ":1", "numbers counted from 1"),
    "header line doubled": (
        "a.tsv",
        "sentence1\tscore\tscore\na\t1\t2\n",
        {"columns": Columns("sentence1", "sentence2", "score")},
        "no column 'sentence2'",
        ":1",
        "its columns are",
    ),
    "wanted name twice": (
        "a.tsv",
        "sentence1\tsentence2\tscore\tscore\na\tb\t1\t2\n",
        {},
        "has the column 'score' twice",
        ":1",
        "rename one of them",
    ),
    "number beyond": ("a.tsv", "a\tb\t1\n", {"columns": Columns(1, 2, 4)}, "no column 4", ":1", "numbered 1 to 3"),
    "tabs in what is called csv": (
        "a.csv",
        "a\tb\t1\nc\td\t2\n",
        {"columns": NUMBERS, "format": "csv"},
        "no column 2",
        ":1",
        "`format: tsv`",
    ),
    "tabs and commas": ("a.csv", "a,\tb,1\na\tb\n", {"columns": NUMBERS}, "line 2", ":2", "double quotes"),
    "commas in what is called tsv": (
        "a.tsv",
        "sentence1,sentence2,score\na,b,1\n",
        {"format": "tsv"},
        "'sentence1'",
        ":1",
        "`format: csv`",
    ),
    "semicolons, and another column": ("a.csv", "sentence1;sentence2;gold\na;b;1\n", {}, "'score'", ":1", "name"),
    "score is a word": ("a.tsv", HEAD + "a\tb\thigh\n", {}, "score 'high'", ":2, column score", "finite number"),
    "score is nan": ("a.tsv", HEAD + "a\tb\t1\nc\td\tnan\n", {}, "score 'nan'", ":3, column score", "finite number"),
    "score is inf": ("a.tsv", HEAD + "a\tb\t-inf\n", {}, "score '-inf'", ":2, column score", "finite number"),
    "score overflows": ("a.tsv", HEAD + "a\tb\t1e999\n", {}, "score '1e999'", ":2, column score", "finite number"),
    "score with a comma": ("a.tsv", HEAD + "a\tb\t3,5\n", {}, "score '3,5'", ":2, column score", "decimal point"),
    "score with an underscore": ("a.tsv", HEAD + "a\tb\t1_0\n", {}, "score '1_0'", ":2, column score", "finite number"),
    "score is missing": ("a.tsv", HEAD + "a\tb\t\n", {}, "score ''", ":2, column score", "is missing"),
    "score in quotes": ("a.tsv", HEAD + 'a\tb\t"3"\n', {}, "score '\"3\"'", ":2, column score", "`quoting: minimal`"),
    "header under numbers": (
        "a.tsv",
        HEAD + "a\tb\t1\n",
        {"columns": NUMBERS},
        "score 'score'",
        ":1, column 3",
        "give its names instead of numbers",
    ),
    "a long score": ("a.tsv", HEAD + "a\tb\t" + "x" * 500, {}, "x...'", ":2, column score", "finite number"),
    "a NUL": ("a.tsv", HEAD + "a\tb\0\t1\nc\td\t2\n", {}, "NUL byte", ":2", "remove it"),
    "no ending": ("pairs", HEAD, {}, "nothing below it", "", "two pairs"),
    "text in a file called xlsx": ("a.xlsx", HEAD, {}, "nothing below it", "", "two pairs"),
    "unknown format": ("a.tsv", HEAD, {"format": "tvs"}, "format 'tvs'", "", "did you mean 'tsv'?"),
    "unknown quoting": ("a.tsv", HEAD, {"quoting": "all"}, "quoting 'all'", "", "none, minimal, spaced"),
    "quoting for jsonl": ("a.jsonl", "{}", {"quoting": "none"}, "does not apply", "", "remove `quoting`"),
    "numbers for jsonl": ("a.jsonl", "{}", {"columns": NUMBERS}, "JSONL has keys", ":1", "name them"),
    "unknown encoding": ("a.tsv", HEAD, {"encoding": "cp499"}, "encoding 'cp499'", "", "did you mean 'cp949'?"),
    "encoding of host names": ("a.tsv", HEAD, {"encoding": "idna"}, "encoding 'idna'", "", "Python's"),
    "encoding with a NUL": ("a.tsv", HEAD, {"encoding": "a\0b"}, "unknown encoding", "", "Python's"),
    "not a text encoding": ("a.tsv", HEAD, {"encoding": "hex"}, "encoding 'hex'", "", "Python's"),
}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_a_bad_file(write: Write, case: str) -> None:
    name, content, options, message, place, hint = CASES[case]
    path = write(name, content)
    error = failure(path, **options)
    assert message in error.message
    assert error.where == f"{path}{place}"
    assert hint in (error.hint or "")


def test_no_such_file(write: Write, tmp_path: Path) -> None:
    write("my_pairs.tsv", HEAD)
    error = failure(tmp_path / "my-pairs.tsv")
    assert error.message == "there is no such data file"
    assert error.hint == "did you mean 'my_pairs.tsv'?"
    assert "check the path" in (failure(tmp_path / "else.tsv").hint or "")


def test_no_such_folder(tmp_path: Path) -> None:
    assert "does not exist either" in (failure(tmp_path / "nowhere" / "a.tsv").hint or "")


def test_a_file_where_a_folder_should_be(write: Write) -> None:
    assert failure(write("a.tsv", HEAD) / "b.tsv").message == "there is no such data file"


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "d.tsv").mkdir()
    assert failure(tmp_path / "d.tsv").message == "the data file is a folder"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.tsv")
    assert failure(tmp_path / "p.tsv").message == "the data file is not a plain file"


def test_a_file_that_may_not_be_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    path = write("a.tsv", HEAD)
    monkeypatch.setattr(Path, "read_bytes", refuse)  # a mode of 0 does not keep root out
    error = failure(path)
    assert error.message == "the data file cannot be read: Permission denied"


def test_a_path_with_a_nul() -> None:
    assert "cannot be read" in failure(Path("a\0b.tsv")).message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((1, 2, "score"), "mixes names and numbers"),
        ((0, 1, 2), "counted from 1"),
        ((-1, 1, 2), "counted from 1"),
        ((True, 2, 3), "is True"),
        ((1.0, 2, 3), "is 1.0"),
        (("a", "a", "b"), "one column twice"),
        ((1, 2, 2), "one column twice"),
        (("", "a", "b"), "empty name"),
    ],
)
def test_columns_that_cannot_be(values: tuple[str | int, ...], message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        Columns(*values)
    assert caught.value.hint


def test_unused_columns_may_share_a_name(write: Write) -> None:
    path = write("a.tsv", "\t\tsentence1\tsentence2\tscore\n0\t0\ta\tb\t1\n1\t1\tc\td\t2\n")
    assert load_file(path, name="x").sentence1 == ("a", "c")
