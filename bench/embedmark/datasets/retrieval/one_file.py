"""A retrieval dataset in one file: a table of queries and passages, or an object of queries, corpus and answers."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embedmark.datasets.decode import decode, note_on_mark
from embedmark.datasets.guess import likely_columns
from embedmark.datasets.lookup import notes_on_splits
from embedmark.datasets.retrieval.cells import relevant_in, texts_in
from embedmark.datasets.retrieval.grades import Labels, grade_column, grades_in
from embedmark.datasets.retrieval.parts import Judgement, Parts, Text, checked_text
from embedmark.datasets.retrieval.reading import LackingColumnError
from embedmark.datasets.retrieval.table import DataTable, pick, read_packed
from embedmark.datasets.rows import Row, Rows
from embedmark.datasets.suggest import flow
from embedmark.errors import DatasetError, listing
from embedmark.files import marked_encoding

_QUERY: Final = ("query", "question", "text", "anchor", "user_input", "질문", "질의", "쿼리")
_PASSAGE: Final = (
    "passage", "positive", "positives", "pos", "document", "context", "contexts", "answer", "positive_passages",
    "reference_contexts", "지문", "문서", "본문", "답변", "정답",
)  # fmt: skip
_NEGATIVES: Final = ("negatives", "negative", "hard_negatives", "hard_negative", "neg", "negative_passages")
_ROWS = 200  # that are looked at
_ONE: Final = (".json", ".json.gz")
_START, _LINES, _TREC = 10_000, 20, 4  # characters and lines that are looked at; columns of TREC's qrels
_RELEVANT: Final = ("relevant_docs", "relevant", "qrels")


@dataclass(frozen=True, slots=True)
class RetrievalColumns:
    """Which columns hold what, where they do not have one of the usual names. None: by the usual names.

    Attributes:
        query, query_id: a query's text and id.
        passage, negatives: of one table: a passage that answers the query, and those that look as if they did.
        text, title, document_id: a document's text, title and id.
        relevant: a list of ids of the documents that answer the query, or a mapping from id to grade.
        grade: how well the passage answers.
    """

    query: str | None = None
    query_id: str | None = None
    passage: str | None = None
    negatives: str | None = None
    text: str | None = None
    title: str | None = None
    document_id: str | None = None
    relevant: str | None = None
    grade: str | None = None


def lacking_column(table: DataTable, key: str, known: Sequence[str], *others: str) -> LackingColumnError:
    """Return the error of a file without a column, with the column that its cells look like.

    Args:
        table: the file.
        key: what `columns` calls the column.
        known: names that it usually has.
        others: keys that the same file should have too, and may lack as well.
    """
    rows = Rows(table.path, [Row(row.line, dict(row.values)) for row in table.rows[:_ROWS]], table.columns)
    texts, _ = likely_columns(rows, len(others) + 1)
    named = (
        {key: "COLUMN"}
        if key.endswith("_id") or len(texts) <= len(others)
        else dict(zip((key, *others), texts, strict=True))
    )
    error = LackingColumnError(
        f"no column of this file is called {listing(known)}",
        where=str(table.path),
        hint=f"name it: `columns: {flow(named)}`; its columns are {listing(table.columns)}",
    )
    error.named = {} if "COLUMN" in named.values() else named
    error.is_header = all(table.columns) and len(table.columns) > 1
    return error


def parts_in_one(path: Path, encoding: str = "utf-8") -> Parts | None:
    """Read `{"queries": {ID: TEXT}, "corpus": {ID: TEXT}, "relevant_docs": {ID: [ID]}}`; None for another file.

    LlamaIndex writes it, and sentence-transformers' InformationRetrievalEvaluator takes it.
    """
    packed, data = read_packed(path)
    _refuse_judgments(data, path)
    whole = _object_in(data, path, encoding)
    relevant = None if whole is None else _answers_in(whole)
    if whole is None or relevant is None:
        return None
    queries, documents = _texts(whole["queries"], path), _texts(whole["corpus"], path)
    known = set(whole["corpus"])
    judged = [
        Judgement(query, document, grade, f"{path}, {relevant} {query}")
        for query, listed in whole[relevant].items()
        for document, grade in relevant_in(listed, known, f"{path}, {relevant} {query}")
    ]
    marked = note_on_mark(data, encoding)
    notes = (f"{path.name}: {marked}",) if marked else ()
    return Parts(queries, documents, judged, path, [hashlib.sha256(packed).hexdigest()], notes)


def _texts(values: Mapping[str, Any], path: Path) -> list[Text]:
    return [Text(key, _text_of(value, f"{path}, key {key}"), f"{path}, key {key}") for key, value in values.items()]


def has_parts(path: Path) -> bool:
    """Return True for a file that parts_in_one() reads or refuses. Raises DatasetError for one that cannot be read."""
    data = read_packed(path)[1]
    whole = _object_in(data, path, "utf-8") if path.name.lower().endswith(_ONE) else None
    return _is_judgments(data) or (whole is not None and _answers_in(whole) is not None)


def _object_in(data: bytes, path: Path, encoding: str) -> dict[str, Any] | None:
    if not marked_encoding(data) and data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] != b"{":
        return None
    try:
        found = json.loads(decode(data, encoding, path))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _answers_in(whole: Mapping[str, Any]) -> str | None:
    """Return the key of the relevant documents in an object of queries and a corpus; None for another object."""
    key = next((key for key in _RELEVANT if key in whole), None)
    parts = [whole.get(name) for name in ("queries", "corpus", key or "")]
    return key if all(isinstance(part, dict) for part in parts) else None


def _refuse_judgments(data: bytes, path: Path) -> None:
    """Raise DatasetError for a file of judgments alone, which has no texts."""
    if not _is_judgments(data):
        return
    raise DatasetError(
        "this file has judgments, and neither queries nor documents",
        where=str(path),
        hint=f"name three files: `qrels: {path}`, `queries: FILE` and `corpus: FILE`",
    )


def _is_judgments(data: bytes) -> bool:
    start = data[:_START].decode(marked_encoding(data) or "utf-8", "ignore").splitlines()
    lines = [line.split() for line in start[:_LINES] if line.strip()]
    named = bool(lines) and {"query-id", "corpus-id"} <= set(lines[0])
    return named or (bool(lines) and all(map(_is_judged, lines[:-1] or lines)))


def _is_judged(cells: Sequence[str]) -> bool:
    """Return True for a line of TREC's qrels: query, iteration, document, grade."""
    return len(cells) == _TREC and cells[1] in ("0", "Q0") and cells[-1].lstrip("-").isdecimal()


def _text_of(value: Any, where: str) -> str:
    if isinstance(value, Mapping):
        title = checked_text(value.get("title"), where, "title")
        return f"{title} {checked_text(value.get('text'), where, 'document')}".strip()
    return checked_text(value, where, "document")


def parts_of_table(table: DataTable, columns: RetrievalColumns, labels: Labels | None = None) -> Parts:
    """Read one table of a query, a passage that answers it and, if any, hard negatives."""
    query = pick(table, columns.query, _QUERY, "the query")
    passage = pick(table, columns.passage, _PASSAGE, "the passage")
    negatives = pick(table, columns.negatives, _NEGATIVES, "hard negatives")
    grade = grade_column(table, columns.grade, labels)
    notes = (*table.notes, *grade.notes, *notes_on_splits(table.columns, table.cells, table.has_where))
    if query is None:
        raise lacking_column(table, "query", _QUERY, "passage")
    if passage is None:
        raise lacking_column(table, "passage", _PASSAGE)
    queries: dict[str, Text] = {}
    documents: dict[str, Text] = {}
    judged: dict[tuple[str, str], Judgement] = {}

    def document(text: str, where: str) -> str:
        return documents.setdefault(text, Text(str(len(documents) + 1), text, where)).id

    for row, value in zip(table.rows, grades_in(table, grade.name, labels), strict=True):
        where = table.where(row.line)
        asked = checked_text(row.get(query), where, "query")
        key = queries.setdefault(asked, Text(str(len(queries) + 1), asked, where)).id
        for answer in texts_in(row.get(passage), where, "passage"):
            place = (key, document(answer, where))
            judged[place] = Judgement(*place, max(value, judged[place].grade if place in judged else value), where)
        for wrong in texts_in(row.get(negatives), where, "negative") if negatives else ():
            place = (key, document(wrong, where))
            judged.setdefault(place, Judgement(*place, 0.0, where))
    return Parts(
        list(queries.values()), list(documents.values()), list(judged.values()), table.path, [table.sha256], notes
    )
