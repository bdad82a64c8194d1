"""Retrieval data in every form that people have it, and one message for what is wrong with it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedmark.datasets.model import RetrievalDataset
from embedmark.datasets.retrieval.forms import RetrievalFiles
from embedmark.datasets.retrieval.load import load_retrieval
from embedmark.datasets.retrieval.one_file import RetrievalColumns
from embedmark.datasets.retrieval.overlap import lexical_overlap
from embedmark.errors import DatasetError

QUERIES = [{"_id": "q1", "text": "red fruit"}, {"_id": "q2", "text": "sky"}, {"_id": "q3", "text": "none"}]
CORPUS = [
    {"_id": "d1", "title": "Apple", "text": "a red fruit"},
    {"_id": "d2", "title": "", "text": "the sky is blue"},
    {"_id": "d3", "title": "", "text": ""},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\td1\t0\n"


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text(lines(QUERIES), encoding="utf-8")
    (tmp_path / "corpus.jsonl").write_text(lines(CORPUS), encoding="utf-8")
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return tmp_path


def load(**places: Any) -> RetrievalDataset:
    skip = places.pop("skip_unknown", False)
    return load_retrieval(RetrievalFiles(**places), name="mine", source="mine", skip_unknown=skip)


def three(folder: Path, **more: Any) -> RetrievalDataset:
    files = {"queries": folder / "queries.jsonl", "corpus": folder / "corpus.jsonl"}
    return load(**{**files, "qrels": folder / "qrels" / "test.tsv", **more})


def test_beir_folder(beir: Path) -> None:
    found = load(path=beir)

    assert found.queries == ("red fruit", "sky")
    assert found.documents == ("Apple a red fruit", "the sky is blue", "")
    assert found.judgements == [(0, 0, 2.0), (1, 0, 0.0), (1, 1, 1.0)]
    assert found.notes == (
        "1 of 3 queries have no relevant document; they are left out",
        "1 of 3 documents are empty; they are indexed as they are",
    )


def test_packed_files_are_read(beir: Path) -> None:
    whole = load(path=beir).sha256
    packed = beir / "corpus.jsonl.gz"
    packed.write_bytes(gzip.compress((beir / "corpus.jsonl").read_bytes()))
    (beir / "corpus.jsonl").unlink()

    assert load(path=beir).sha256 == whole


def test_all_forms_of_one_collection_have_one_hash(beir: Path) -> None:
    trec = beir / "qrels.txt"
    trec.write_text("q1 0 d1 2\nq2 0 d2 1\nq2 Q0 d1 0\n", encoding="utf-8")
    csv = beir / "qrels.csv"
    csv.write_text("query_id,document_id,grade\nq1,d1,2\nq2,d2,1\nq2,d1,0\n", encoding="utf-8")
    listed = beir / "listed.jsonl"
    relevant: list[Any] = [{"d1": 2}, {"d2": 1, "d1": 0}, []]
    rows = [{**query, "relevant": ids} for query, ids in zip(QUERIES, relevant, strict=True)]
    listed.write_text(lines(rows), encoding="utf-8")

    forms = [
        load(path=beir),
        three(beir),
        three(beir, qrels=trec),
        three(beir, qrels=csv),
        three(beir, queries=listed, qrels=None),
    ]

    assert len({found.sha256 for found in forms}) == 1


@pytest.mark.parametrize("cell", ['["d1", "d2"]', "d1|d2", "['d1', 'd2']", "d1, d2"])
def test_lists_of_ids_in_a_cell(beir: Path, cell: str) -> None:
    (beir / "q.tsv").write_text(f"id\tquestion\trelevant_ids\nq1\twhich\t{cell}\n", encoding="utf-8")

    found = load(queries=beir / "q.tsv", corpus=beir / "corpus.jsonl")

    assert [(d, grade) for _, d, grade in found.judgements] == [(0, 1.0), (1, 1.0)]


def test_one_table_of_questions_and_passages(tmp_path: Path) -> None:
    rows = [
        {"Q": "when?", "P": "in May", "N": ["in a box", "to you"]},
        {"Q": "where?", "P": "in a box", "N": []},
        {"Q": "when?", "P": "in June"},
    ]
    (tmp_path / "t.jsonl").write_text(lines(rows), encoding="utf-8")

    found = load(path=tmp_path / "t.jsonl", columns=RetrievalColumns(query="Q", passage="P", negatives="N"))

    assert found.queries == ("when?", "where?")
    assert found.documents == ("in May", "in a box", "to you", "in June")
    assert found.judgements == [(0, 0, 1.0), (0, 1, 0.0), (0, 2, 0.0), (0, 3, 1.0), (1, 1, 1.0)]


def test_one_table_as_csv(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('query,passage\nwhen?,"in May, or June"\nwhere?,here\n', encoding="utf-8")

    found = load(path=tmp_path / "t.csv")

    assert found.documents == ("in May, or June", "here")


def test_nested_lists_of_parquet(shared: Path) -> None:
    pytest.importorskip("pyarrow")
    folder = shared / "data" / "autorag-ko"

    found = load(queries=folder / "qa_v4.parquet", corpus=folder / "ocr_corpus_v3.parquet")

    assert (len(found), len(found.documents), len(found.grades)) == (114, 720, 114)
    assert lexical_overlap(found) > 0.5


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        (lambda f: put(f, "qrels/test.tsv", QRELS + "q1\tx\t1\nq1\ty\t1\nq2\tz\t1\nq2\tw\t1\n"),
         "4 judgments name a document that does not exist: 'x', 'y', 'z' and 1 more", "unknown_ids: skip"),
        (lambda f: put(f, "qrels/test.tsv", QRELS + "q9\td1\t1\n"),
         "a judgment names a query that does not exist: 'q9'", "unknown_ids: skip"),
        (lambda f: put(f, "corpus.jsonl", lines([*CORPUS, CORPUS[0], CORPUS[1]])),
         "2 ids of documents are listed twice: 'd1', 'd2'", "one line for each id"),
        (lambda f: put(f, "queries.jsonl", lines([*QUERIES, QUERIES[0]])),
         "the id of a query is listed twice: 'q1'", "one line for each id"),
        (lambda f: put(f, "qrels/test.tsv", QRELS.replace("\t2", "\tgood")), "the grade 'good' is not a number",
         "1 for"),
        (lambda f: put(f, "qrels/test.tsv", QRELS + "q1\td1\t1\n"), "have two grades: 2 and 1", "keep one line"),
        (lambda f: put(f, "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t0\n"),
         "no query has a relevant document", "grade above 0"),
        (lambda f: (f / "qrels" / "test.tsv").unlink(), "no qrels", "qrels/test.tsv"),
        (lambda f: put(f, "queries.jsonl", lines([{"_id": "q1", "wording": "x"}])),
         "no column of this file is called", "columns: {query: wording}"),
        (lambda f: put(f, "corpus.jsonl", lines([{"text": "x"}])),
         "no column of this file is called", "columns: {document_id: COLUMN}"),
        (lambda f: put(f, "corpus.jsonl", '{"_id": "d1", "text": 3}\n'), "the document is 3, not a text", "string"),
        (lambda f: put(f, "corpus.jsonl", "{broken\n"), "not valid JSON", "object on each line"),
        (lambda f: (f / "corpus.jsonl").unlink(), "no corpus.jsonl", "BEIR folder"),
    ],
)  # fmt: skip
def test_bad_data_is_one_message_with_place_and_remedy(
    beir: Path, fault: Callable[[Path], None], message: str, hint: str
) -> None:
    fault(beir)

    with pytest.raises(DatasetError) as caught:
        load(path=beir)

    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert str(beir) in (caught.value.where or "")


def test_unknown_ids_can_be_left_out_and_are_counted(beir: Path) -> None:
    put(beir, "qrels/test.tsv", QRELS + "q1\tx\t1\n")

    found = load(path=beir, skip_unknown=True)

    assert "a judgment names a document that does not exist: 'x'; left out" in found.notes


def test_folder_with_several_splits_needs_one(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "dev.tsv")
    put(beir, "qrels/train.tsv", QRELS)

    with pytest.raises(DatasetError, match="several splits") as caught:
        load(path=beir)

    assert "`split: dev`" in (caught.value.hint or "")
    assert len(load(path=beir, split="dev")) == 2


def test_an_only_split_is_taken(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").rename(beir / "qrels" / "dev.tsv")

    assert len(load(path=beir)) == 2


@pytest.mark.parametrize("form", ["arrow", "feather", "parquet", "xlsx", "arrow as .csv"])
def test_corpora_of_every_binary_format_are_read_alike(tmp_path: Path, form: str) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    if form == "xlsx":
        pytest.importorskip("openpyxl")
    ending = form.rpartition(".")[2]
    for name, rows in (("queries", QUERIES), ("corpus", CORPUS)):
        frame, path = pandas.DataFrame(rows), tmp_path / f"{name}.{ending}"
        if form == "parquet":
            frame.to_parquet(path)
        elif form == "xlsx":
            frame.to_excel(path, index=False)
        else:
            frame.to_feather(path)
    (tmp_path / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    files = {name: tmp_path / f"{name}.{ending}" for name in ("queries", "corpus")}

    data = load_retrieval(RetrievalFiles(**files, qrels=tmp_path / "qrels.tsv"), name="x", source="made")

    assert [document.split()[0] for document in data.documents[:2]] == ["Apple", "the"]
    assert len(data.grades) == 3
