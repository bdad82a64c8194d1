"""Lines of a text table as rows by column: CSV, TSV and what is like them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from embedmark.datasets.columns import Columns
from embedmark.datasets.detect import DELIMITERS
from embedmark.datasets.layout import Layout, Reading, layout_of
from embedmark.datasets.lookup import bare_name
from embedmark.datasets.records import Record
from embedmark.datasets.rows import Row, has_key, value_at
from embedmark.datasets.tables import records_of
from embedmark.datasets.wrapped import MARKDOWN, is_markdown
from embedmark.errors import DatasetError
from embedmark.language import translatable

_SEP = re.compile(r'"?sep=(.)"?\r?\n')  # Excel's own first line


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line (or record) where it begins, counted from 1, and its values by column."""

    line: int
    values: Mapping[str, Any]

    def get(self, column: str | None) -> Any:
        """Return what the row has in a column, or at a dotted path; None where it has none."""
        if column is None or column in self.values:
            return None if column is None else self.values[column]
        return value_at(Row(self.line, self.values), column, {}) if has_key(self.values, column) else None


def rows_of_text(text: str, path: Path, kind: str, keys: Reading, notes: list[str]) -> list[TableRow]:
    """Return the rows of a CSV or TSV file with a header line, or of a table of Markdown; add what was detected.

    Raises:
        DatasetError: a line with too few or too many cells; quotes that do not match; two columns of one name.
    """
    layout = _layout(text, kind, keys, notes)
    header, *body = records_of(text, layout, path)
    names = [bare_name(name) for name in header.cells]
    refuse_twice(names, path)
    rows = [TableRow(record.line, _by_name(names, record, path)) for record in body]
    if layout.quoting == "none":
        notes += filter(None, [_note_on_quotes(rows)])
    return rows


def _note_on_quotes(rows: Sequence[TableRow]) -> str:
    """Return what is said of a column whose cells are in quotes that were read as text; "" without one."""
    for column in rows[0].values if rows else ():
        cells = [str(row.values[column]) for row in rows]
        wrapped = [cell for cell in cells if len(cell) > 1 and cell[0] == '"' == cell[-1]]
        if 2 * len(wrapped) > len(cells) or any('""' in cell[1:-1] for cell in wrapped):
            return translatable(
                f"{len(wrapped):,} of {len(cells):,} cells of the column {column!r} are in double quotes, which were "
                "read as part of the text; if they are not meant, add `quoting: minimal`"
            )
    return ""


def _layout(text: str, kind: str, keys: Reading, notes: list[str]) -> Layout:
    """Return how a text table is split: as the keys say, else as its first line shows."""
    if not any(keys.get(key) for key in ("format", "quoting", "delimiter", "skip_lines")) and is_markdown(text):
        notes.append(translatable("read as a table of Markdown"))
        return Layout(columns=Columns(), format="csv", quoting=MARKDOWN, delimiter="|")
    expected = "," if kind == "csv" else "\t"
    marked = _SEP.match(text) if not keys.get("skip_lines") else None
    delimiter = keys.get("delimiter") or _delimiter(text, expected, keys.get("skip_lines") or 0, marked)
    if delimiter != expected and not keys.get("delimiter"):
        notes.append(f"its cells are separated by {DELIMITERS.get(delimiter, repr(delimiter))}")
    split = cast("Reading", {**keys, "delimiter": delimiter})
    if marked:
        split["skip_lines"] = 1
    return layout_of(Columns(), kind, split)


def _delimiter(text: str, expected: str, skip: int, marked: re.Match[str] | None) -> str:
    """Return what is between the cells of the first line: what the file's name says, unless that gives one cell."""
    if marked:
        return marked[1]
    lines = text.split("\n", skip + 1)
    first = lines[min(skip, len(lines) - 1)]
    others = (mark for mark in DELIMITERS if mark in first)
    return expected if expected in first else next(others, expected)


def refuse_twice(names: Sequence[str], path: Path) -> None:
    """Raise DatasetError for two columns of one name; cells without a name are left alone."""
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise DatasetError(f"the header line has the column {twice!r} twice", where=str(path), hint="rename one")


def _by_name(names: Sequence[str], record: Record, path: Path) -> dict[str, str]:
    if len(record.cells) != len(names):
        is_blank = not "".join(record.cells).strip()
        raise DatasetError(
            f"this line has {len(record.cells)} fields where the header line has {len(names)}",
            where=f"{path}:{record.line}",
            hint="remove the blank line"
            if is_blank
            else "put a cell that holds the separator in double quotes, or remove the line",
        )
    return dict(zip(names, record.cells, strict=True))
