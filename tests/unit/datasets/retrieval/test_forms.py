"""One collection in many forms is one dataset."""

from __future__ import annotations

import gzip
import json
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from embedmark.datasets.retrieval.forms import RetrievalFiles
from embedmark.datasets.retrieval.load import load_retrieval
from embedmark.datasets.retrieval.one_file import RetrievalColumns
from embedmark.errors import DatasetError

DOCUMENTS = {"007": "alpha beta", "문서": "gamma, delta", "d 3": "", "4": "epsilon"}
QUERIES = {"01": "alpha?", "2": "gamma, or epsilon?"}
QRELS = (("01", "007", 2), ("01", "4", 0), ("2", "문서", 1), ("2", "4", 3))


def lines(rows: list[tuple[object, ...]], separator: str = "\t", end: str = "\n") -> str:
    return "".join(separator.join(map(str, row)) + end for row in rows)


def objects(texts: dict[str, str]) -> str:
    return "".join(json.dumps({"_id": key, "text": text}, ensure_ascii=False) + "\n" for key, text in texts.items())


def write(folder: Path, corpus: str, queries: str, qrels: str = "") -> None:
    """Write three files; a name ends in `.gz` where the file is packed."""
    text = {
        "corpus.jsonl": objects(DOCUMENTS),
        "corpus.tsv": lines(list(DOCUMENTS.items())),
        "queries.jsonl": objects(QUERIES),
        "queries.tsv": lines(list(QUERIES.items())),
        "qrels.tsv": lines([("query-id", "corpus-id", "score"), *QRELS]),
        "qrels.txt": lines([(q, 0, d, g) for q, d, g in QRELS], " "),
        "qrels.csv": lines(list(QRELS), ","),
    }
    for name in filter(None, (corpus, queries, qrels)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        data = text[path.name.removesuffix(".gz").replace("test", "qrels")].encode()
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def sha256(folder: Path) -> str:
    return load_retrieval(RetrievalFiles(path=folder), name="d", source="s").sha256


@pytest.fixture
def beir(tmp_path: Path) -> str:
    write(tmp_path / "beir", "corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
    return sha256(tmp_path / "beir")


@pytest.mark.parametrize(
    "files",
    [
        ("corpus.jsonl.gz", "queries.jsonl", "qrels/test.tsv.gz"),
        ("corpus.jsonl", "queries.tsv", "qrels.tsv"),
        ("corpus.tsv", "queries.tsv", "qrels.txt"),
        ("corpus.tsv", "queries.tsv", "qrels.csv"),
        ("corpus.tsv", "queries.jsonl", "qrels.tsv.gz"),
    ],
)
def test_forms_of_one_collection_are_the_same_dataset(beir: str, tmp_path: Path, files: tuple[str, ...]) -> None:
    write(tmp_path / "other", *files)

    assert sha256(tmp_path / "other") == beir


def rewritten(change: Callable[[bytes], bytes], folder: Path) -> str:
    write(folder, "corpus.tsv", "queries.jsonl", "qrels/test.tsv")
    for path in folder.rglob("*.*"):
        path.write_bytes(change(path.read_bytes()))
    return sha256(folder)


def test_line_ends_and_marks_of_windows_change_nothing(beir: str, tmp_path: Path) -> None:
    assert rewritten(lambda data: data.replace(b"\n", b"\r\n"), tmp_path / "crlf") == beir
    assert rewritten(lambda data: b"\xef\xbb\xbf" + data, tmp_path / "mark") == beir


def test_queries_may_list_numbers_of_documents_with_ids_as_text(tmp_path: Path) -> None:
    (tmp_path / "docs.jsonl").write_text('{"id": "1", "text": "a"}\n{"id": "2", "text": "b"}\n')
    (tmp_path / "queries.jsonl").write_text('{"id": 1, "question": "a?", "relevant": [2]}\n')

    found = load_retrieval(RetrievalFiles(path=tmp_path), name="d", source="s")

    assert found.document_ids[int(found.judged_documents[0])] == "2"


def test_columns_of_judgments_may_be_named(beir: str, tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", "queries.jsonl")
    (tmp_path / "qrels.tsv").write_text(lines([("q", "d", "g"), *QRELS]))
    files = RetrievalFiles(
        queries=tmp_path / "queries.jsonl", corpus=tmp_path / "corpus.jsonl", qrels=tmp_path / "qrels.tsv",
        columns=RetrievalColumns(query_id="q", document_id="d", grade="g"),
    )  # fmt: skip

    assert load_retrieval(files, name="d", source="s").sha256 == beir


def test_ids_that_lost_their_zeros_are_recognized(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", "queries.jsonl")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n01\t7\t1\n")

    with pytest.raises(DatasetError) as caught:
        load_retrieval(RetrievalFiles(path=tmp_path), name="d", source="s")

    assert "'7' as '007'" in (caught.value.hint or "")


def judged(folder: Path, text: str, name: str = "t.jsonl") -> list[tuple[str, str, float]]:
    """Return each judgment as query, document and grade."""
    (folder / name).write_text(text, encoding="utf-8")
    found = load_retrieval(RetrievalFiles(path=folder / name), name="d", source="s")
    return [(found.queries[q], found.documents[d], grade) for q, d, grade in found.judgements]


@pytest.mark.parametrize(
    "row",
    [
        {"anchor": "a?", "positive": "yes", "negative": "no"},
        {"query": "a?", "pos": ["yes"], "neg": ["no"]},
        {"query": "a?", "positive_passages": [{"docid": "1", "title": "", "text": "yes"}],
         "negative_passages": [{"docid": "2", "title": "", "text": "no"}]},
    ],
)  # fmt: skip
def test_tables_that_train_retrievers_are_read(tmp_path: Path, row: dict[str, object]) -> None:
    assert sorted(judged(tmp_path, json.dumps(row) + "\n")) == [("a?", "no", 0.0), ("a?", "yes", 1.0)]


@pytest.mark.parametrize("column", ["grade", "relevance", "label", "score"])
def test_grades_of_a_table_are_used(tmp_path: Path, column: str) -> None:
    """A passage of grade 0 does not answer."""
    found = judged(tmp_path, f"query,passage,{column}\na?,yes,2\na?,no,0\n", "t.csv")

    assert found == [("a?", "yes", 2.0), ("a?", "no", 0.0)]


def test_label_of_words_is_no_grade(tmp_path: Path) -> None:
    assert judged(tmp_path, "query,passage,label\na?,yes,news\n", "t.csv") == [("a?", "yes", 1.0)]


def test_object_of_queries_corpus_and_answers_is_read(tmp_path: Path) -> None:
    whole = {"queries": {"q": "a?"}, "corpus": {"1": "yes", "2": "no"}, "relevant_docs": {"q": ["1"]}}

    assert judged(tmp_path, json.dumps(whole), "t.json") == [("a?", "yes", 1.0)]


def test_archive_of_a_beir_folder_is_read(beir: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "beir.zip", "w") as archive:
        for path in (tmp_path / "beir").rglob("*.*"):
            archive.write(path, path.relative_to(tmp_path).as_posix())

    assert sha256(tmp_path / "beir.zip") == beir


def test_decomposed_texts_are_noted_and_composed(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "대출")
    (tmp_path / "t.jsonl").write_text(json.dumps({"query": decomposed, "passage": decomposed}), encoding="utf-8")

    noted = load_retrieval(RetrievalFiles(path=tmp_path / "t.jsonl"), name="d", source="s")
    composed = load_retrieval(RetrievalFiles(path=tmp_path / "t.jsonl", normalize="nfc"), name="d", source="s")

    assert "`normalize: nfc`" in noted.notes[0]
    assert (composed.queries, composed.documents, composed.notes) == (("대출",), ("대출",), ())


@pytest.mark.parametrize(
    "files", [("corpus.jsonl", "queries.tsv", "qrels.tsv"), ("corpus.tsv", "queries.jsonl", "qrels.txt")]
)
def test_folder_in_utf16_is_read_by_its_byte_order_mark(beir: str, tmp_path: Path, files: tuple[str, ...]) -> None:
    write(tmp_path / "wide", *files)
    for path in (tmp_path / "wide").iterdir():
        path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))

    found = load_retrieval(RetrievalFiles(path=tmp_path / "wide"), name="d", source="s")

    assert found.sha256 == beir
    assert sum("read as UTF-16, by its byte order mark" in note for note in found.notes) == len(files)
