"""The report for pull requests."""

from __future__ import annotations

from embedmark.derive import Derived
from embedmark.language import gettext as _
from embedmark.report.tables.model import DatasetTable
from embedmark.report.tables.summary import make_view
from embedmark.report.text.fold import hold
from embedmark.report.text.names import status_name
from embedmark.store.manifest.model import Manifest

_SPECIAL = str.maketrans(
    {"|": "\\|", "<": "&lt;", ">": "&gt;", "\n": " ", "*": "\\*", "_": "\\_", "`": "\\`", "[": "\\["}
)


def render_markdown(manifest: Manifest, derived: Derived) -> str:
    """`report.md`: the same text for the same run."""
    view = make_view(manifest, derived)
    lines = [f"# {escape(view.title)}", ""]
    if view.status != "complete":
        lines += [_("Status: **{status}**.", status=escape(status_name(view.status))), ""]
    lines += [f"- {escape(text)}" for text in view.decision]
    for table in view.tables:
        lines += ["", f"## {escape(table.heading)}", "", *_table(table), ""]
        lines += [f"{escape(note)}  " for note in table.notes]
    details = (*view.answers, *view.prices, *view.notes)
    warnings = [f"{message}; {advice}" for message, advice in view.warnings]
    for title, texts in ((_("Details"), details), (_("Failures"), view.failures), (_("Warnings"), warnings)):
        if texts:
            lines += ["", f"## {title}", "", *(f"- {escape(text)}" for text in texts)]
    lines += ["", escape(view.machine), ""]
    return "\n".join(lines)


def _table(table: DatasetTable) -> list[str]:
    """Return the lines of a table without the columns in which no row has a value."""
    shown = table.filled()
    columns = [table.columns[i] for i in shown]
    return [
        "| " + " | ".join(hold(column.title.replace("\n", " ")) for column in columns) + " |",
        "|" + "|".join("---:" if column.numeric else "---" for column in columns) + "|",
        *("| " + " | ".join(escape(row[i]) for i in shown) + " |" for row in table.rows),
    ]


def escape(text: str) -> str:
    """Return text as Markdown that shows just this text: no table break, no markup, no HTML."""
    return text.translate(_SPECIAL)
