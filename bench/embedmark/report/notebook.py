"""Tables as HTML for a notebook's cell."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from embedmark.comparison.model import ComparedRuns
from embedmark.report.comparison import TITLES, counted, sections, title
from embedmark.report.tables.summary import ReportView


def run_html(view: ReportView) -> str:
    """Return the summary table of each dataset, with the warnings under it."""
    parts = []
    for table in view.tables:
        titles = [column.title for column in table.columns]
        numeric = [column.numeric for column in table.columns]
        parts += [_heading(table.heading), _table(titles, table.rows, numeric)]
    state = "" if view.status == "complete" else f" ({view.status})"
    warnings = [f"warning: {message}; {advice}" for message, advice in view.warnings]
    failures = [f"failed: {failure}" for failure in view.failures]
    return "".join([*parts, *map(_line, [*warnings, *failures, f"{view.title}{state}"])])


def comparison_html(compared: ComparedRuns) -> str:
    """Return a table of changes for each dataset, with the verdicts counted under them."""
    numeric = [2 <= i <= 5 for i in range(len(TITLES))]
    parts = [_heading(title(compared))]
    for heading, rows, reasons in sections(compared):
        parts += [_heading(heading), _table(TITLES, rows, numeric), *map(_line, reasons)]
    return "".join([*parts, *map(_line, [counted(compared), *compared.notes])])


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
