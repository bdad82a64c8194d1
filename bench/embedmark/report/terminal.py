"""The report on a terminal: fits 80 columns, says more where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.derive import Derived
from embedmark.report.view import DatasetTable, View, make_view

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_report(manifest: Mapping[str, Any], derived: Derived, folder: Path) -> None:
    """Print the report of the run in `folder` to stdout."""
    from rich.console import Console

    render(Console(highlight=False), make_view(manifest, derived), folder)


def render(console: Console, view: View, folder: Path) -> None:
    """Print a report to `console`, at its width."""
    for dataset in view.tables:
        console.print()
        console.print(_table(dataset, console.width))
        bullets(console, dataset.notes, style="dim")
    if view.answers:
        console.print()
        for answer in view.answers:
            console.print(answer, markup=False)
        bullets(console, view.notes, style="dim")
    for failure in view.failures:
        console.print(f"failed: {failure}", style="red", markup=False)
    for message, advice in view.warnings:
        console.print(f"warning: {message}; {advice}", style="yellow", markup=False)
    console.print()
    console.print(view.machine, style="dim", markup=False)
    state = "" if view.status == "complete" else f" ({view.status})"
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
    for i in shown:
        column = dataset.columns[i]
        # The provider's name gives way (folds); figures never do.
        table.add_column(
            Text(column.title), justify="right" if column.numeric else "left",
            no_wrap=column.numeric, overflow="fold", min_width=9 if i == 0 else None,
        )  # fmt: skip
    for row in dataset.rows:
        table.add_row(*(Text(row[i]) for i in shown))
    return table


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


def bullets(console: Console, lines: Sequence[str], style: str) -> None:
    """Print each line, indented."""
    from rich.padding import Padding
    from rich.text import Text

    for line in lines:
        console.print(Padding(Text(line, style=style), (0, 0, 0, 2)))
