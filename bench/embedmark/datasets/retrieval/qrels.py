"""Relevance judgements: BEIR's tab-separated files with a header line, and TREC's four columns without one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from embedmark.datasets.decode import decode, read_bytes
from embedmark.datasets.retrieval.parts import Judgement, grade_of, id_of
from embedmark.datasets.retrieval.table import pick, read_table
from embedmark.errors import DatasetError, listing

_QUERY = ("query-id", "query_id", "qid", "query", "_id")
_DOCUMENT = ("corpus-id", "corpus_id", "document_id", "doc_id", "docid", "pid", "passage_id", "document")
_GRADE = ("score", "grade", "relevance", "label", "rel")
_BLANKS = re.compile(r"\s+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def read_qrels(path: Path, encoding: str = "utf-8") -> tuple[list[Judgement], str]:
    """Return the judgements of a file in its order, and the SHA-256 of its bytes. Raises DatasetError.

    A file whose first line is not a header has TREC's columns: query, iteration, document, grade; or three of them
    without the iteration.
    """
    data = read_bytes(path)
    if path.suffix.lower() in (".jsonl", ".json", ".parquet", ".ndjson") or not _is_trec(decode(data, encoding, path)):
        return _by_name(path, encoding), hashlib.sha256(data).hexdigest()
    lines = enumerate(decode(data, encoding, path).splitlines(), start=1)
    return [_trec(line, f"{path}:{n}") for n, line in lines if line.strip()], hashlib.sha256(data).hexdigest()


def _is_trec(text: str) -> bool:
    cells = _BLANKS.split(text.split("\n", 1)[0].strip())
    return len(cells) in (3, 4) and "," not in text.split("\n", 1)[0] and _NUMBER.fullmatch(cells[-1]) is not None


def _trec(line: str, where: str) -> Judgement:
    cells = _BLANKS.split(line.strip())
    if len(cells) not in (3, 4):
        raise DatasetError(
            f"this line has {len(cells)} columns",
            where=where,
            hint="TREC qrels have four columns: query, iteration, document, grade",
        )
    return Judgement(cells[0], cells[-2], grade_of(cells[-1], where), where)


def _by_name(path: Path, encoding: str) -> list[Judgement]:
    known = {".tsv": None, ".csv": None, ".jsonl": None, ".json": None, ".parquet": None, ".ndjson": None}
    table = read_table(path, format=known.get(path.suffix.lower(), "tsv"), encoding=encoding)
    query, document = pick(table, None, _QUERY, "the query"), pick(table, None, _DOCUMENT, "the document")
    grade = pick(table, None, _GRADE, "the grade")
    if query is None or document is None:
        raise DatasetError(
            "this file of judgments has no columns for the query's id and the document's id",
            where=str(path),
            hint=f"name them query-id, corpus-id and score; its columns are {listing(table.columns)}",
        )
    return [
        Judgement(
            id_of(row.values.get(query), table.where(row.line), "query"),
            id_of(row.values.get(document), table.where(row.line), "document"),
            1.0 if grade is None else grade_of(row.values.get(grade), table.where(row.line)),
            table.where(row.line),
        )
        for row in table.rows
    ]
