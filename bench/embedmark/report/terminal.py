"""The report on a terminal: what to decide by, on one screen of 25 lines and 80 columns."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embedmark.derive import Derived
from embedmark.language import gettext as _
from embedmark.language import ngettext
from embedmark.report.tables.model import DatasetTable
from embedmark.report.tables.summary import ReportView, make_view
from embedmark.report.text.console import (
    bullets,
    captured,
    drawn_table,
    frame,
    lines_of,
    named,
    print_table,
    sentence,
    terminal,
)
from embedmark.report.text.fold import MARK
from embedmark.report.text.names import status_name
from embedmark.store.manifest.model import Manifest

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "bullets", "captured", "frame", "named", "print_report", "print_table", "print_warnings", "render", "sentence",
    "terminal_text",
]  # fmt: skip

_LINES: Final = 25  # of a screen; the page has what does not fit
_LEAST: Final = 2  # sentences that are printed in any case
_MOST_FAILURES: Final = 2


def print_report(manifest: Manifest, derived: Derived, folder: Path) -> None:
    """Print the report of the run in `folder` to stdout."""
    render(terminal(), make_view(manifest, derived), folder)


def print_warnings(manifest: Manifest, derived: Derived) -> None:
    """Print every warning and failure of a run to stdout, with what to do about each."""
    from rich.text import Text

    console = terminal()
    view = make_view(manifest, derived)
    for message, advice in view.warnings:
        first, *others = lines_of(message, console.width, 2)
        for line in (f"- {first.removeprefix('  ')}", *others):
            console.print(Text(line), soft_wrap=True)
        sentence(console, advice, style="dim", indent=2)
    for failure in view.failures:
        sentence(console, _("failed: {failure}", failure=failure), style="red")
    if not view.warnings and not view.failures:
        sentence(console, _("No warnings."))


def terminal_text(view: ReportView, folder: Path, width: int) -> str:
    """Return what a terminal of this width shows, without styles."""
    return captured(lambda console: render(console, view, folder), width)


def render(console: Console, view: ReportView, folder: Path) -> None:
    """Print a report to `console`, at its width.

    The table comes first, then the sentences to decide by, as many as the screen has room for. The last line is the
    folder and nothing else, unless the run did not complete.
    """
    from rich.text import Text

    above = [line for table in _shown(view) for line in _table_lines(table, console.width)]
    prices = [line for text in view.prices for line in lines_of(text, console.width)]
    below = _failure_lines(view, folder) + _warning_lines(view, folder)
    room = _LINES - len(above) - len(prices) - len(below) - 3  # an empty line, the page, the folder
    for table in _shown(view):
        sentence(console, table.heading, style="bold")
        console.print(drawn_table(table, console.width))
        if any(cell.startswith(MARK) for row in table.rows for cell in row):
            sentence(console, _legend(), style="dim")
    console.print()
    for i, text in enumerate(view.decision):
        room -= len(lines_of(text, console.width))
        if room < 0 and i >= _LEAST:
            break
        sentence(console, text)
    for line in prices:
        console.print(Text(line, style="dim"))
    for line, style in below:
        console.print(Text(line, style=style), soft_wrap=True)
    state = "" if view.status == "complete" else f" ({status_name(view.status)})"
    console.print(_("page: {path}", path=folder / "report.html"), markup=False, soft_wrap=True)
    console.print(f"{folder}{state}", style="bold", markup=False, soft_wrap=True)


def _shown(view: ReportView) -> list[DatasetTable]:
    """Return the table of all datasets together, or that of the only one; a matrix has one of its own."""
    if view.overview is None:
        return list(view.tables)
    return [view.overview, *(table for table in view.tables if table.is_matrix)]


def _table_lines(table: DatasetTable, width: int) -> list[str]:
    lines = captured(lambda console: console.print(drawn_table(table, width)), width).splitlines()
    marked = any(cell.startswith(MARK) for row in table.rows for cell in row)
    return [*lines_of(table.heading, width), *lines, *(lines_of(_legend(), width) if marked else [])]


def _legend() -> str:
    return _("● best, or not shown to differ from the best")


def _failure_lines(view: ReportView, folder: Path) -> list[tuple[str, str]]:
    shown = [(_("failed: {failure}", failure=failure), "red") for failure in view.failures[:_MOST_FAILURES]]
    more = len(view.failures) - _MOST_FAILURES
    if more > 0:
        shown.append((_("and {n} more failures: {command}", n=more, command=_command(folder)), "red"))
    return shown


def _warning_lines(view: ReportView, folder: Path) -> list[tuple[str, str]]:
    n = len(view.warnings)
    if not n:
        return []
    text = ngettext("{n} warning{noisy}: {command}", "{n} warnings{noisy}: {command}", n,
                    noisy=_(", noisy timings") if view.is_noisy else "", command=_command(folder))  # fmt: skip
    return [(text, "dim")]


def _command(folder: Path) -> str:
    return f"embedmark show {shlex.quote(str(folder))} --warnings"
