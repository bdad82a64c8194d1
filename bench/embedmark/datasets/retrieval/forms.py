"""The forms in which people have retrieval data: three files, a BEIR folder, one table, lists of relevant ids."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal, cast

from embedmark.datasets.retrieval.cells import relevant_in
from embedmark.datasets.retrieval.folder import files_in, is_folder
from embedmark.datasets.retrieval.one_file import RetrievalColumns, lacking_column, parts_in_one, parts_of_table
from embedmark.datasets.retrieval.parts import Judgement, Parts, Text, checked_text, id_of
from embedmark.datasets.retrieval.qrels import QrelsColumns, read_qrels
from embedmark.datasets.retrieval.table import DataTable, pick, read_table, with_names
from embedmark.errors import DatasetError

QUERY_ID: Final = ("_id", "query_id", "query-id", "qid", "id")
QUERY: Final = ("query", "question", "text")
DOCUMENT_ID: Final = ("_id", "document_id", "doc_id", "docid", "corpus_id", "corpus-id", "passage_id", "pid", "id")
TEXT: Final = ("text", "contents", "content", "passage", "document", "body")
RELEVANT: Final = ("relevant", "relevant_ids", "relevant_docs", "retrieval_gt", "positives", "gold")


@dataclass(frozen=True, slots=True)
class RetrievalFiles:
    """Where a retrieval dataset is, as a suite says.

    Attributes:
        path: one table, or a folder (folder.py).
        queries, corpus, qrels: a file each; queries that list their relevant ids need no qrels.
        split: of a folder with several files of judgments: the qrels to use. None: `test`, or the only one.
        columns: which columns hold what.
        format, encoding: of the files; None: by each file's ending.
        normalize: the Unicode form that queries and documents are brought to; None: as they are.
    """

    path: Path | None = None
    queries: Path | None = None
    corpus: Path | None = None
    qrels: Path | None = None
    split: str | None = None
    columns: RetrievalColumns = field(default_factory=RetrievalColumns)
    format: str | None = None
    encoding: str = "utf-8"
    normalize: str | None = None


def read_parts(files: RetrievalFiles) -> Parts:
    """Read a retrieval dataset in whatever form it is. Raises DatasetError."""
    found = _in_form(files)
    if files.normalize is None:
        return found
    form = cast("Literal['NFC', 'NFKC']", files.normalize.upper())
    queries, documents = (
        [text._replace(text=unicodedata.normalize(form, text.text)) for text in texts]
        for texts in (found.queries, found.documents)
    )
    return replace(found, queries=queries, documents=documents)


def _in_form(files: RetrievalFiles) -> Parts:
    if files.path is not None and is_folder(files.path):
        found = files_in(files.path, files.split)
        return _from_files(replace(files, path=None, queries=found.queries, corpus=found.corpus, qrels=found.qrels))
    if files.path is not None:
        whole = parts_in_one(files.path, files.encoding)
        if whole is not None:
            return whole
        table = read_table(files.path, format=files.format, encoding=files.encoding)
        return parts_of_table(table, files.columns)
    return _from_files(files)


def _from_files(files: RetrievalFiles) -> Parts:
    if files.queries is None or files.corpus is None:
        raise DatasetError("a retrieval dataset needs queries and a corpus", hint="name `queries:` and `corpus:`")
    asked = read_table(files.queries, format=files.format, encoding=files.encoding)
    corpus = read_table(files.corpus, format=files.format, encoding=files.encoding)
    if files.columns == RetrievalColumns():
        asked = with_names(asked, ("query_id", "query"), (*QUERY_ID, *QUERY))
        corpus = with_names(corpus, ("document_id", "text"), (*DOCUMENT_ID, *TEXT, "title"))
    sha256, notes = [asked.sha256, corpus.sha256], (*asked.notes, *corpus.notes)
    if files.qrels is not None:
        named = QrelsColumns(files.columns.query_id, files.columns.document_id, files.columns.grade)
        qrels = read_qrels(files.qrels, files.encoding, named)
        queries, documents = (
            _queries(asked, files.columns, qrels.columns),
            _documents(corpus, files.columns, qrels.columns),
        )
        return Parts(queries, documents, qrels.judgements, files.qrels, [*sha256, qrels.sha256], (*notes, *qrels.notes))
    queries, documents = _queries(asked, files.columns), _documents(corpus, files.columns)
    relevant = pick(asked, files.columns.relevant, RELEVANT, "the relevant ids")
    if relevant is None:
        raise DatasetError(
            "nothing says which document answers which query",
            where=str(files.queries),
            hint="name a file: `qrels: qrels.tsv`; or the column with the relevant ids: `columns: {relevant: COLUMN}`",
        )
    known = {document.id for document in documents}
    judged = [
        Judgement(query.id, document, grade, query.where)
        for query, row in zip(queries, asked.rows, strict=True)
        for document, grade in relevant_in(row.values.get(relevant), known, query.where)
    ]
    return Parts(queries, documents, judged, files.queries, sha256, notes)


def _id_column(
    table: DataTable, wanted: str | None, known: Sequence[str], key: str, judged: Sequence[str]
) -> str | None:
    """Return the column of the ids; a name that only the file of judgments has is meant for that file."""
    meant = wanted is None or wanted in table.columns or wanted not in judged
    return pick(table, wanted if meant else None, known, key)


def _queries(table: DataTable, columns: RetrievalColumns, judged: Sequence[str] = ()) -> list[Text]:
    text = pick(table, columns.query, QUERY, "the query")
    key = _id_column(table, columns.query_id, QUERY_ID, "query ids", judged)
    if text is None:
        raise lacking_column(table, "query", QUERY)
    return [
        Text(
            str(n) if key is None else id_of(row.values.get(key), table.where(row.line), "query"),
            checked_text(row.values.get(text), table.where(row.line), "query"),
            table.where(row.line),
        )
        for n, row in enumerate(table.rows, start=1)
    ]


def _documents(table: DataTable, columns: RetrievalColumns, judged: Sequence[str] = ()) -> list[Text]:
    text = pick(table, columns.text, TEXT, "the text")
    key = _id_column(table, columns.document_id, DOCUMENT_ID, "ids", judged)
    title = pick(table, columns.title, ("title",), "the title")
    if text is None:
        raise lacking_column(table, "text", TEXT)
    if key is None:
        raise lacking_column(table, "document_id", DOCUMENT_ID)
    found = []
    for row in table.rows:
        where = table.where(row.line)
        whole = checked_text(row.values.get(text), where, "document")
        if title is not None:  # as BEIR joins them
            whole = f"{checked_text(row.values.get(title), where, 'title')} {whole}".strip()
        found.append(Text(id_of(row.values.get(key), where, "document"), whole, where))
    return found
