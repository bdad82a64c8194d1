"""From the text of a TSV or CSV file to rows: which lines have the cells that are wanted, and which do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from embedmark.datasets.even import EvenRows, even_cells
from embedmark.datasets.layout import Layout
from embedmark.datasets.records import Record, split_lenient, split_plain, split_quoted
from embedmark.datasets.rows import Row, Rows
from embedmark.datasets.wrapped import MARKDOWN, QUOTES, split_markdown, split_wrapped
from embedmark.errors import DatasetError

_MESSAGES = 5
_PATTERN = 2  # lines of a width: one alone is a mistake, such as a stray tab


def records_of(text: str, layout: Layout, path: Path) -> list[Record]:
    """Return the records of a text table, without the lines to skip. Raises DatasetError."""
    if layout.quoting == "lenient":
        return split_lenient(text, layout.cell_end)
    if layout.quoting == MARKDOWN:
        return split_markdown(text)
    if not layout.skip_lines:
        return _split(text, layout, path)
    lines = text.split("\n", layout.skip_lines)
    if len(lines) <= layout.skip_lines or not lines[-1].strip():
        raise DatasetError(
            f"the file ends within the {layout.skip_lines} lines to skip",
            where=str(path),
            hint="make `skip_lines` smaller, or remove it",
        )
    records = _split(lines[-1], layout, path)
    return [Record(record.line + layout.skip_lines, record.cells) for record in records]


def _split(text: str, layout: Layout, path: Path) -> list[Record]:
    if layout.quoting in QUOTES:
        return split_wrapped(text, layout.cell_end, layout.quoting)
    split = split_quoted if layout.quoting == "minimal" else split_plain
    return split(text, layout.cell_end, path, layout.escape)


def rows_of_table(text: str, layout: Layout, path: Path) -> Rows:
    """Return rows of a text table; a line with too few or too many cells is a row with its problem.

    Raises:
        DatasetError: quotes that do not match.
    """
    even = _even_rows(text, layout, path)
    if even is not None:
        return even
    records = records_of(text, layout, path)
    top, body = records[0], records
    names: tuple[str, ...] = ()
    if layout.has_header:
        names, body = tuple(top.cells), records[1:]
    allowed = _allowed(body, top, layout)
    bad = [record for record in body if len(record.cells) not in allowed]
    more = f" ({len(bad) - 1} more lines are like that)" if len(bad) > 1 else ""
    # A message each for those that can be shown; a broken file may have a million such lines.
    problems = [_ragged(record, allowed, layout, path, more) for record in bad[:_MESSAGES]]
    which = {record.line: problems[min(i, _MESSAGES - 1)] for i, record in enumerate(bad)}
    rows = [Row(record.line, record.cells, which.get(record.line)) for record in body]
    return Rows(path=path, rows=rows, names=names, header_line=top.line if names else 0, text=text)


def _even_rows(text: str, layout: Layout, path: Path) -> Rows | None:
    """Return the rows of a plain table in which every line has the cells that are wanted; None for any other."""
    if layout.quoting != "none" or layout.skip_lines or layout.escape:
        return None
    found = even_cells(text, layout.cell_end)
    if found is None or found[1] not in (layout.widths or found[1:]):
        return None
    cells, width = found
    names = tuple(cells[:width]) if layout.has_header else ()
    del cells[: len(names)]
    return Rows(
        path=path,
        rows=EvenRows(cells, width, 2 if names else 1),
        names=names,
        header_line=1 if names else 0,
        text=text,
    )


def note_on_widths(rows: Rows, layout: Layout) -> str:
    """Return what is said of lines that have more cells than the others; "" where there are none."""
    if isinstance(rows.rows, EvenRows):
        return ""
    counts = Counter(len(row.cells) for row in rows.rows if row.problem is None)
    if not layout.is_table or layout.widths is not None or len(counts) < 2:
        return ""
    least = min(counts)
    shown = ", ".join(f"{count:,} lines have {width}" for width, count in sorted(counts.items()))
    return f"{shown} columns: columns 1 to {least} are in every line, and more at the end are not read"


def _allowed(body: Sequence[Record], top: Record, layout: Layout) -> frozenset[int]:
    """Return the numbers of cells that a line may have.

    Without a header line, tab-separated lines may end in further cells: STS-B as it was released has 7 or 9. A tab
    hardly ever occurs inside a sentence, and a comma does.
    """
    if layout.widths is not None:
        return layout.widths
    own = len(top.cells)
    plain = layout.cell_end == "\t" and layout.quoting == "none" and not layout.has_header
    if not plain:
        return frozenset({own})
    counts = Counter(len(record.cells) for record in body)
    least = max(column for column in layout.columns.all if isinstance(column, int))
    several = {width for width, count in counts.items() if width >= least and count >= _PATTERN}
    return frozenset(several | {own})


def _ragged(record: Record, allowed: frozenset[int], layout: Layout, path: Path, more: str) -> DatasetError:
    line, cells = record
    found = "is blank" if not "".join(cells) and len(cells) < 2 else f"has {len(cells)} field{'s' * (len(cells) != 1)}"
    wanted = " or ".join(map(str, sorted(allowed)))
    than = "the header line has" if layout.has_header else "the first line has"
    return DatasetError(
        f"line {line} {found} where {'there must be' if len(allowed) > 1 else than} {wanted}{more}",
        where=f"{path}:{line}",
        hint=_hint_ragged(cells, layout),
    )


def _hint_ragged(cells: Sequence[str], layout: Layout) -> str:
    if not "".join(cells):
        return "remove the blank line"
    if layout.quoting == "minimal":
        return f"put a cell that holds {layout.cell_end!r} in double quotes"
    name = {"\t": "tab", ",": "comma"}.get(layout.cell_end, repr(layout.cell_end))
    return f"look for a {name} too many or too few in this line"
