"""Relevance judgements: BEIR's tab-separated files with a header line, and TREC's four columns without one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from embedmark.datasets.binary import binary_format
from embedmark.datasets.decode import decode, note_on_mark
from embedmark.datasets.detect import refuse_other
from embedmark.datasets.records import split_quoted
from embedmark.datasets.retrieval.parts import Judgement, grade_of, id_of
from embedmark.datasets.retrieval.table import FORMATS, DataTable, pick, read_packed, read_table
from embedmark.errors import DatasetError, listing

_QUERY = ("query-id", "query_id", "qid", "query", "_id")
_DOCUMENT = ("corpus-id", "corpus_id", "document_id", "doc_id", "docid", "did", "pid", "passage_id", "document")
_GRADE = ("score", "grade", "relevance", "label", "rel")
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_COUNTS = (3, 4)  # columns without a header line: TREC's, or three of them
_OBJECTS = (".jsonl", ".json", ".ndjson")


@dataclass(frozen=True, slots=True)
class QrelsColumns:
    """Columns that a suite names; None for one that has a usual name."""

    query_id: str | None = None
    document_id: str | None = None
    grade: str | None = None


class Qrels(NamedTuple):
    """The judgements of a file in its order.

    Attributes:
        judgements: a row each.
        sha256: of the file's bytes.
        columns: where they have names.
        notes: what was detected.
    """

    judgements: list[Judgement]
    sha256: str
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_qrels(path: Path, encoding: str = "utf-8", columns: QrelsColumns = QrelsColumns()) -> Qrels:
    """Return the judgements of a file. Raises DatasetError.

    A file whose first line is not a header has TREC's columns: query, iteration, document, grade; or three of them
    without the iteration.
    """
    packed, data = read_packed(path)
    digest = hashlib.sha256(packed).hexdigest()
    if binary_format(data) or any(end.lower() in _OBJECTS for end in path.suffixes):
        return _by_name(path, encoding, columns)
    text = decode(data, encoding, path)
    refuse_other(text, path)
    first = text.split("\n", 1)[0]
    if not _is_judgement(_cells(first)):
        return _by_name(path, encoding, columns)
    if "," in first and "\t" not in first:
        records = split_quoted(text, ",", path)
        found = [_trec(list(record.cells), f"{path}:{record.line}") for record in records]
    else:
        lines = enumerate(text.splitlines(), start=1)
        found = [_trec(_cells(line), f"{path}:{n}") for n, line in lines if line.strip()]
    marked = note_on_mark(data, encoding)
    return Qrels(found, digest, notes=(f"{path.name}: {marked}",) if marked else ())


def _cells(line: str) -> list[str]:
    """Return the cells of a line: between tabs or commas, where that gives three or four, else between blanks."""
    for separator in ("\t", ","):
        cells = [cell.strip() for cell in line.strip("\r\n").split(separator)]
        if len(cells) in _COUNTS:
            return cells
    return _BLANKS.split(line.strip())


def _is_judgement(cells: list[str]) -> bool:
    return len(cells) in _COUNTS and _NUMBER.fullmatch(cells[-1].strip('"')) is not None


def _trec(cells: list[str], where: str) -> Judgement:
    if len(cells) not in _COUNTS:
        raise DatasetError(
            f"this line has {len(cells)} columns",
            where=where,
            hint="TREC qrels have four columns: query, iteration, document, grade",
        )
    query, document = id_of(cells[0], where, "query"), id_of(cells[-2], where, "document")
    return Judgement(query, document, grade_of(cells[-1], where), where)


def _by_name(path: Path, encoding: str, columns: QrelsColumns) -> Qrels:
    kind = None if any(end.lower() in FORMATS for end in path.suffixes) else "tsv"
    table = read_table(path, format=kind, encoding=encoding)
    query = _column(table, columns.query_id, _QUERY, "the query")
    document = _column(table, columns.document_id, _DOCUMENT, "the document")
    grade = _column(table, columns.grade, _GRADE, "the grade")
    if query is None or document is None:
        raise DatasetError(
            "this file of judgments has no columns for the query's id and the document's id",
            where=str(path),
            hint="name them: `columns: {query_id: COLUMN, document_id: COLUMN, grade: COLUMN}`; "
            f"its columns are {listing(table.columns)}",
        )
    judgements = [
        Judgement(
            id_of(row.values.get(query), table.where(row.line), "query"),
            id_of(row.values.get(document), table.where(row.line), "document"),
            1.0 if grade is None else grade_of(row.values.get(grade), table.where(row.line)),
            table.where(row.line),
        )
        for row in table.rows
    ]
    return Qrels(judgements, table.sha256, table.columns, table.notes)


def _column(table: DataTable, named: str | None, known: Sequence[str], key: str) -> str | None:
    """Return the column that the suite names, if this file has it: it may be that of another file; else a usual one."""
    return named if named in table.columns else pick(table, None, known, key)
