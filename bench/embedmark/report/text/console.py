"""Tables and sentences on a terminal, at its width."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Literal

from embedmark.report.text.fold import MARK, fold_name, wrap
from embedmark.report.text.numbers import DASH
from embedmark.report.text.plain import can_be_plain, plain_table, terminal_width

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from embedmark.report.tables.model import DatasetTable

_NAME = 9  # columns that a provider's name has at least
_WHOLE_NAME = 24  # columns of a name for which columns that go first are dropped
_COLUMNS = 80  # of a terminal that does not say
_GAP = 2  # between two columns of a table


def terminal() -> Console:
    """Return stdout's console; rich prints nothing at all where COLUMNS is 0, as some shells of containers set it."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.width < 1:
        console.width = _COLUMNS
    return console


def captured(draw: Callable[[Console], None], width: int) -> str:
    """Return what `draw` prints to a console of this width."""
    from rich.console import Console

    text = io.StringIO()
    draw(Console(file=text, width=width, highlight=False, color_system=None))
    return text.getvalue()


def frame(title: str | None = None) -> Table:
    """Return an empty table in the style of all tables."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(title, style="bold") if title else None, title_justify="left", box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False, show_edge=False,
    )  # fmt: skip


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[int] = (), optional: int = 0
) -> None:
    """Print a plain table of text to stdout.

    Args:
        titles: of the columns.
        rows: of as many cells.
        numbers: the places of columns of numbers, which are at the right.
        optional: how many of the last columns are left out where the terminal has no room for all.
    """
    while optional and _width(titles, rows) > terminal_width():
        titles, rows, optional = titles[:-1], [row[:-1] for row in rows], optional - 1
    plain = plain_table(titles, rows, terminal_width(), numbers) if can_be_plain() else None
    if plain is not None:
        print(plain)  # noqa: T201 - as rich would print it
        return
    from rich.text import Text

    table = frame()
    for place, title in enumerate(titles):
        justify: Literal["left", "right"] = "right" if place in numbers else "left"
        table.add_column(Text(title), overflow="fold", justify=justify)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    terminal().print(table)


def _width(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    from rich.cells import cell_len

    return sum(max(map(cell_len, column)) + _GAP for column in zip(titles, *rows, strict=True)) - _GAP


def print_grid(title: str, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of numbers to stdout whose first column names the rows; long titles are folded."""
    from rich.text import Text

    console = terminal()
    sentence(console, title, style="bold")
    table = frame()
    for place, name in enumerate(titles):
        table.add_column(Text(name), justify="right" if place else "left", overflow="fold", min_width=6 if place else 1)
    for name, *cells in rows:
        table.add_row(Text(name), *(Text(cell) for cell in cells))
    console.print(table)


def drawn_table(table: DatasetTable, width: int) -> Table:
    """Return a table without its heading and without empty columns: as many as fit, the best row in bold."""
    from rich.text import Text

    shown = _shown_columns(table, width)
    cells = [[row[i] for i in shown] for row in table.rows]
    titles = [table.columns[i].title for i in shown]
    names = named([row[0] for row in cells], titles, [row[1:] for row in cells], width)
    drawn = frame()
    for i in shown:
        column = table.columns[i]
        # The provider's name gives way (folds); figures never do.
        drawn.add_column(
            Text(column.title), justify="right" if column.numeric else "left", no_wrap=column.numeric or i == 0,
            overflow="fold", vertical="bottom" if i == 0 else "top", min_width=_NAME if i == 0 else None,
        )  # fmt: skip
    for place, (name, row) in enumerate(zip(names, cells, strict=True)):
        best = place == 0 and any(cell.startswith(MARK) for cell in table.rows[0])
        drawn.add_row(Text(name), *(Text(cell) for cell in row[1:]), style="bold" if best else None)
    return drawn


def _shown_columns(table: DatasetTable, width: int) -> list[int]:
    """Return the columns that have a value and fit: the last are dropped first, the first two never."""
    from rich.cells import cell_len

    shown = [
        i
        for i, column in enumerate(table.columns)
        if width >= column.min_width and (i == 0 or any(row[i] not in ("", DASH) for row in table.rows))
    ]
    lines = {i: [*table.columns[i].title.splitlines(), *(row[i] for row in table.rows)] for i in shown}
    widths = {i: max(map(cell_len, texts)) for i, texts in lines.items()}
    if any(row[0].startswith(MARK) for row in table.rows):
        unmarked = [cell_len(MARK + row[0].removeprefix(MARK)) for row in table.rows]
        widths[0] = max(widths[0], *unmarked)
    widths[0] = min(widths[0], _WHOLE_NAME)
    if sum(widths[i] + _GAP for i in shown) - _GAP > width:
        shown = [i for i in shown if not table.columns[i].goes_first]
    widths[0] = min(widths[0], _NAME + cell_len(MARK))
    while len(shown) > 2 and sum(widths[i] + _GAP for i in shown) - _GAP > width:
        shown.pop()
    return shown


def named(names: Sequence[str], titles: Sequence[str], others: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return the names of a table's first column, folded to the room that is left; marked ones stand out.

    Args:
        names: the first column.
        titles: of all columns.
        others: each row's other cells.
        width: of the terminal.
    """
    from rich.cells import cell_len

    lines = [[*title.splitlines(), *column] for title, *column in zip(titles[1:], *others, strict=True)]
    room = width - sum(max(map(cell_len, column)) + _GAP for column in lines)
    if not any(name.startswith(MARK) for name in names):
        return [fold_name(name, max(_NAME, room)) for name in names]
    folded = [fold_name(MARK + name.removeprefix(MARK), max(_NAME, room)) for name in names]
    clear = " " * cell_len(MARK)
    return [
        text if name.startswith(MARK) else clear + text.removeprefix(MARK)
        for name, text in zip(names, folded, strict=True)
    ]


def sentence(console: Console, text: str, style: str = "", indent: int = 0) -> None:
    """Print a sentence, broken at the console's width, and never between a number and its percent sign."""
    from rich.text import Text

    for line in lines_of(text, console.width, indent):
        console.print(Text(line, style=style), soft_wrap=True)


def lines_of(text: str, width: int, indent: int = 0) -> list[str]:
    """Return the lines that a sentence takes at this width."""
    return [" " * indent + line for line in wrap(text, max(20, width - indent))]


def bullets(console: Console, lines: Sequence[str], style: str) -> None:
    """Print each line, indented."""
    for line in lines:
        sentence(console, line, style, indent=2)
