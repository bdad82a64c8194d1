"""A retrieval dataset in one Excel file: a sheet of queries, one of documents and one of judgments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from embedmark.datasets.binary import binary_format, sheet_names
from embedmark.datasets.places import read_blob

# What people call the sheets, in lower case and without an s at the end.
_SHEETS: Final = {
    "queries": ("querie", "query", "question", "topic", "질문", "질의", "쿼리"),
    "corpus": ("corpu", "corpora", "collection", "document", "doc", "passage", "문서", "지문", "본문", "말뭉치"),
    "qrels": ("qrel", "judgment", "judgement", "relevance", "정답", "판정", "평가"),
}
_STARTS: Final = (b"PK", b"\xd0\xcf")  # of what may be an Excel file
_ENDINGS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")


def sheets_in(path: Path) -> Mapping[str, str]:
    """Return the sheet of each part (`queries`, `corpus`, `qrels`) in an Excel file; {} for any other file.

    Raises:
        DatasetError: a damaged Excel file.
    """
    if not path.is_file() or not _may_be_excel(path):
        return {}
    data = read_blob(path).data
    if binary_format(data) != "excel":
        return {}
    names = {name.strip().casefold().removesuffix("s"): name for name in reversed(sheet_names(data, path))}
    found = ((part, next((names[one] for one in known if one in names), None)) for part, known in _SHEETS.items())
    return {part: name for part, name in found if name is not None}


def is_workbook(path: Path) -> bool:
    """Return True for an Excel file with a sheet of queries and one of documents. Raises DatasetError."""
    return {"queries", "corpus"} <= sheets_in(path).keys()


def _may_be_excel(path: Path) -> bool:
    if any(end.lower() in _ENDINGS for end in path.suffixes):
        return True
    with path.open("rb") as file:
        return file.read(2) in _STARTS
