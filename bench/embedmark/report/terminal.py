"""The report on a terminal: fits 80 columns, says more where there is room."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.derive import Derived
from embedmark.report.tables.summary import DatasetTable, ReportView, make_view
from embedmark.report.text.fold import MARK, fold_name, wrap

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


_NAME = 9  # columns that a provider's name has at least
_GAP = 2  # between two columns of a table


def print_report(manifest: Mapping[str, Any], derived: Derived, folder: Path) -> None:
    """Print the report of the run in `folder` to stdout."""
    from rich.console import Console

    render(Console(highlight=False), make_view(manifest, derived), folder)


def terminal_text(view: ReportView, folder: Path, width: int) -> str:
    """Return what a terminal of this width shows, without styles."""
    return captured(lambda console: render(console, view, folder), width)


def captured(draw: Callable[[Console], None], width: int) -> str:
    """Return what `draw` prints to a console of this width."""
    from rich.console import Console

    text = io.StringIO()
    draw(Console(file=text, width=width, highlight=False, color_system=None))
    return text.getvalue()


def render(console: Console, view: ReportView, folder: Path) -> None:
    """Print a report to `console`, at its width.

    What people read last comes last: tables and warnings, then the answers, then the page and the run's folder. The
    last line is the folder and nothing else, unless the run did not complete.
    """
    for dataset in view.tables:
        console.print()
        console.print(_table(dataset, console.width))
        bullets(console, dataset.notes, style="dim")
    if view.warnings or view.failures:
        console.print()
    for message, advice in view.warnings:
        sentence(console, f"warning: {message}; {advice}", style="yellow")
    for failure in view.failures:
        sentence(console, f"failed: {failure}", style="red")
    if view.answers:
        console.print()
        for answer in view.answers:
            sentence(console, answer)
        bullets(console, view.notes, style="dim")
    console.print()
    sentence(console, view.machine, style="dim")
    state = "" if view.status == "complete" else f" ({view.status})"
    console.print(f"page: {folder / 'report.html'}", markup=False, soft_wrap=True)
    console.print(f"{folder}{state}", style="bold", markup=False, soft_wrap=True)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table of text to stdout."""
    from rich.console import Console
    from rich.text import Text

    table = frame()
    for title in titles:
        table.add_column(Text(title), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(highlight=False).print(table)


def _table(dataset: DatasetTable, width: int) -> Table:
    from rich.text import Text

    table = frame(title=dataset.heading)
    shown = [i for i, column in enumerate(dataset.columns) if width >= column.min_width]
    cells = [[row[i] for i in shown] for row in dataset.rows]
    names = named(
        [row[0] for row in cells], [dataset.columns[i].title for i in shown], [row[1:] for row in cells], width
    )
    for i in shown:
        column = dataset.columns[i]
        # The provider's name gives way (folds); figures never do.
        table.add_column(
            Text(column.title), justify="right" if column.numeric else "left", no_wrap=column.numeric or i == 0,
            overflow="fold", vertical="bottom" if i == 0 else "top", min_width=_NAME if i == 0 else None,
        )  # fmt: skip
    for name, row in zip(names, cells, strict=True):
        table.add_row(Text(name), *(Text(cell) for cell in row[1:]))
    return table


def named(names: Sequence[str], titles: Sequence[str], others: Sequence[Sequence[str]], width: int) -> list[str]:
    """The names of a table's first column, folded to the room that the other columns leave; marked ones stand out.

    Args:
        titles: of all columns. others: each row's other cells.
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


def frame(title: str | None = None) -> Table:
    """An empty table in the style of all tables."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    return Table(
        title=Text(title, style="bold") if title else None, title_justify="left", box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False, show_edge=False,
    )  # fmt: skip


def sentence(console: Console, text: str, style: str = "", indent: int = 0) -> None:
    """Print a sentence, broken at the console's width, and never between a number and its percent sign."""
    from rich.text import Text

    for line in wrap(text, max(20, console.width - indent)):
        console.print(Text(" " * indent + line, style=style), soft_wrap=True)


def bullets(console: Console, lines: Sequence[str], style: str) -> None:
    """Print each line, indented."""
    for line in lines:
        sentence(console, line, style, indent=2)
