"""A comparison on a terminal, as Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from embedmark.comparison.gate import Verdicts
from embedmark.comparison.model import RATIOS, Change, ComparedRuns
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.markdown import escape
from embedmark.report.sentences.comparison import (
    change_legend,
    change_title,
    comparison_titles,
    counted,
    rule_lines,
    shown_changes,
    title,
)
from embedmark.report.terminal import bullets, captured, frame, named, sentence
from embedmark.report.text.console import terminal
from embedmark.report.text.fold import hold
from embedmark.report.text.names import verdict_name
from embedmark.report.text.numbers import number
from embedmark.store.tables import table_bytes

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NAME = 9  # columns that a provider's name has at least
_GAP = 2  # between two columns of a table
COLUMNS = tuple(field.name for field in fields(Change))
_MARKS = {"better": "▲ ", "worse": "▼ ", "no clear difference": "", "not comparable": ""}


def csv_text(comparison: ComparedRuns) -> str:
    """Return one row a change, with the columns of `Change`."""
    return table_bytes([asdict(change) for change in comparison.changes], COLUMNS).decode("utf-8")


def markdown_text(comparison: ComparedRuns, verdicts: Verdicts | None = None) -> str:
    """Return a comment for a pull request: the verdicts counted, the rules, then every table, reasons and notes."""
    lines = [f"# {escape(title(comparison))}", "", f"{escape(counted(comparison))}", ""]
    rules = [] if verdicts is None else rule_lines(verdicts)
    if rules:
        outcome = _("Rules: passed") if verdicts else _("Rules: failed")
        lines += [f"## {outcome}", "", *(f"- {escape(rule)}" for rule in rules), ""]
    for heading, rows, reasons in sections(comparison):
        lines += [
            f"## {escape(heading)}",
            "",
            "| " + " | ".join(comparison_titles()) + " |",
            "|---|---|---:|---:|---:|:---:|---|",
        ]
        lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
        lines += ["", *(f"{escape(reason)}  " for reason in reasons), ""]
    if comparison.notes:
        differences = _("What else differs")
        notes = (f"- {escape(from_english(note))}" for note in comparison.notes)
        lines += [f"## {differences}", "", *notes, ""]
    return hold("\n".join(lines))


def print_comparison(comparison: ComparedRuns) -> None:
    """Print tables, reasons and notes to stdout, at the terminal's width."""
    draw_comparison(terminal(), comparison)


def comparison_text(comparison: ComparedRuns, width: int) -> str:
    """Return what a terminal of this width shows, without styles."""
    return captured(lambda console: draw_comparison(console, comparison), width)


def draw_comparison(console: Console, comparison: ComparedRuns) -> None:
    """Print a comparison to `console`: without the columns for which there is no room."""
    console.print(title(comparison), style="bold", markup=False)
    for heading, rows, reasons in sections(comparison):
        console.print()
        console.print(heading, style="bold", markup=False)
        console.print(_table(rows, console.width))
        bullets(console, reasons, style="dim")
    console.print()
    console.print(counted(comparison), markup=False)
    for note in comparison.notes:
        sentence(console, f"- {from_english(note)}", style="dim")


def _table(rows: Sequence[Sequence[str]], width: int) -> Table:
    from rich.text import Text

    table = frame()
    shown = _shown_columns(rows, width)
    columns = [comparison_titles()[i] for i in shown]
    names = named([row[0] for row in rows], columns, [[row[i] for i in shown[1:]] for row in rows], width)
    for i in shown:
        table.add_column(
            comparison_titles()[i],
            justify="right" if 2 <= i <= 5 else "left",
            no_wrap=i not in (_METRIC, _VERDICT),
            overflow="fold",
            min_width=_NAME if i == 0 else None,
        )
    for name, row in zip(names, rows, strict=True):
        table.add_row(Text(name), *(Text(row[i]) for i in shown[1:]))
    return table


def _shown_columns(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the columns that fit into `width`: the provider and the verdict always do."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, (title, *cells))) for title, *cells in zip(comparison_titles(), *rows, strict=True)]
    widths[0] = min(widths[0], _NAME)
    dropped: set[int] = set()
    for group in _DROPPED_FIRST:
        left = [i for i in range(_COLUMNS_SHOWN) if i not in dropped]
        if sum(widths[i] + _GAP for i in left) - _GAP <= width:
            break
        dropped |= set(group)
    return [i for i in range(_COLUMNS_SHOWN) if i not in dropped]


_COLUMNS_SHOWN = 7
_METRIC, _BEFORE, _AFTER, _CHANGE, _INTERVAL, _VERDICT = range(1, _COLUMNS_SHOWN)
# On a narrow screen these go first: the change is made of before and after, and the verdict follows from the interval.
_DROPPED_FIRST = ((_BEFORE, _AFTER), (_INTERVAL,), (_CHANGE,))


def sections(comparison: ComparedRuns) -> list[tuple[str, list[tuple[str, ...]], list[str]]]:
    """By candidate and dataset: a heading, formatted rows, and the reasons that the rows' marks [1], [2] name."""
    sections = []
    several = len(comparison.candidates) > 1
    changes = shown_changes(comparison)
    keys = dict.fromkeys((change.run, change.dataset) for change in changes)
    for run, dataset in keys:
        reasons: dict[str, int] = {}
        mine = [change for change in changes if (change.run, change.dataset) == (run, dataset)]
        rows = [_row(change, reasons) for change in mine]
        heading = f"{dataset}: {run}" if several else dataset
        shown = (f"({i}) {from_english(reason)}" for reason, i in reasons.items())
        sections.append((heading, rows, [*change_legend(mine), *shown]))
    return sections


def _row(change: Change, reasons: dict[str, int]) -> tuple[str, ...]:
    name = change_title(change.metric)
    where = "" if change.setting == "single-stream" else from_english(change.setting)
    mark = ""
    if change.reason:
        mark = f" ({reasons.setdefault(change.reason, len(reasons) + 1)})"
    shown = value_text if change.metric in RATIOS else accuracy_text
    factor = 1000 if change.metric == "usd_per_1k_items" else 1  # shown for 1M, as the report does
    return (
        change.provider,
        f"{name}, {where}" if where else name,
        shown(None if change.baseline is None else factor * change.baseline),
        shown(None if change.value is None else factor * change.value),
        _signed(change.change, change.scale),
        _interval(change),
        _MARKS.get(change.verdict, "") + verdict_name(change.verdict) + mark,
    )


def value_text(value: float | None) -> str:
    """Three significant digits, or a dash."""
    return number(value)


def accuracy_text(value: float | None) -> str:
    """Four decimals, or a dash."""
    return "–" if value is None else f"{value:.4f}"


def _signed(value: float | None, scale: str) -> str:
    if value is None:
        return "–"
    if scale == "difference":
        return f"{round(value, 4) + 0.0:+.4f}"
    return f"{round(100 * value, 1) + 0.0:+.1f} %" if abs(value) < 10 else f"×{number(1 + value)}"


def _interval(change: Change) -> str:
    if change.ci_low is None or change.ci_high is None:
        return ""
    if change.ci_low == change.ci_high and change.scale == "ratio":
        return _("exact")
    if change.is_identical:
        return _("identical")
    return _("{low} to {high}", low=_signed(change.ci_low, change.scale), high=_signed(change.ci_high, change.scale))
