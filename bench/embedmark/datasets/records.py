"""From the text of a TSV or CSV file to its records: cells, and the line where each record begins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from embedmark.datasets.decode import DecodeError
from embedmark.errors import DatasetError

_NO_LIMIT = 2**31 - 1  # what a C long holds everywhere
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANINGS = {"t": "\t", "n": "\n", "r": "\r"}


class Record(NamedTuple):
    """One record: the line where it begins, counted from 1, and its cells."""

    line: int
    cells: list[str]


def split_plain(text: str, delimiter: str, path: Path, escape: str = "") -> list[Record]:
    """Return records of an unquoted file: a line is a record, and a quote is a character like any other.

    Lines end in LF or CRLF, and in nothing else: str.splitlines would also break at U+2028 and the like,
    which occur inside sentences. With `escape`, a backslash before a delimiter or a backslash makes it text, and
    `\\t`, `\\n` and `\\r` are a tab, a line feed and a carriage return.

    Raises:
        DatasetError: lines end in a lone CR.
    """
    if "\n" not in text and "\r" in text.rstrip("\r"):
        raise DecodeError(
            "lines end in a lone carriage return (an old Macintosh file)",
            where=str(path),
            hint="save it with LF or CRLF line ends",
        )
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    split = (lambda line: _unescaped(line, delimiter)) if escape else (lambda line: line.split(delimiter))
    return without_trailing_blanks([Record(n, split(line)) for n, line in enumerate(lines, start=1)])


def split_quoted(text: str, delimiter: str, path: Path, escape: str = "") -> list[Record]:
    """Return records of a quoted file (RFC 4180): a cell in quotes may hold delimiters, line breaks and doubled quotes.

    With `escape`, quotes inside a cell are escaped instead of doubled.

    Raises:
        DatasetError: a quote that is not closed, text after a closing quote.
    """
    # newline="": a CRLF inside a quoted cell is the user's text.
    source = io.StringIO(text, newline="")
    records: list[Record] = []
    begin = 1
    with _any_length():
        reader = csv.reader(source, delimiter=delimiter, strict=True, escapechar=escape or None, doublequote=not escape)
        try:
            for cells in reader:
                records.append(Record(begin, cells))
                begin = reader.line_num + 1
        except csv.Error as error:
            raise DatasetError(
                f"the quotes of this record do not match: {_plainly(error)}", where=f"{path}:{begin}",
                hint="look for a missing or extra quote in this line",
            ) from None  # fmt: skip
    return without_trailing_blanks(records)


def split_lenient(text: str, delimiter: str) -> list[Record]:
    """Records as csv's default quoting finds them, without those of another width than the first: MTEB's KorSTS."""
    reader = _lenient(text, delimiter)
    records = [Record(number, cells) for number, cells in enumerate(reader, start=1)]
    return [record for record in records if len(record.cells) == len(records[0].cells)]


def rows_if_quoted(text: str, delimiter: str, widths: frozenset[int]) -> int | None:
    """Return how many records a parser with csv's default quoting would find; None if it would stop with an error.

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


@contextmanager
def _any_length() -> Iterator[None]:
    """Within, a cell may be longer than csv's limit, which is the process's own; a quoted article is legal CSV."""
    before = csv.field_size_limit(_NO_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _unescaped(line: str, delimiter: str) -> list[str]:
    cells = _cells(line, delimiter)
    return [_ESCAPED.sub(lambda found: _MEANINGS.get(found[1], found[1]), cell) for cell in cells]


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line, still escaped."""
    cells = [""]
    for part in re.findall(rf"\\.|{re.escape(delimiter)}|[^\\{re.escape(delimiter)}]+|\\$", line, re.DOTALL):
        if part == delimiter:
            cells.append("")
        else:
            cells[-1] += part
    return cells


def _lenient(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _plainly(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed"
    if "expected after" in reason:
        return "text follows a closing quote"
    return reason
