"""Files that are as they should be, however they are written."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embedmark.datasets import Columns, load_file

if TYPE_CHECKING:
    from conftest import Write

ROWS = [("A cat.", "A dog.", 1.25), ("고양이", "강아지 한 마리", 3.0), ("", " ", -0.5)]
TSV = "".join(f"{a}\t{b}\t{s}\n" for a, b, s in [("sentence1", "sentence2", "score"), *ROWS])


def check(path: Path, **options: object) -> None:
    data = load_file(path, name="mine", **options)
    assert list(zip(data.sentence1, data.sentence2, data.gold.tolist(), strict=True)) == ROWS
    assert data.pair_ids == ("1", "2", "3")
    assert data.gold.dtype == np.float64
    assert data.name == "mine"
    assert data.source == str(path)
    assert data.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert data.notes == ("2 of 6 sentences are blank; they are kept",)
    assert len(data) == 3


@pytest.mark.parametrize(
    "text",
    [
        TSV,
        TSV.removesuffix("\n"),
        TSV + "\n\n \n",
        TSV.replace("\n", "\r\n"),
        TSV.replace("\n", "\r\n") + "\r\n",
        "\ufeff" + TSV,
    ],
    ids=["lf", "no last line end", "blank lines at the end", "crlf", "crlf and a blank line", "byte order mark"],
)
def test_tsv(write: Write, text: str) -> None:
    check(write("a.tsv", text))


@pytest.mark.parametrize("name", ["a.csv", "A.CSV"])
def test_csv(write: Write, name: str) -> None:
    check(write(name, TSV.replace("\t", ",")))
    check(write(name, "\ufeff" + TSV.replace("\t", ",").replace("\n", "\r\n") + "\r\n"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson"])
def test_jsonl(write: Write, name: str) -> None:
    lines = [json.dumps({"score": s, "sentence2": b, "sentence1": a, "more": [None]}) for a, b, s in ROWS]
    check(write(name, "\r\n".join(lines) + "\n\n"))
    check(write(name, "\ufeff" + "\n".join(lines)))


def test_named_columns_in_any_order(write: Write) -> None:
    text = "gold\tid\tb\ta\n" + "".join(f"{s}\t9\t{b}\t{a}\n" for a, b, s in ROWS)
    check(write("a.tsv", text), columns=Columns("a", "b", "gold"))
    lines = "\n".join(json.dumps({"문장": a, "b": b, "s": s}) for a, b, s in ROWS)
    check(write("a.jsonl", lines), columns=Columns("문장", "b", "s"))


def test_numbered_columns_say_that_there_is_no_header(write: Write) -> None:
    text = "".join(f"x\t{s}\t{a}\t{b}\n" for a, b, s in ROWS)
    check(write("a.tsv", text), columns=Columns(3, 4, 2))
    check(write("a.txt", text), columns=Columns(3, 4, 2), format="tsv")
    check(write("a.csv", "\ufeff" + text.replace("\t", ",")), columns=Columns(3, 4, 2))


def test_a_home_folder_is_expanded(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.tsv", TSV)
    monkeypatch.setenv("HOME", str(path.parent))
    assert len(load_file(Path("~/a.tsv"), name="mine")) == 3


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-16-le", "utf-8-sig"])
def test_an_encoding_that_is_named(write: Write, encoding: str) -> None:
    check(write("a.tsv", TSV.encode(encoding)), encoding=encoding)


def test_a_quoted_csv_cell_holds_anything(write: Write) -> None:
    text = 'sentence1,sentence2,score\n"a, b","say ""no""",1\n"two\nlines","crlf\r\nkept",2\n5" pipe,,3\n'
    data = load_file(write("a.csv", text), name="x")
    assert data.sentence1 == ("a, b", "two\nlines", '5" pipe')
    assert data.sentence2 == ('say "no"', "crlf\r\nkept", "")


def test_quotes_in_tsv_are_text_unless_quoting_says_otherwise(write: Write) -> None:
    path = write("a.tsv", 'sentence1\tsentence2\tscore\n"a"\t"b"\t1\n"c"\t"d ""e"""\t2\n')
    plain = load_file(path, name="x")
    assert plain.sentence1 == ('"a"', '"c"')
    assert any("2 of 2 first sentences are in double quotes" in note for note in plain.notes)
    quoted = load_file(path, name="x", quoting="minimal")
    assert (quoted.sentence1, quoted.sentence2, quoted.notes) == (("a", "c"), ("b", 'd "e"'), ())
    csv = write("a.csv", 'sentence1,sentence2,score\n"a,b,1\nc,d",2\n')
    assert load_file(csv, name="x", quoting="none").sentence1 == ('"a', "c")


def test_rows_that_default_quoting_would_lose_are_noted(write: Write) -> None:
    path = write("a.tsv", 'sentence1\tsentence2\tscore\na\t"open\t1\nb\tc\t2\nd\te"\t3\nf\tg\t4\n')
    data = load_file(path, name="x")
    assert data.sentence2 == ('"open', "c", 'e"', "g")
    (note,) = data.notes
    # The quote swallows three lines into the cell of one row.
    assert note.startswith("4 rows, read without quoting; tools that read this file with csv's default quoting keep 2 ")


def test_a_quote_that_swallows_the_file_is_noted(write: Write) -> None:
    body = "".join(f"{'long ' * 1000}\tb\t{n}\n" for n in range(40))
    data = load_file(write("a.tsv", f'sentence1\tsentence2\tscore\n"open\tb\t1\n{body}'), name="x")
    # Which of the two depends on the limit that Python's csv has for a cell, and that a process may have raised.
    assert re.search("default quoting (stop with an error|keep 0 rows)", data.notes[0])


def test_no_note_where_quoting_makes_no_difference(write: Write) -> None:
    path = write("a.tsv", 'sentence1\tsentence2\tscore\n5" pipe\tb\t1\nc\td\t2\n')
    assert load_file(path, name="x").notes == ()


def test_unicode_is_kept_as_it_is(write: Write) -> None:
    nfd, nfc = unicodedata.normalize("NFD", "한국어 é"), "한국어 é"
    odd = "a\u2028b\x85c\x0bd\x1ce\u00a0"
    data = load_file(write("a.tsv", f"sentence1\tsentence2\tscore\n{nfd}\t{nfc}\t1\n{odd}\t😀\u200d\t2\n"), name="x")
    assert data.sentence1 == (nfd, odd)
    assert data.sentence2 == (nfc, "😀\u200d")


def test_the_hash_is_that_of_the_pairs_and_not_of_the_file(write: Write) -> None:
    tsv = load_file(write("a.tsv", TSV), name="one")
    csv = load_file(write("b.csv", TSV.replace("\t", ",")), name="two")
    assert tsv.sha256 == csv.sha256
    assert tsv.file_sha256 != csv.file_sha256
    other = load_file(write("c.tsv", TSV.replace("1.25", "1.26")), name="one")
    assert other.sha256 != tsv.sha256


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), (" 2.5 ", 2.5), ("-.5", -0.5), ("+3.", 3.0), ("1e-3", 0.001)])
def test_ways_to_write_a_score(write: Write, text: str, value: float) -> None:
    data = load_file(write("a.tsv", f"sentence1\tsentence2\tscore\na\tb\t{text}\nc\td\t0\n"), name="x")
    assert data.gold.tolist() == [value, 0.0]
