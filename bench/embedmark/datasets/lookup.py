"""Where a row has the columns that are wanted, and what is said of columns of splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from unicodedata import category

from embedmark.datasets.columns import Column
from embedmark.datasets.guess import meant_columns
from embedmark.datasets.headers import columns_below
from embedmark.datasets.layout import Layout, format_title, plain_text
from embedmark.datasets.rows import MissingColumnError, Row, Rows, has_key, missing_key, value_at
from embedmark.datasets.suggest import hint_for_column, hint_for_numbers, hint_for_twice, questions_in
from embedmark.errors import DatasetError

_INVISIBLE = ("Cf", "Cc")  # a byte order mark is one
_SPLITS = frozenset({"train", "dev", "test", "validation", "val", "valid", "trial"})


def text_beside(row: Row, column: Column, places: Mapping[Column, int]) -> str:
    """Return a row's value in a column as text; the empty string where an object lacks the key."""
    try:
        return plain_text(value_at(row, column, places))
    except KeyError:
        return ""


def places_of(rows: Rows, layout: Layout, extra: Sequence[Column]) -> dict[Column, int]:
    """Return by column the index, from 0, of its cell; nothing for objects. Raises DatasetError."""
    wanted = [*layout.columns.all, *layout.where, *extra]
    first = next((row for row in rows.rows if row.problem is None), None)
    if first is None and rows.rows and not rows.header_line and rows.rows[0].problem is not None:
        raise rows.rows[0].problem
    if first is not None and isinstance(first.cells, Mapping):
        if layout.columns.numbered:
            raise DatasetError(
                f"{format_title(layout.format)} has keys, not numbered columns",
                where=rows.where(first.line),
                hint=hint_for_numbers(rows, layout),
            )
        for column in (*layout.where, *extra):
            if not any(has_key(row.cells, str(column)) for row in rows.rows if isinstance(row.cells, Mapping)):
                error = missing_key(first.cells, str(column), layout.columns, "name one of them")
                error.where = rows.where(first.line)
                raise error
        return {}
    return {column: _place(column, rows, layout) for column in wanted}


def _place(wanted: Column, rows: Rows, layout: Layout) -> int:
    names = rows.names
    where = rows.where(rows.header_line or 1)
    if isinstance(wanted, int):
        width = len(names) or max((len(row.cells) for row in rows.rows[:1]), default=0)
        if wanted <= width:
            return wanted - 1
        hint = f"columns are numbered 1 to {width}"
        raise DatasetError(f"there is no column {wanted}: the first line has {width}", where=where, hint=hint)
    if not rows.header_line:
        hint = "give its number, counted from 1: the file has no header line"
        raise DatasetError(f"there is no column {wanted!r}", where=where, hint=hint)
    if names.count(wanted) == 1:
        return names.index(wanted)
    bare = [bare_name(name) for name in names]
    if wanted not in names and bare.count(wanted) == 1:
        return bare.index(wanted)
    if wanted in names:
        hint = f"rename one of them in the file, or {hint_for_twice(rows, layout)}"
        raise DatasetError(f"the header line has the column {wanted!r} twice", where=where, hint=hint)
    error = MissingColumnError(f"there is no column {wanted!r} in the header line", where=where)
    error.hint, error.guess = hint_for_column(wanted, rows, layout), meant_columns(rows, layout)
    error.questions = questions_in(rows, layout)
    error.is_whole = len(names) > 1 and all(name.strip() for name in names)
    error.below = columns_below(rows, layout) if error.guess is None else None
    raise error


def bare_name(name: str) -> str:
    """Return a column's name without blanks, byte order marks and other invisible characters around it."""
    start, end = 0, len(name)
    while start < end and (name[start].isspace() or category(name[start]) in _INVISIBLE):
        start += 1
    while end > start and (name[end - 1].isspace() or category(name[end - 1]) in _INVISIBLE):
        end -= 1
    return name[start:end]


def notes_on_names(rows: Rows, layout: Layout) -> list[str]:
    """Return a note where columns were found whose names have blanks or invisible characters around them."""
    if not rows.header_line:
        return []
    wanted = {column for column in (*layout.columns.all, *layout.where) if isinstance(column, str)}
    around = sorted(wanted - set(rows.names))
    return [f"names of columns have blanks or invisible characters around them: {', '.join(around)}"] if around else []


def notes_on_splits(names: Sequence[str], cells: Callable[[str], Iterable[str]], chosen: bool) -> list[str]:
    """Return a note on a file with a column of splits: what is measured together.

    Args:
        names: of its columns.
        cells: returns the cells of a column, as text.
        chosen: True if `where` chooses rows.
    """
    name = next((name for name in ("split", "Split", "SPLIT", "SemEval_set") if name in names), None)
    if chosen or name is None:
        return []
    counts = Counter(cells(name))
    known = [value for value in counts if value.lower() in _SPLITS]
    if len(counts) < 2 or not known:
        return []
    shown = ", ".join(f"{value} ({count:,})" for value, count in counts.most_common(6))
    one = next((value for value in known if value.lower() == "test"), known[0])
    return [f"its column {name} has {shown}: all are measured together; `where: {{{name}: {one}}}` takes one"]


def notes_on_columns(rows: Rows, layout: Layout) -> list[str]:
    """Return what is said of the names of a file's columns, and of a column of splits."""

    def cells(name: str) -> Iterator[str]:
        places: dict[Column, int] = {name: rows.names.index(name)}
        return (text_beside(row, name, places) for row in rows.rows if row.problem is None)

    return [*notes_on_names(rows, layout), *notes_on_splits(rows.names, cells, bool(layout.where))]
