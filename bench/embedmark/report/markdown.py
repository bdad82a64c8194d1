"""The report for pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedmark.derive import Derived
from embedmark.report.tables.summary import make_view
from embedmark.report.text.fold import hold

_SPECIAL = str.maketrans(
    {"|": "\\|", "<": "&lt;", ">": "&gt;", "\n": " ", "*": "\\*", "_": "\\_", "`": "\\`", "[": "\\["}
)


def render_markdown(manifest: Mapping[str, Any], derived: Derived) -> str:
    """`report.md`: the same text for the same run."""
    view = make_view(manifest, derived)
    lines = [f"# {escape(view.title)}", ""]
    if view.status != "complete":
        lines += [f"Status: **{escape(view.status)}**.", ""]
    lines += [f"- {escape(text)}" for text in (*view.answers, *view.notes)]
    for table in view.tables:
        lines += ["", f"## {escape(table.heading)}", ""]
        lines.append("| " + " | ".join(hold(column.title.replace("\n", " ")) for column in table.columns) + " |")
        lines.append("|" + "|".join("---:" if column.numeric else "---" for column in table.columns) + "|")
        lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in table.rows]
        lines += ["", *(f"{escape(note)}  " for note in table.notes)]
    if view.failures:
        lines += ["", "## Failures", "", *(f"- {escape(failure)}" for failure in view.failures)]
    if view.warnings:
        lines += ["", "## Warnings", ""]
        lines += [f"- {escape(message)}; {escape(advice)}" for message, advice in view.warnings]
    lines += ["", escape(view.machine), ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Text as Markdown that shows just this text: no table break, no markup, no HTML."""
    return text.translate(_SPECIAL)
