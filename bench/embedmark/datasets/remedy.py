"""A remedy for a file that cannot be read: a key that was tried, so that it works when it is typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from embedmark.datasets.columns import AnyColumns
from embedmark.datasets.decode import DecodeError
from embedmark.datasets.layout import Reading
from embedmark.datasets.read_file import ReadFile
from embedmark.datasets.rows import MissingColumnError
from embedmark.datasets.scores import MissingScoreError, is_thousands, parse_score
from embedmark.datasets.suggest import flow, written
from embedmark.datasets.wrapped import QUOTES
from embedmark.errors import DatasetError
from embedmark.files import marked_encoding
from embedmark.language import translatable

Attempt = Callable[[AnyColumns, Reading], ReadFile]
Changes = tuple[tuple[str, Reading], ...]
_ID = re.compile(r"(?:^|[^a-z])ids?$|번호$", re.IGNORECASE)
# In the order in which they are tried; the first that reads the whole file is named.
CHANGES: Changes = (
    ('add `decimal: ","`, or write a decimal point instead of the comma', {"decimal": ","}),
    ("the first line is a header line: add `header: true`, or give its names instead of numbers", {"header": True}),
    ("if cells of this file are quoted, add `quoting: minimal`", {"quoting": "minimal"}),
    ("quotes are escaped in this file: add `escape: backslash`", {"escape": "backslash", "quoting": "minimal"}),
    ("if quotes are ordinary characters in this file, add `quoting: none`", {"quoting": "none"}),
    ("cells of this file are in quotes after a blank: add `quoting: spaced`", {"quoting": "spaced"}),
    ("cells of this file are in single quotes: add `quoting: single`", {"quoting": "single"}),
    ("cells of this file are in typographic quotes: add `quoting: curly`", {"quoting": "curly"}),
    ("its cells are separated by tabs: write `format: tsv`", {"format": "tsv"}),
    ("its cells are separated by commas: write `format: csv`", {"format": "csv"}),
    ('its cells are separated by semicolons: add `delimiter: ";"`', {"delimiter": ";"}),
    ('its cells are separated by vertical bars: add `delimiter: "|"`', {"delimiter": "|"}),
    *(
        (f'its cells are separated by {mark!r}: add `delimiter: "{mark}"`', cast("Reading", {"delimiter": mark}))
        for mark in ":^~\uff0c"
    ),
    *((f"its table begins below: add `skip_lines: {n}`", cast("Reading", {"skip_lines": n})) for n in range(1, 6)),
    *((f"the data may be on another sheet: add `sheet: {n}`", cast("Reading", {"sheet": n})) for n in range(2, 5)),
    ("it is JSON Lines: write `format: jsonl`", {"format": "jsonl"}),
    ("it is one JSON array: write `format: json`", {"format": "json"}),
)
_MISSING: Changes = (
    (
        "leave such rows out, and have them counted, with `missing_score: skip` (`on_bad_row: skip` leaves out all "
        "rows that cannot be read)",
        {"missing_score": "skip"},
    ),
)
_LEAVE_OUT: Changes = (("leave such rows out, and have them counted, with `on_bad_row: skip`", {"on_bad_row": "skip"}),)
_PLACES = frozenset({"skip_lines", "sheet", "delimiter"})  # keys that say where a table is
_COMMA = re.compile(r"[+-]?\d[\d,]*,\d+")
_LINE = re.compile(r":([0-9]+)(?:,|$)")
_LONG = 200_000  # bytes; below, reading a dozen times is quick
_LOOKED_AT = 4_096
_HEAD, _AROUND = 1_000, 20
_MOST_WRAPPED = 0.2  # of sentences in quotes: above, leaving quotes in the text is no remedy


@dataclass(frozen=True, slots=True)
class Sampled:
    """A few lines of a long file, by which most changes are ruled out before the whole file is read again.

    Attributes:
        attempt: reads these lines.
        has_quotes: True if a line has a double quote: a quoted cell may be cut, and its error means nothing then.
    """

    attempt: Attempt
    has_quotes: bool

    def rules_out(self, change: Reading, columns: AnyColumns, reading: Reading) -> bool:
        """Return True if these lines alone cannot be read with a change, so that the file cannot be either."""
        if change.get("format") == "json" or (change.get("quoting") == "minimal" and self.has_quotes):
            return False
        try:
            self.attempt(columns, reading)
        except DatasetError:
            return True
        return False


# Returns the sample with the line that an error names.
Sampler = Callable[[DatasetError], Sampled | None]


def sample_of(data: bytes, error: DatasetError) -> bytes | None:
    """Return the first lines of a text and those around the line of an error; None for a short text and UTF-16."""
    if len(data) < _LONG or marked_encoding(data) or b"\0" in data[:_LOOKED_AT]:
        return None
    lines = data.splitlines(keepends=True)
    place = _LINE.search(error.where or "")
    line = int(place[1]) if place else 0
    return b"".join([*lines[:_HEAD], *lines[max(_HEAD, line - _AROUND) : max(0, line + _AROUND)]])


def with_remedy(attempt: Attempt, columns: AnyColumns, reading: Reading, sampler: Sampler) -> ReadFile:
    """Return what `attempt` reads; where it fails, name the first change of a key under which it does not.

    Raises:
        DatasetError: what `attempt` raised, its hint replaced where a change was found that works.
    """
    try:
        return attempt(columns, reading)
    except DecodeError:
        raise
    except DatasetError as error:
        error.hint = _hint(error, attempt, columns, reading, sampler(error))
        raise


def _hint(
    error: DatasetError, attempt: Attempt, columns: AnyColumns, reading: Reading, sampled: Sampled | None
) -> str | None:
    missing = isinstance(error, MissingScoreError)
    found = None if missing else next(_working(CHANGES, attempt, columns, reading, sampled), None)
    is_open = isinstance(error, MissingColumnError) and error.guess is None and error.questions is None
    if found is None and is_open and not columns.numbered:
        found = next(_working_with_columns(error, attempt, columns, reading), None) or _below(error, attempt, reading)
    if found is not None:
        if isinstance(error, MissingColumnError):
            error.is_solved = True
        return found
    leave_out = next(_working(_MISSING if missing else _LEAVE_OUT, attempt, columns, reading, sampled), None)
    return translatable(f"{error.hint}; or {leave_out}") if leave_out and error.hint else error.hint


def _working(
    changes: Changes, attempt: Attempt, columns: AnyColumns, reading: Reading, sampled: Sampled | None = None
) -> Iterator[str]:
    for hint, change in changes:
        if all(reading.get(key) == value for key, value in change.items()):
            continue
        if ("header" in change and not columns.numbered) or ("skip_lines" in change and columns.numbered):
            continue
        if "sheet" in change and reading.get("sheet") is not None:
            continue
        changed = cast("Reading", {**reading, **change})
        if sampled is not None and sampled.rules_out(change, columns, changed):
            continue
        try:
            read = attempt(columns, changed)
        except DatasetError:
            continue
        if _is_remedy(read, change):
            yield hint


def _working_with_columns(
    first: DatasetError, attempt: Attempt, columns: AnyColumns, reading: Reading
) -> Iterator[str]:
    """Yield the changes under which the file has other columns that look like those of an entry, with these columns."""
    for _, change in CHANGES:
        if not _is_a_place(change, first, reading):
            continue
        changed = cast("Reading", {**reading, **change})
        key, value = next(iter(change.items()))
        shown = f'{key}: "{value}"' if key == "delimiter" else f"{key}: {value}"
        try:
            attempt(columns, changed)
        except MissingColumnError as error:
            meant = error.guess
            if error.questions is not None:
                asked = flow(dict(zip(("query", "passage"), error.questions, strict=True)))
                yield (f"its table has questions and passages: add `kind: retrieval`, `{shown}` and `columns: {asked}`")
                continue
        except DatasetError:
            continue
        if meant is None or _are_data(meant):
            continue
        if _are_ids(meant):
            yield from _of_judgments(change.get("sheet"))
            continue
        try:
            attempt(meant, changed)
        except DatasetError:
            continue
        yield f"its table is elsewhere in the file: add both `{shown}` and `{written(meant)}`"


def _is_a_place(change: Reading, first: DatasetError, reading: Reading) -> bool:
    """Return True if a change names a place of the table that the user has not named, and that may have one."""
    if "skip_lines" in change and isinstance(first, MissingColumnError) and first.is_whole:
        return False
    return bool(change.keys() & _PLACES) and not any(reading.get(key) for key in change)


def _are_data(columns: AnyColumns) -> bool:
    """Return True if a name is a number, and so data."""
    return any(parse_score(str(name)) is not None for name in columns.all)


def _are_ids(columns: AnyColumns) -> bool:
    """Return True for the columns of judgments, which name texts of other sheets or files."""
    return all(_ID.search(str(name)) for name in columns.texts)


def _of_judgments(sheet: object) -> Iterator[str]:
    """Yield what a workbook needs whose sheet of this number has the judgments of a search."""
    if sheet is not None:
        queries, corpus = (number for number in (1, 2, 3) if number != sheet)
        numbers = {"queries": queries, "corpus": corpus, "qrels": sheet}
        sheets = "{" + ", ".join(f"{part}: {number}" for part, number in numbers.items()) + "}"
        yield f"sheet {sheet} has judgments of a search: add `kind: retrieval` and `sheet: {sheets}`"


def _below(error: DatasetError, attempt: Attempt, reading: Reading) -> str | None:
    """Return the columns by number below several header rows, if the file can be read with them."""
    if not isinstance(error, MissingColumnError) or error.below is None or reading.get("skip_lines"):
        return None
    skip, columns = error.below
    try:
        attempt(columns, cast("Reading", {**reading, "skip_lines": skip}))
    except DatasetError:
        return None
    return f"its columns have no names of their own: add both `skip_lines: {skip}` and `{written(columns)}`"


def _is_remedy(read: ReadFile, change: Reading) -> bool:
    if "on_bad_row" in change or "missing_score" in change:
        return len(read.picked.pairs) > 1 and 2 * len(read.picked.pairs) >= len(read.rows.rows)
    if change.get("quoting") in QUOTES:
        return QUOTES[str(change["quoting"])][0][0] in read.rows.text
    if "decimal" in change:
        return not _has_thousands(read)
    if "escape" in change:
        return '\\"' in read.rows.text
    return change.get("quoting") != "none" or ('"' in read.rows.text and _wrapped(read) <= _MOST_WRAPPED)


def _has_thousands(read: ReadFile) -> bool:
    """Return True if every number with a comma has three digits after it: 1,000 is a thousand, and 1,5 is not."""
    rows = (row.cells for row in read.rows.rows if not isinstance(row.cells, Mapping))
    cells = [cell.strip() for row in rows for cell in row if isinstance(cell, str)]
    numbers = [cell for cell in cells if _COMMA.fullmatch(cell)]
    return bool(numbers) and all(is_thousands(number) for number in numbers)


def _wrapped(read: ReadFile) -> float:
    texts = [text for pair in read.picked.pairs for text in (pair.sentence1, pair.sentence2)]
    return sum(len(text) > 1 and text[0] == '"' == text[-1] for text in texts) / len(texts)
