"""Keys that say how the files of a retrieval dataset are read, and the remedies that name them."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from embedmark.datasets import RetrievalDataset
from embedmark.errors import DatasetError
from embedmark.planning.datasets import read_retrieval
from embedmark.suite import RetrievalData

CORPUS = [["id", "text"], ["d1", "it rains"], ["d2", "a stew"], ["d3", "a match"]]
QUERIES = [["id", "query"], ["q1", "rain?"], ["q2", "food?"]]
QRELS = [["query-id", "corpus-id", "score"], ["q1", "d1", 1], ["q2", "d2", 2]]
TITLE = [["Search of 2026"], [None]]
Sheets = Mapping[str, Sequence[Sequence[Any]]]


def book(path: Path, sheets: Sheets) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)


def read(folder: Path, **entry: Any) -> RetrievalDataset:
    return read_retrieval(RetrievalData.model_validate({"kind": "retrieval", **entry}), folder)


def with_typed_hints(folder: Path, **entry: Any) -> RetrievalDataset:
    """Read a dataset; where it is refused, add what the message says, as often as it takes."""
    for _ in range(3):
        try:
            return read(folder, **entry)
        except DatasetError as error:
            keys = dict(re.findall(r"`([a-z_]+): ([^`]*)`", error.hint or ""))
            if not keys:
                raise
            entry |= {key: yaml.safe_load(value) for key, value in keys.items()}
    return read(folder, **entry)


def remedy_of(folder: Path, **entry: Any) -> str:
    with pytest.raises(DatasetError) as caught:
        read(folder, **entry)
    return str(caught.value.hint)


def judged(data: RetrievalDataset) -> list[tuple[str, str, float]]:
    places = zip(data.judged_queries, data.judged_documents, data.grades, strict=True)
    return [(data.queries[q], data.documents[d], float(grade)) for q, d, grade in places]


EXPECTED = [("rain?", "it rains", 1.0), ("food?", "a stew", 2.0)]
KOREAN = {
    "안내": [["읽어 주세요"]],
    "질문": [["번호", "질문"], [1, "rain?"], [2, "food?"]],
    "문서": [["번호", "본문"], [1, "it rains"], [2, "a stew"]],
    "정답": [["질문번호", "문서번호", "점수"], [1, 1, 1], [2, 2, 2]],
}


@pytest.mark.parametrize(
    ("sheets", "entry"),
    [
        ({"corpus": CORPUS, "queries": QUERIES, "qrels": QRELS}, {"path": "a.xlsx"}),
        ({"Documents": CORPUS, "Questions": QUERIES, "Judgments": QRELS}, {"path": "a.xlsx"}),
        (KOREAN, {"path": "a.xlsx"}),
        (
            {"corpus": CORPUS, "queries": QUERIES, "qrels": QRELS},
            {"queries": "a.xlsx", "corpus": "a.xlsx", "qrels": "a.xlsx"},
        ),
        (
            {"A": CORPUS, "B": QUERIES, "C": QRELS},
            {"path": "a.xlsx", "sheet": {"queries": "B", "corpus": 1, "qrels": "C"}},
        ),
        ({"queries": QUERIES, "qrels": QRELS, "corpus": [*TITLE, *CORPUS]}, {"path": "a.xlsx"}),
        (
            {"queries": QUERIES, "corpus": CORPUS, "qrels": [*TITLE, ["Frage", "Text", "Note"], *QRELS[1:]]},
            {"path": "a.xlsx"},
        ),
    ],
)
def test_workbook_of_three_sheets(tmp_path: Path, sheets: Sheets, entry: dict[str, Any]) -> None:
    book(tmp_path / "a.xlsx", sheets)

    assert judged(with_typed_hints(tmp_path, **entry)) == EXPECTED


def test_sheets_of_no_name_are_given_by_number(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"Sheet1": QUERIES, "Sheet2": CORPUS, "Sheet3": QRELS})
    numbers = {"queries": 1, "corpus": 2, "qrels": 3}

    assert judged(read(tmp_path, path="a.xlsx", sheet=numbers)) == EXPECTED


TABLES = {
    "title": "# made 2026\n# by us\nquery,passage,score\nrain?,it rains,1\nfood?,a stew,2\n",
    "carets": "query^passage^score\nrain?^it rains^1\nfood?^a stew^2\n",
    "colons": "query:passage:score\nrain?:it rains:1\nfood?:a stew:2\n",
    "title and names": "# made 2026\n\n질문내용,정답문단,점수\nrain?,it rains,1\nfood?,a stew,2\n",
    "blanks in the header": " Query ,Passage\u200b,Score\nrain?,it rains,1\nfood?,a stew,2\n",
    "empty columns": "query,passage,score,,\nrain?,it rains,1,,\nfood?,a stew,2,,\n",
    "percent": "query,passage,score\nrain?,it rains,100%\nfood?,a stew,200%\n",
    "decimal commas": "query;passage;score\nrain?;it rains;1,0\nfood?;a stew;2,0\n",
    "words": "query,passage,label\nrain?,it rains,somewhat related\nfood?,a stew,related\nfood?,it rains,무관\n",
    "single quotes": "query,passage,score\n'rain?','it rains',1\n'food?','a stew',2\n'food?','well, it rains',0\n",
    "markdown": "| query | passage | score |\n|---|---|---|\n| rain? | it rains | 1 |\n| food? | a stew | 2 |\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_that_people_have(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text(TABLES[name], encoding="utf-8")

    found = judged(with_typed_hints(tmp_path, path="t.csv"))

    assert [one for one in found if one[2] > 0] == EXPECTED


def test_sheet_of_judgments_may_lack_a_header_line(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"corpus": CORPUS, "queries": QUERIES, "qrels": QRELS[1:]})

    assert judged(read(tmp_path, path="a.xlsx")) == EXPECTED


def test_hint_keeps_the_columns_that_are_named_already(tmp_path: Path) -> None:
    sheets = {
        "queries": [["ID", "asked"], *QUERIES[1:]], "corpus": [["ID", "answer"], *CORPUS[1:]],
        "qrels": [["Q", "D", "R"], *QRELS[1:]],
    }  # fmt: skip
    book(tmp_path / "a.xlsx", sheets)

    assert judged(with_typed_hints(tmp_path, path="a.xlsx")) == EXPECTED


def test_quoted_tsv_is_noted_or_gets_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('query\tpassage\n"rain?"\t"it ""rains"""\n')
    (tmp_path / "b.tsv").write_text('query\tpassage\n"rain?"\t"it\nrains"\n')

    assert any("in double quotes" in note for note in read(tmp_path, path="a.tsv").notes)
    assert read(tmp_path, path="a.tsv", quoting="minimal").documents == ('it "rains"',)
    assert with_typed_hints(tmp_path, path="b.tsv").documents == ("it\nrains",)


def three(folder: Path, **more: Any) -> RetrievalDataset:
    (folder / "q.csv").write_text("id,query,split\nq1,rain?,test\nq2,food?,train\n")
    (folder / "d.csv").write_text("id;text\nd1;it rains\nd2;a stew\n")
    (folder / "r.txt").write_text("q1 0 d1 1\nq2 0 d2 1\n")
    return read(folder, queries="q.csv", corpus="d.csv", qrels="r.txt", **more)


def test_where_chooses_rows_of_the_files_that_have_its_column(tmp_path: Path) -> None:
    found = three(tmp_path, where={"split": "test"}, unknown_ids="skip")

    assert found.queries == ("rain?",)
    assert len(found.documents) == 2
    assert "q.csv: 1 of 2 rows are those of `where`" in found.notes


@pytest.mark.parametrize(
    ("more", "message", "hint"),
    [
        ({"where": {"spilt": "test"}}, "there is no column 'spilt'", "did you mean 'split'?"),
        ({"where": {"split": "dev"}}, "no row has split: dev", "split has test, train"),
        ({"sheet": 2}, "sheet applies to none of these files", "remove `sheet`"),
        ({"sheet": {"queries": 2}}, "sheet does not apply to CSV", "remove `sheet`"),
    ],
)
def test_key_that_fits_no_file_is_refused(tmp_path: Path, more: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(DatasetError) as caught:
        three(tmp_path, **more)

    assert caught.value.message.startswith(message)
    assert hint in (caught.value.hint or "")


def test_split_is_noted_and_delimiter_may_be_of_one_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("query,passage,split\nrain?,it rains,test\nfood?,a stew,train\n")

    assert any("`where: {split: test}` takes one" in note for note in read(tmp_path, path="t.csv").notes)
    assert len(three(tmp_path, delimiter={"corpus": ";"})) == 2


def test_header_line_with_other_names_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "corpus.tsv").write_text("Nummer\tInhalt\nd1\tit rains\n")
    (tmp_path / "queries.tsv").write_text("q1\train?\nq2\tfood?\n")
    (tmp_path / "qrels.tsv").write_text("q1\t0\td1\t1\n")

    found = read(tmp_path, path=".", name="x")

    assert (found.queries, found.documents) == (("rain?",), ("it rains",))
    assert "corpus.tsv: its columns Nummer, Inhalt are read as an id and a text" in found.notes


def test_folder_of_korean_names_in_any_form_and_of_sheets(tmp_path: Path) -> None:
    for name, rows in (("문서", CORPUS), ("질문", QUERIES)):
        text = "".join(",".join(row) + "\n" for row in rows)
        (tmp_path / unicodedata.normalize("NFD", f"{name}.csv")).write_text(text, encoding="utf-8")
    book(tmp_path / "정답.xlsx", {"S": QRELS})

    assert judged(read(tmp_path, path=".", name="x")) == EXPECTED


def test_packed_workbook_and_archive_of_korean_names(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"corpus": CORPUS, "queries": QUERIES, "qrels": QRELS})
    (tmp_path / "a.xlsx.gz").write_bytes(gzip.compress((tmp_path / "a.xlsx").read_bytes()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for name, rows in (("문서.csv", CORPUS), ("질문.csv", QUERIES), ("정답.csv", QRELS)):
            archive.writestr(name, "".join(",".join(map(str, row)) + "\n" for row in rows))

    assert judged(read(tmp_path, path="a.xlsx.gz")) == EXPECTED
    assert judged(read(tmp_path, path="b.zip")) == EXPECTED


def test_missing_judgments_are_asked_for_where_they_may_be(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"corpus": CORPUS, "queries": QUERIES})
    (tmp_path / "f").mkdir()
    (tmp_path / "f/corpus.csv").write_text("id,text\nd1,it rains\n")
    (tmp_path / "f/queries.csv").write_text("id,query\nq1,rain?\n")

    assert "add a sheet `qrels`" in remedy_of(tmp_path, path="a.xlsx")
    assert "as qrels.tsv" in remedy_of(tmp_path, path="f")


def test_booleans_and_dotted_paths_of_objects_are_read(tmp_path: Path) -> None:
    rows = [{"qa": {"q": "rain?", "p": "it rains"}, "label": True}, {"qa": {"q": "rain?", "p": "no"}, "label": False}]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    found = judged(read(tmp_path, path="t.jsonl", columns={"query": "qa.q", "passage": "qa.p"}))

    assert sorted(found) == [("rain?", "it rains", 1.0), ("rain?", "no", 0.0)]


def test_words_of_another_kind_are_no_grades(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("query,passage,label\nrain?,it rains,weather\nfood?,a stew,kitchen\n")

    found = read(tmp_path, path="t.csv")

    assert len(found) == 2
    assert any("the column 'label' has no grades but words" in note for note in found.notes)
