"""A comparison on a terminal, as Markdown and as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from embedmark.comparison.gate import Verdicts
from embedmark.comparison.model import RATIOS, Change, ComparedRuns
from embedmark.report.markdown import escape
from embedmark.report.terminal import bullets, captured, frame, named, sentence
from embedmark.report.text.fold import hold
from embedmark.report.text.numbers import family, metric_name, number
from embedmark.store.tables import table_bytes

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NAME = 9  # columns that a provider's name has at least
_GAP = 2  # between two columns of a table
COLUMNS = tuple(field.name for field in fields(Change))
_MARKS = {"better": "▲ better", "worse": "▼ worse", "no clear difference": "no clear difference"}
_METRICS = {
    "items_per_s": "items/s", "latency_ms_p50": "p50 ms",
    "latency_ms_p95": "p95 ms", "latency_ms_p99": "p99 ms", "usd_per_1k_items": "$/1M items",
    "year_1_usd": "$ of year 1", "index_usd": "$ of the index", "per_1k_queries_usd": "$/1k queries",
}  # fmt: skip


def csv_text(comparison: ComparedRuns) -> str:
    """One row a change, with the columns of `Change`."""
    return table_bytes([asdict(change) for change in comparison.changes], COLUMNS).decode("utf-8")


def rule_lines(verdicts: Verdicts) -> list[str]:
    """Return what a build's rules say: what failed, what cannot be judged, what the rules could have seen."""
    unjudged = "warning" if verdicts.may_be_unjudged else "failed"
    return [
        *(f"failed: {line}" for line in verdicts.broken),
        *(f"{unjudged}: cannot be judged: {line}" for line in verdicts.unjudged),
        *(f"rule: {line}" for line in verdicts.seen),
    ]


def markdown_text(comparison: ComparedRuns, verdicts: Verdicts | None = None) -> str:
    """A comment for a pull request: the verdicts counted, the rules, then every table, reasons and notes."""
    lines = [f"# {escape(title(comparison))}", "", f"{escape(counted(comparison))}", ""]
    rules = [] if verdicts is None else rule_lines(verdicts)
    if rules:
        lines += [f"## Rules: {'passed' if verdicts else 'failed'}", "", *(f"- {escape(rule)}" for rule in rules), ""]
    for heading, rows, reasons in sections(comparison):
        lines += [f"## {escape(heading)}", "", "| " + " | ".join(TITLES) + " |", "|---|---|---:|---:|---:|:---:|---|"]
        lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
        lines += ["", *(f"{escape(reason)}  " for reason in reasons), ""]
    if comparison.notes:
        lines += ["## What else differs", "", *(f"- {escape(note)}" for note in comparison.notes), ""]
    return hold("\n".join(lines))


def print_comparison(comparison: ComparedRuns) -> None:
    """Print tables, reasons and notes to stdout, at the terminal's width."""
    from rich.console import Console

    render(Console(highlight=False), comparison)


def terminal_text(comparison: ComparedRuns, width: int) -> str:
    """Return what a terminal of this width shows, without styles."""
    return captured(lambda console: render(console, comparison), width)


def render(console: Console, comparison: ComparedRuns) -> None:
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
        sentence(console, f"- {note}", style="dim")


def _table(rows: Sequence[Sequence[str]], width: int) -> Table:
    from rich.text import Text

    table = frame()
    shown = _shown_columns(rows, width)
    names = named([row[0] for row in rows], [TITLES[i] for i in shown], [[row[i] for i in shown[1:]] for row in rows],
                  width)  # fmt: skip
    for i in shown:
        table.add_column(
            TITLES[i],
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

    widths = [max(map(cell_len, (title, *cells))) for title, *cells in zip(TITLES, *rows, strict=True)]
    widths[0] = min(widths[0], _NAME)
    dropped: set[int] = set()
    for group in _DROPPED_FIRST:
        left = [i for i in range(len(TITLES)) if i not in dropped]
        if sum(widths[i] + _GAP for i in left) - _GAP <= width:
            break
        dropped |= {TITLES.index(title) for title in group}
    return [i for i in range(len(TITLES)) if i not in dropped]


def title(comparison: ComparedRuns) -> str:
    """`b, c against a`."""
    return f"{', '.join(comparison.candidates)} against {comparison.baseline}"


def counted(comparison: ComparedRuns) -> str:
    """How often each verdict was given."""
    verdicts = [change.verdict for change in comparison.changes]
    counts = [f"{verdicts.count(name)} {name}" for name in (*_MARKS, "not comparable") if name in verdicts]
    return f"Verdicts: {', '.join(counts)}." if counts else "Nothing was measured in both."


TITLES = ("provider", "metric", "before", "after", "change", "95 % interval", "verdict")
_METRIC, _VERDICT = TITLES.index("metric"), TITLES.index("verdict")
# On a narrow screen these go first: the change is made of before and after, and the verdict follows from the interval.
_DROPPED_FIRST = (("before", "after"), ("95 % interval",), ("change",))


def sections(comparison: ComparedRuns) -> list[tuple[str, list[tuple[str, ...]], list[str]]]:
    """By candidate and dataset: a heading, formatted rows, and the reasons that the rows' marks [1], [2] name."""
    sections = []
    several = len(comparison.candidates) > 1
    keys = dict.fromkeys((change.run, change.dataset) for change in comparison.changes)
    for run, dataset in keys:
        reasons: dict[str, int] = {}
        mine = [change for change in comparison.changes if (change.run, change.dataset) == (run, dataset)]
        rows = [_row(change, reasons) for change in mine]
        heading = f"{dataset}: {run}" if several else dataset
        sections.append((heading, rows, [*_legend(mine), *(f"({i}) {reason}" for reason, i in reasons.items())]))
    return sections


def _legend(changes: Sequence[Change]) -> list[str]:
    """What the intervals of one table hold for, and what an item is."""
    legend = []
    known = [change.metric for change in changes if change.ci_low is not None]
    tested = [metric for metric in known if metric not in RATIOS]
    if tested:
        count = max(tested.count(metric) for metric in tested)
        alone = "; the others each alone" if len(known) > len(tested) else ""
        named_metrics = " and ".join(dict.fromkeys(_metric_title(metric) for metric in tested))
        legend.append(f"intervals of {named_metrics}: {family(count)}{alone}")
    elif known:
        legend.append("intervals: 95 %, each alone")
    if any(change.metric in ("items_per_s", "usd_per_1k_items") for change in changes):
        legend.append("items: texts of a bi-encoder, pairs of a cross-encoder")
    return legend


def _row(change: Change, reasons: dict[str, int]) -> tuple[str, ...]:
    name = _METRICS.get(change.metric) or _metric_title(change.metric)
    where = "" if change.setting == "single-stream" else change.setting
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
        _MARKS.get(change.verdict, change.verdict) + mark,
    )


def _metric_title(metric: str) -> str:
    return metric.capitalize() if metric in ("spearman", "pearson") else metric_name(metric)


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
        return f"{value:+.4f}"
    return f"{100 * value:+.1f} %" if abs(value) < 10 else f"×{number(1 + value)}"


def _interval(change: Change) -> str:
    if change.ci_low is None or change.ci_high is None:
        return ""
    if change.ci_low == change.ci_high and change.scale == "ratio":
        return "exact"
    if change.ci_low == change.ci_high == 0:
        return "identical"
    return f"{_signed(change.ci_low, change.scale)} to {_signed(change.ci_high, change.scale)}"
