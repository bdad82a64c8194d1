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
from embedmark.datasets.retrieval.grades import grade_of, grades_in
from embedmark.datasets.retrieval.parts import Judgement, id_of
from embedmark.datasets.retrieval.reading import FileReading, LackingColumnError
from embedmark.datasets.retrieval.table import FORMATS, DataTable, pick, read_packed, read_table
from embedmark.datasets.suggest import flow
from embedmark.errors import DatasetError, listing

_QUERY = ("query-id", "query_id", "qid", "query", "_id", "질문번호", "질문id", "질문")
_DOCUMENT = (
    "corpus-id",
    "corpus_id",
    "document_id",
    "doc_id",
    "docid",
    "did",
    "pid",
    "passage_id",
    "document",
    "문서번호",
    "문서id",
    "문서",
)
_GRADE = ("score", "grade", "relevance", "label", "rel", "점수", "관련도", "등급")
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_COUNTS = (3, 4)  # columns without a header line: TREC's, or three of them
_OWN = frozenset({"delimiter", "quoting", "escape", "skip_lines", "sheet"})  # keys of a file with a header line
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
        notes, unused: as of a DataTable.
    """

    judgements: list[Judgement]
    sha256: str
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unused: frozenset[str] = frozenset()


def read_qrels(path: Path, how: FileReading, columns: QrelsColumns) -> Qrels:
    """Return the judgements of a file. Raises DatasetError.

    A file whose first line is not a header has TREC's columns: query, iteration, document, grade; or three of them
    without the iteration.
    """
    packed, data = read_packed(path)
    digest = hashlib.sha256(packed).hexdigest()
    if binary_format(data) or any(end.lower() in _OBJECTS for end in path.suffixes):
        return _by_name(path, how, columns)
    encoding = how.keys.get("encoding") or "utf-8"
    text = decode(data, encoding, path)
    refuse_other(text, path)
    first = text.split("\n", 1)[0]
    if _OWN & how.keys.keys() - how.shared or not _is_judgement(_cells(first)):
        return _by_name(path, how, columns)
    mark = next((mark for mark in ",;|" if mark in first), "")
    if mark and "\t" not in first:
        records = split_quoted(text, mark, path)
        found = [_trec(list(record.cells), f"{path}:{record.line}") for record in records]
    else:
        lines = enumerate(text.splitlines(), start=1)
        found = [_trec(_cells(line), f"{path}:{n}") for n, line in lines if line.strip()]
    marked = note_on_mark(data, encoding)
    unused = frozenset([*(how.shared & _OWN), *(f"where.{column}" for column in how.where)])
    return Qrels(found, digest, notes=(f"{path.name}: {marked}",) if marked else (), unused=unused)


def _cells(line: str) -> list[str]:
    """Return the cells of a line: between tabs, commas and the like if that gives three or four, else blanks."""
    for separator in ("\t", ",", ";", "|"):
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


def _by_name(path: Path, how: FileReading, columns: QrelsColumns) -> Qrels:
    if "format" not in how.keys and not any(end.lower() in FORMATS for end in path.suffixes):
        how = how._replace(keys={**how.keys, "format": "tsv"})
    table = read_table(path, how)
    if _is_judgement(list(table.columns)):  # a sheet without a header line
        lines = [(table.rows[0].line - 1, list(table.columns))]
        lines += [(row.line, [str(cell) for cell in row.values.values()]) for row in table.rows]
        found = [_trec(cells, table.where(line)) for line, cells in lines]
        return Qrels(found, table.sha256, notes=table.notes, unused=table.unused)
    query = _column(table, columns.query_id, _QUERY, "the query")
    document = _column(table, columns.document_id, _DOCUMENT, "the document")
    grade = _column(table, columns.grade, _GRADE, "the grade")
    if query is None or document is None:
        raise _lacking(table)
    judgements = [
        Judgement(
            id_of(row.get(query), table.where(row.line), "query"),
            id_of(row.get(document), table.where(row.line), "document"),
            value,
            table.where(row.line),
        )
        for row, value in zip(table.rows, grades_in(table, grade, how.labels), strict=True)
    ]
    return Qrels(judgements, table.sha256, table.columns, table.notes, table.unused)


def _lacking(table: DataTable) -> LackingColumnError:
    """Return the error of a file whose columns have other names: probably a query, a document and a grade, in order."""
    keys = ("query_id", "document_id", "grade")
    fits = len(table.columns) in (2, 3) and all(table.columns)
    named = dict(zip(keys, table.columns, strict=False)) if fits else dict.fromkeys(keys, "COLUMN")
    error = LackingColumnError(
        "this file of judgments has no columns for the query's id and the document's id",
        where=str(table.path),
        hint=f"name them: `columns: {flow(named)}`; its columns are {listing(table.columns)}",
    )
    error.named = named if fits else {}
    error.is_header = fits
    return error


def _column(table: DataTable, named: str | None, known: Sequence[str], key: str) -> str | None:
    """Return the column that the suite names, if this file has it: it may be that of another file; else a usual one."""
    return named if named in table.columns else pick(table, None, known, key)
