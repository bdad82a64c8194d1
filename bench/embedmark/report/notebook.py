"""Tables as HTML for a notebook's cell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from embedmark.comparison.model import ComparedRuns
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.comparison import sections
from embedmark.report.sentences.comparison import comparison_titles, counted, title
from embedmark.report.tables.model import DatasetTable
from embedmark.report.tables.summary import ReportView
from embedmark.report.text.names import status_name


def run_html(view: ReportView) -> str:
    """Return the tables without their empty columns, and the sentences to decide by; warnings are folded."""
    parts = []
    for table in view.tables if view.overview is None else (view.overview, *_apart(view)):
        shown = table.filled()
        titles = [table.columns[i].title for i in shown]
        numeric = [table.columns[i].numeric for i in shown]
        parts += [_heading(table.heading), _table(titles, [[row[i] for i in shown] for row in table.rows], numeric)]
    state = "" if view.status == "complete" else f" ({status_name(view.status)})"
    failures = [_("failed: {failure}", failure=failure) for failure in view.failures]
    return "".join([*parts, *map(_line, [*view.decision, *failures]), _warnings(view), _line(f"{view.title}{state}")])


def _apart(view: ReportView) -> Sequence[DatasetTable]:
    """Return the tables that the one of all datasets does not hold."""
    return [table for table in view.tables if table.is_matrix]


def _warnings(view: ReportView) -> str:
    if not view.warnings:
        return ""
    items = "".join(f"<li>{escape(message)}; {escape(advice)}</li>" for message, advice in view.warnings)
    return f"<details><summary>{escape(_('Warnings'))} ({len(view.warnings)})</summary><ul>{items}</ul></details>"


def comparison_html(compared: ComparedRuns) -> str:
    """Return a table of changes for each dataset, with the verdicts counted under them."""
    numeric = [2 <= i <= 5 for i in range(len(comparison_titles()))]
    parts = [_heading(title(compared))]
    for heading, rows, reasons in sections(compared):
        parts += [_heading(heading), _table(comparison_titles(), rows, numeric), *map(_line, reasons)]
    return "".join([*parts, *map(_line, [counted(compared), *map(from_english, compared.notes)])])


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    align = ["right" if number else "left" for number in numeric]
    head = "".join(
        f'<th style="text-align:{side}">{escape(name)}</th>' for name, side in zip(titles, align, strict=True)
    )
    lines = [
        "".join(f'<td style="text-align:{side}">{escape(cell)}</td>' for cell, side in zip(row, align, strict=True))
        for row in rows
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _heading(text: str) -> str:
    return f"<p><strong>{escape(text)}</strong></p>"


def _line(text: str) -> str:
    return f"<p>{escape(text)}</p>"
