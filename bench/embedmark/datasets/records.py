"""From the text of a TSV or CSV file to its records: cells, and the line where each record begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from embedmark.errors import DatasetError

HINT_UNQUOTE = "if quotes are ordinary characters in this file, add `quoting: none`"
HINT_QUOTE = "if cells of this file are quoted, add `quoting: minimal`"


class Record(NamedTuple):
    """One record: the line where it begins, counted from 1, and its cells."""

    line: int
    cells: list[str]


def split_plain(text: str, delimiter: str, path: Path) -> list[Record]:
    """Records of an unquoted file: a line is a record, and a quote is a character like any other.

    Lines end in LF or CRLF, and in nothing else: str.splitlines would also break at U+2028 and the like,
    which occur inside sentences.

    Raises:
        DatasetError: lines end in a lone CR.
    """
    if "\n" not in text and "\r" in text.rstrip("\r"):
        raise DatasetError(
            "lines end in a lone carriage return (an old Macintosh file)",
            where=str(path),
            hint="save it with LF or CRLF line ends",
        )
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return without_trailing_blanks([Record(n, line.split(delimiter)) for n, line in enumerate(lines, start=1)])


def split_quoted(text: str, delimiter: str, path: Path) -> list[Record]:
    """Records of a quoted file (RFC 4180): a cell in quotes may hold delimiters, line breaks and doubled quotes.

    Raises:
        DatasetError: a quote that is not closed, text after a closing quote, a cell above csv's limit.
    """
    # newline="": a CRLF inside a quoted cell is the user's text.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[Record] = []
    begin = 1
    try:
        for cells in reader:
            records.append(Record(begin, cells))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(
            f"the quotes of this record do not match: {_plainly(error)}", where=f"{path}:{begin}", hint=HINT_UNQUOTE
        ) from None
    return without_trailing_blanks(records)


def rows_if_quoted(text: str, delimiter: str, widths: frozenset[int]) -> int | None:
    """How many whole records a parser with csv's default quoting would find; None where it would stop with an error.

    The default is not strict: a quote that is not closed swallows the lines up to the next one.
    """
    try:
        return sum(len(cells) in widths for cells in _lenient(text, delimiter))
    except csv.Error:
        return None


def without_trailing_blanks(records: list[Record]) -> list[Record]:
    """`records` without the blank lines at the end of the file."""
    end = len(records)
    while end and not "".join(records[end - 1].cells).strip() and len(records[end - 1].cells) < 2:
        end -= 1
    return records[:end]


def _lenient(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _plainly(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed"
    if "expected after" in reason:
        return "text follows a closing quote"
    if "field limit" in reason:
        return f"a cell is longer than {csv.field_size_limit():,} characters, as after a quote that is never closed"
    return reason
