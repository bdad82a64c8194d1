"""Any text comes back from a file as it went in."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from embedmark.datasets import Columns, PairDataset, load_file

UNTIMED = settings(deadline=None)  # files are written, on machines that are busy
CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
LINE = st.text(st.characters(exclude_characters="\0\t\r\n", exclude_categories=["Cs"]))
SCORE = st.floats(allow_nan=False, allow_infinity=False)


def rows(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str, float]]]:
    return st.lists(st.tuples(cell, cell, SCORE), min_size=2, max_size=8)


def load(text: str, ending: str, **options: Columns | str) -> PairDataset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        path.write_bytes(text.encode())
        return load_file(path, name="x", **options)


def content(data: PairDataset) -> list[tuple[str, str, float]]:
    return list(zip(data.sentence1, data.sentence2, data.gold.tolist(), strict=True))


def written(pairs: list[tuple[str, str, float]], delimiter: str, header: bool) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([("sentence1", "sentence2", "score"), *pairs] if header else pairs)
    return out.getvalue()


@UNTIMED
@given(rows(LINE), st.sampled_from(["\n", "\r\n"]))
def test_tsv(pairs: list[tuple[str, str, float]], end: str) -> None:
    lines = ["sentence1\tsentence2\tscore", *(f"{a}\t{b}\t{s!r}" for a, b, s in pairs)]
    assert content(load(end.join(lines), "tsv")) == pairs


@UNTIMED
@given(rows(LINE))
def test_tsv_with_the_score_first_and_no_header(pairs: list[tuple[str, str, float]]) -> None:
    text = "".join(f"{s!r}\t{a}\t{b}\n" for a, b, s in pairs)
    assert content(load(text, "tsv", columns=Columns(2, 3, 1))) == pairs


@UNTIMED
@given(rows(CELL), st.booleans())
def test_csv(pairs: list[tuple[str, str, float]], header: bool) -> None:
    text = "\ufeff" + written(pairs, ",", header)
    assert content(load(text, "csv", columns=None if header else Columns(1, 2, 3))) == pairs


@UNTIMED
@given(rows(CELL))
def test_quoted_tsv(pairs: list[tuple[str, str, float]]) -> None:
    assert content(load(written(pairs, "\t", True), "tsv", quoting="minimal")) == pairs


@UNTIMED
@given(rows(st.text(st.characters(exclude_categories=["Cs"]))), st.booleans())
def test_jsonl(pairs: list[tuple[str, str, float]], ascii_only: bool) -> None:
    lines = [json.dumps({"sentence1": a, "sentence2": b, "score": s}, ensure_ascii=ascii_only) for a, b, s in pairs]
    assert content(load("\n".join(lines), "jsonl")) == pairs


@UNTIMED
@given(rows(LINE))
def test_every_format_has_the_same_hash(pairs: list[tuple[str, str, float]]) -> None:
    lines = ["sentence1\tsentence2\tscore", *(f"{a}\t{b}\t{s!r}" for a, b, s in pairs)]
    tsv = load("\n".join(lines), "tsv")
    assert tsv.sha256 == load(written(pairs, ",", True), "csv").sha256
