"""The forms in which people have retrieval data: three files, a BEIR folder, one table, lists of relevant ids."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, cast

from embedmark.datasets.retrieval.cells import relevant_in
from embedmark.datasets.retrieval.folder import files_in, is_folder
from embedmark.datasets.retrieval.one_file import RetrievalColumns, lacking_column, parts_in_one, parts_of_table
from embedmark.datasets.retrieval.parts import Judgement, Parts, Text, checked_text, id_of
from embedmark.datasets.retrieval.qrels import Qrels, QrelsColumns, read_qrels
from embedmark.datasets.retrieval.reading import FILES, KEYS, check_used, reading_of, with_change
from embedmark.datasets.retrieval.table import DataTable, pick, read_table, with_names
from embedmark.datasets.retrieval.workbook import sheets_in
from embedmark.errors import DatasetError
from embedmark.store.suite_text import flow_text

QUERY_ID: Final = ("_id", "query_id", "query-id", "qid", "id", "질문id", "질문번호", "번호", "no")
QUERY: Final = ("query", "question", "text", "질문", "질의", "쿼리", "질문내용")
DOCUMENT_ID: Final = (
    "_id",
    "document_id",
    "doc_id",
    "docid",
    "corpus_id",
    "corpus-id",
    "passage_id",
    "pid",
    "id",
    "문서id",
    "문서번호",
    "번호",
    "no",
)
TEXT: Final = ("text", "contents", "content", "passage", "document", "body", "본문", "내용", "문서", "지문", "문서내용")
TITLE: Final = ("title", "제목")
RELEVANT: Final = ("relevant", "relevant_ids", "relevant_docs", "retrieval_gt", "positives", "gold", "정답")
# Of files of two columns without usual names: what they hold, and names that say that there is a header line.
_NAMES: Final = {
    "queries": (("query_id", "query"), (*QUERY_ID, *QUERY)),
    "corpus": (("document_id", "text"), (*DOCUMENT_ID, *TEXT, *TITLE)),
}


@dataclass(frozen=True, slots=True)
class RetrievalFiles:
    """Where a retrieval dataset is, as a suite says.

    Attributes:
        path: one table, or a folder (folder.py).
        queries, corpus, qrels: a file each; queries that list their relevant ids need no qrels.
        split: of a folder with several files of judgments: the qrels to use. None: `test`, or the only one.
        columns: which columns hold what.
        entry: further keys of the suite's entry that say how files are read (reading.KEYS, and `where`); those of KEYS
            have one value, or a mapping from `queries`, `corpus` and `qrels`.
        folder: where the three files were found, if the suite names a folder.
        normalize: the Unicode form that queries and documents are brought to; None: as they are.
    """

    path: Path | None = None
    queries: Path | None = None
    corpus: Path | None = None
    qrels: Path | None = None
    split: str | None = None
    columns: RetrievalColumns = field(default_factory=RetrievalColumns)
    entry: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
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
    path = files.path
    if path is None:
        return _from_files(files)
    if is_folder(path):
        found = files_in(path, files.split)
        own = replace(files, path=None, folder=path, queries=found.queries, corpus=found.corpus, qrels=found.qrels)
        return _from_files(own)
    sheet = files.entry.get("sheet")
    sheets = sheet if isinstance(sheet, Mapping) else {} if sheet else sheets_in(path)
    if {"queries", "corpus"} <= sheets.keys():
        qrels = path if "qrels" in sheets else None
        return _from_files(replace(files, path=None, queries=path, corpus=path, qrels=qrels), sheets)
    whole = parts_in_one(path, reading_of(files.entry, "path").keys.get("encoding") or "utf-8")
    return _of_table(path, files) if whole is None else whole


def _of_table(path: Path, files: RetrievalFiles) -> Parts:
    by_file = next((key for key in KEYS if isinstance(files.entry.get(key), Mapping)), None)
    if by_file is not None:
        raise DatasetError(
            f"{by_file} has a value for each of several files, and this is one table",
            where=str(path),
            hint=f"give one value, such as `{by_file}: {flow_text(next(iter(files.entry[by_file].values())))}`",
        )

    def read(entry: Mapping[str, Any], named: Mapping[str, str]) -> Parts:
        how = reading_of(entry, "path")
        table = read_table(path, how)
        check_used(entry, [table.unused], table.columns, str(path))
        return parts_of_table(table, replace(files.columns, **named), how.labels)

    return with_change(read, _entry(files), "path", path)


def _entry(files: RetrievalFiles) -> dict[str, Any]:
    """Return the keys that say how files are read, with the columns that the suite names."""
    return {**files.entry, "columns": {key: name for key, name in asdict(files.columns).items() if name is not None}}


def _from_files(files: RetrievalFiles, sheets: Mapping[str, str] | None = None) -> Parts:
    if files.queries is None or files.corpus is None:
        raise DatasetError("a retrieval dataset needs queries and a corpus", hint="name `queries:` and `corpus:`")
    entry = _entry(files)
    if sheets or not entry.get("sheet"):
        own = {file: sheets_in(path).get(file) for file in FILES if (path := getattr(files, file)) is not None}
        entry["sheet"] = sheets or {file: name for file, name in own.items() if name is not None}
    qrels = None if files.qrels is None else _judgments(files.qrels, entry, files.columns)
    judged = () if qrels is None else qrels.columns
    asked, queries = _part(files.queries, "queries", entry, files.columns, judged)
    corpus, documents = _part(files.corpus, "corpus", entry, files.columns, judged)
    read: list[DataTable | Qrels] = [asked, corpus, *([] if qrels is None else [qrels])]
    check_used(entry, [one.unused for one in read], [name for one in read for name in one.columns], str(files.queries))
    sha256, notes = [one.sha256 for one in read], tuple(note for one in read for note in one.notes)
    if qrels is not None and files.qrels is not None:
        return Parts(queries, documents, qrels.judgements, files.qrels, sha256, notes)
    relevant = pick(asked, files.columns.relevant, RELEVANT, "the relevant ids")
    if relevant is None:
        raise DatasetError(
            "nothing says which document answers which query",
            where=str(files.queries),
            hint=_no_judgments(files, asked),
        )
    known = {document.id for document in documents}
    found = [
        Judgement(query.id, document, grade, query.where)
        for query, row in zip(queries, asked.rows, strict=True)
        for document, grade in relevant_in(row.get(relevant), known, query.where)
    ]
    return Parts(queries, documents, found, files.queries, sha256, notes)


def _no_judgments(files: RetrievalFiles, asked: DataTable) -> str:
    """Return what to do where nothing says which document answers which query."""
    named = f"the column with the relevant ids: `columns: {{relevant: {asked.columns[-1]}}}`"
    if files.queries == files.corpus:
        return f"add a sheet `qrels` with the columns query-id, corpus-id and score; or name {named}"
    if files.folder is not None:
        return f"put the judgments beside the queries, as qrels.tsv; or name {named}"
    return f"name a file: `qrels: qrels.tsv`; or {named}"


def _judgments(path: Path, entry: Mapping[str, Any], columns: RetrievalColumns) -> Qrels:
    named = QrelsColumns(columns.query_id, columns.document_id, columns.grade)

    def read(entry: Mapping[str, Any], further: Mapping[str, str]) -> Qrels:
        return read_qrels(path, reading_of(entry, "qrels"), replace(named, **further))

    return with_change(read, entry, "qrels", path)


def _part(
    path: Path, file: str, entry: Mapping[str, Any], columns: RetrievalColumns, judged: Sequence[str]
) -> tuple[DataTable, list[Text]]:
    """Return the file of queries or of documents, and the texts in it."""

    def read(entry: Mapping[str, Any], further: Mapping[str, str]) -> tuple[DataTable, list[Text]]:
        table, named = read_table(path, reading_of(entry, file)), replace(columns, **further)
        if named == RetrievalColumns():
            table = with_names(table, *_NAMES[file])
        texts = (_queries if file == "queries" else _documents)(table, named, judged)
        return table, texts

    return with_change(read, entry, file, path)


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
            str(n) if key is None else id_of(row.get(key), table.where(row.line), "query"),
            checked_text(row.get(text), table.where(row.line), "query"),
            table.where(row.line),
        )
        for n, row in enumerate(table.rows, start=1)
    ]


def _documents(table: DataTable, columns: RetrievalColumns, judged: Sequence[str] = ()) -> list[Text]:
    text = pick(table, columns.text, TEXT, "the text")
    key = _id_column(table, columns.document_id, DOCUMENT_ID, "ids", judged)
    title = pick(table, columns.title, TITLE, "the title")
    if text is None:
        raise lacking_column(table, "text", TEXT)
    if key is None:
        raise lacking_column(table, "document_id", DOCUMENT_ID)
    found = []
    for row in table.rows:
        where = table.where(row.line)
        whole = checked_text(row.get(text), where, "document")
        if title is not None:  # as BEIR joins them
            whole = f"{checked_text(row.get(title), where, 'title')} {whole}".strip()
        found.append(Text(id_of(row.get(key), where, "document"), whole, where))
    return found
