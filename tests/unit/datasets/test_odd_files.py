"""Files as people have them: each is read for what it is, or refused with a remedy that works when it is typed."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.datasets import load_file
from embedmark.datasets.columns import Columns
from embedmark.errors import DatasetError

HEAD = "sentence1,sentence2,score\n"
ROWS = [{"sentence1": "a", "sentence2": "b", "score": 1.0}, {"sentence1": "c", "sentence2": "d", "score": 2.0}]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "head",
    [
        " sentence1 , sentence2,score \n",
        "sentence1\u00a0,sentence2,score\n",
        "\ufeff\ufeff" + HEAD,
        "\u200bsentence1\u2060,sentence2,score\n",
    ],
)
def test_blanks_and_marks_around_a_column_s_name_are_noted(tmp_path: Path, head: str) -> None:
    data = load_file(written(tmp_path, "a.csv", head + "a,b,1\nc,d,2\n"), name="x")

    assert data.sentence1 == ("a", "c")
    assert "names of columns have blanks or invisible characters" in str(data.notes)


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("# made by a tool\n# in 2026\n" + HEAD + "a,b,1\nc,d,2\n", {"skip_lines": 2}),
        ("My survey,,\n" + HEAD + "a,b,1\nc,d,2\n", {"skip_lines": 1}),
        ("sentence1^sentence2^score\na^b^1\nc^d^2\n", {"delimiter": "^"}),
        ("sentence1:sentence2:score\na:b:1\nc:d:2\n", {"delimiter": ":"}),
    ],
)
def test_remedy_of_a_table_works_when_it_is_typed(tmp_path: Path, content: str, keys: dict[str, Any]) -> None:
    path = written(tmp_path, "a.csv", content)
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    typed = re.search(r"add `([^`]+)`", str(caught.value.hint))

    assert typed is not None
    assert yaml.safe_load(typed[1]) == keys
    assert load_file(path, name="x", **keys).gold.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("score", ["4/5", "１.５", "٣", "²", "3 stars"])
def test_numbers_in_other_ways_of_writing_are_not_given_ranks(tmp_path: Path, score: str) -> None:
    """`labels: {100%: 0, 50%: 1}` would turn the order round."""
    with pytest.raises(DatasetError, match="not a finite number") as caught:
        load_file(written(tmp_path, "a.csv", f"{HEAD}a,b,{score}\nc,d,100%\n"), name="x")
    assert "labels" not in str(caught.value.hint)


@pytest.mark.parametrize(
    ("content", "n"),
    [
        ({"version": 1, "data": {"rows": ROWS}}, 2),
        ({"features": [{"name": "sentence1"}], "rows": ROWS}, 2),
        ({"meta": {"by": "me"}, "pairs": ROWS}, 2),
    ],
)
def test_rows_are_found_inside_an_object(tmp_path: Path, content: object, n: int) -> None:
    assert len(load_file(written(tmp_path, "a.json", json.dumps(content)), name="x")) == n


def test_several_lists_of_rows_are_never_read_side_by_side(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", json.dumps({"train": ROWS, "test": ROWS}))
    with pytest.raises(DatasetError, match=r"several lists of rows: train \(2\), test \(2\)"):
        load_file(path, name="x")


def test_texts_in_a_list_are_named_by_their_place(tmp_path: Path) -> None:
    rows = [{"texts": ["a man walks", "b"], "label": 1}, {"texts": ["c man walks", "d"], "label": 2}]
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    assert "`columns: {sentence1: texts.0, sentence2: texts.1, score: label}`" in str(caught.value.hint)
    columns = Columns(sentence1="texts.0", sentence2="texts.1", score="label")
    assert load_file(path, name="x", columns=columns).sentence2 == ("b", "d")


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("<!DOCTYPE html>\n<html><body>404</body></html>\n", "a web page", "the file itself"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n", "a pointer of git-lfs", "git lfs pull"),
        (",\n".join(map(json.dumps, ROWS * 5)), "not valid JSON", "one whole object on every line"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_what_a_failed_download_leaves_is_named(
    tmp_path: Path, name: str, content: str, message: str, hint: str
) -> None:
    if content.startswith("{") and name == "a.csv":
        pytest.skip("braces are text in a CSV file")
    with pytest.raises(DatasetError, match=message) as caught:
        load_file(written(tmp_path, name, content), name="x")
    assert hint in str(caught.value.hint)
    assert "on_bad_row" not in str(caught.value.hint)


def parquet(**columns: Any) -> bytes:
    pyarrow, writer = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    sink = io.BytesIO()
    names, arrays = list(columns), [pyarrow.array(values) for values in columns.values()]
    table = pyarrow.table(arrays, names=[name.removesuffix("_") for name in names])
    writer.write_table(table, sink)
    return sink.getvalue()


def test_bytes_of_a_parquet_file_that_are_utf_8_are_texts(tmp_path: Path) -> None:
    content = parquet(sentence1=["가".encode(), b"c"], sentence2=["b", "d"], score=[1.0, 2.0])
    assert load_file(written(tmp_path, "a.parquet", content), name="x").sentence1 == ("가", "c")


def test_column_that_a_parquet_file_has_twice_is_named(tmp_path: Path) -> None:
    content = parquet(sentence1=["a", "c"], sentence2=["b", "d"], score=[1.0, 2.0], score_=[2.0, 1.0])
    with pytest.raises(DatasetError, match="the column 'score' twice"):
        load_file(written(tmp_path, "a.parquet", content), name="x")


def test_another_sheet_is_offered(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    with pandas.ExcelWriter(path) as writer:
        pandas.DataFrame({"note": ["hello"]}).to_excel(writer, sheet_name="About", index=False)
        pandas.DataFrame(ROWS).to_excel(writer, sheet_name="Data", index=False)
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    assert "`sheet: 2`" in str(caught.value.hint)
    assert len(load_file(path, name="x", sheet=2)) == 2


def test_judgments_in_a_sheet_are_not_offered_as_pairs(tmp_path: Path) -> None:
    """Their ids would be scored as if they were sentences."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("openpyxl")
    path = tmp_path / "a.xlsx"
    numbers = range(12)
    sheets = (
        {"id": [f"q{i}" for i in numbers], "text": [f"What is {i}?" for i in numbers]},
        {"id": [f"d{i}" for i in numbers], "text": [f"It is {i}." for i in numbers]},
        {"query-id": [f"q{i}" for i in numbers], "corpus-id": [f"d{i}" for i in numbers], "score": [1] * 12},
    )
    with pandas.ExcelWriter(path) as writer:
        for number, columns in enumerate(sheets, start=1):
            pandas.DataFrame(columns).to_excel(writer, sheet_name=f"Sheet{number}", index=False)
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    hint = "add `kind: retrieval` and `sheet: {queries: 1, corpus: 2, qrels: 3}`"
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.db", b"SQLite format 3\0" + bytes(100), "an SQLite database"),
        ("a.csv", b"%PDF-1.4\n", "a PDF"),
        ("a.npy", b"\x93NUMPY\x01\0", "a NumPy array"),
        ("a.pkl", b"\x80\x04\x95", "a Python pickle"),
        ("a.csv", b"<?xml version='1.0'?><a/>", "XML"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(DatasetError, match=f"this is {what} and not a table"):
        load_file(tmp_path / name, name="x")


@pytest.mark.parametrize("orient", ["split", "index", "table", "records", "columns"])
def test_every_form_of_pandas_json_is_read(tmp_path: Path, orient: str) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"sentence1": ["a", "b", "c"], "sentence2": ["d", "e", "f"], "score": [0.5, 1.0, 2.5]})
    frame.to_json(tmp_path / "a.json", orient=orient)

    data = load_file(tmp_path / "a.json", name="x")

    assert data.sentence2 == ("d", "e", "f")
    assert data.gold.tolist() == [0.5, 1.0, 2.5]


def test_comma_between_thousands_is_no_decimal_comma(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('sentence1,sentence2,score\na,b,"1,000"\nc,d,"12,500"\n', encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")

    assert "between thousands" in str(caught.value.hint)
    assert "decimal:" not in str(caught.value.hint)


def test_percent_is_hundredths_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sentence1,sentence2,score\na,b,80%\nc,d,5 %\n", encoding="utf-8")

    data = load_file(path, name="x")

    assert data.gold.tolist() == [0.8, 0.05]
    assert "2 scores are written in percent" in " ".join(data.notes)


def test_percent_beside_other_scores_is_said(tmp_path: Path) -> None:
    data = load_file(written(tmp_path, "a.csv", HEAD + "a,b,0.5\nc,d,80%\ne,f,90\n"), name="x")

    assert "other scores are not in percent: check that all are on one scale" in data.notes


def test_minus_sign_and_full_width_percent_are_read(tmp_path: Path) -> None:
    data = load_file(written(tmp_path, "a.csv", HEAD + "a,b,1.5\nc,d,\u22120.5\ne,f,80\uff05\n"), name="x")

    assert data.gold.tolist() == [1.5, -0.5, 0.8]


def test_full_width_digits_are_told_in_plain_digits(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.csv", HEAD + "a,b,\uff11\uff0e\uff15\nc,d,2\n"), name="x")

    assert "write the number in plain digits: 1.5" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["similar", "다름"], ["다름", "similar"]),
        (["상", "중", "하"], ["하", "중", "상"]),
        (["유사", "비유사"], ["비유사", "유사"]),
        (["same", "similar", "not similar"], ["not similar", "similar", "same"]),
        (["O", "X"], ["X", "O"]),
    ],
)
def test_labels_are_proposed_in_their_order(tmp_path: Path, words: list[str], expected: list[str]) -> None:
    rows = "".join(f"a{i},b{i},{word}\n" for i, word in enumerate(words * 2))

    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.csv", HEAD + rows), name="x")

    (labels,) = re.findall(r"`labels: ([^`]*)`", str(caught.value.hint))
    assert yaml.safe_load(labels) == {word: i for i, word in enumerate(expected)}


@pytest.mark.parametrize(("cell", "unit"), [("3.5점", "점"), ("4/5", "/5"), ("2 pts", "pts")])
def test_number_with_a_unit_is_told_without_it(tmp_path: Path, cell: str, unit: str) -> None:
    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.csv", HEAD + f"a,b,{cell}\nc,d,{cell}\n"), name="x")

    assert f"write the number alone: {cell.removesuffix(unit).strip()} without {unit!r}" in str(caught.value.hint)


def test_json_lines_with_commas_between_them_say_so(tmp_path: Path) -> None:
    content = ",\n".join(map(json.dumps, ROWS))

    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.jsonl", content), name="x")

    assert "remove the comma at the end of each line, or put [ and ] around all of them" in str(caught.value.hint)


def test_sheet_with_merged_header_is_answered_with_numbers(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    head = [["Study"], ["No.", "Sentence", None, "Score"], [None, "first", "second", None]]
    for row in [*head, [1, "a b", "c d", 1.5], [2, "e f", "g h", 4.5], [3, "i j", "k l", 1.5]]:
        book.active.append(row)
    book.active.merge_cells("B2:C2")
    book.save(tmp_path / "a.xlsx")

    with pytest.raises(DatasetError) as caught:
        load_file(tmp_path / "a.xlsx", name="x")

    typed = {key: yaml.safe_load(value) for key, value in re.findall(r"`([a-z_]+): ([^`]*)`", str(caught.value.hint))}
    data = load_file(tmp_path / "a.xlsx", name="x", columns=Columns(**typed["columns"]), skip_lines=typed["skip_lines"])
    assert (data.sentence2, data.gold.tolist()) == (("c d", "g h", "k l"), [1.5, 4.5, 1.5])


def test_korean_name_in_a_zip_of_windows_is_shown_as_it_is(tmp_path: Path) -> None:
    """Windows writes names in the system's encoding, without the mark of UTF-8."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in ("AAAA.csv", "BB.csv"):
            archive.writestr(name, HEAD + "a,b,1\nc,d,2\n")
    data = sink.getvalue().replace(b"AAAA", "한글".encode("cp949")).replace(b"BB", "둘".encode("cp949"))
    path = written(tmp_path, "a.zip", data)

    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")

    assert "a.zip/한글.csv`" in str(caught.value.hint)
    assert len(load_file("a.zip/한글.csv", name="x", folder=tmp_path)) == 2


def test_training_table_is_answered_with_its_positive(tmp_path: Path) -> None:
    content = "query,positive,negative\nrain?,it rains today,it snows on the hill\nfood?,a stew,a football match\n"

    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.csv", content), name="x")

    assert "`columns: {query: query, passage: positive}`" in str(caught.value.hint)


def test_table_with_a_header_is_not_looked_for_below_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        load_file(written(tmp_path, "a.csv", "id,text\nd1,it rains\nd2,a stew\nd3,a match\n"), name="x")

    assert "skip_lines" not in str(caught.value.hint)
