"""Recall against depth, and quality against what a search costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from embedmark.derive import Derived
from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.search.details import RecallCurve, RetrievalDetails
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.figures.marks import legend_entry, mark
from embedmark.report.figures.model import Plot
from embedmark.report.figures.speed import MOST_SERIES
from embedmark.report.figures.style import INK, LINE, SERIES, draw, place_of, plain_log, series
from embedmark.report.figures.tradeoff import Point, tradeoff_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_DATASETS = 4  # that have figures; the tables have all
_MARK, _RING, _MOST_MARK = 5.0, 3.0, 11.0  # points: a marker, and what each one that lies on it adds
_DASH = 4.0  # line widths


@dataclass(frozen=True, slots=True)
class _Axis:
    """What quality is drawn against: its label, and how the caption calls it."""

    label: str
    words: str


_SECONDS = _Axis(translatable("seconds for 1,000 queries, in batches"), "time")
_USD = _Axis(translatable("USD for 1,000 queries"), "cost")
_LATENCY = _Axis(translatable("milliseconds of one query, median"), "latency")


def retrieval_plots(derived: Derived) -> list[Plot]:
    """Return the figures of every retrieval dataset that was searched."""
    plots = []
    for i, details in enumerate(derived.details.retrieval[:_MOST_DATASETS]):
        plots += _tradeoffs(derived, details.dataset, i)
        plots.append(recall_plot(details, i))
    return plots


def _tradeoffs(derived: Derived, dataset: str, i: int) -> list[Plot]:
    quality = {row.provider: row for row in derived.tables["summary.csv"] if row.dataset == dataset}
    costs = [row for row in derived.tables["retrieval.csv"] if row.dataset == dataset]
    plots = []
    shown = (
        (_SECONDS, {row.provider: row.seconds_per_1k_queries for row in costs}),
        (_USD, {row.provider: row.usd_per_1k_queries for row in costs}),
        (_LATENCY, {row.provider: row.latency_ms_p50 for row in quality.values()}),
    )
    for axis, values in shown:
        points = _points(quality, values)
        if len(points) > 1:
            svg = tradeoff_figure(
                f"search-{axis.words}-{i}", points, x_label=_(axis.label), y_label="nDCG@10", smaller_x=True
            )
            dashed = _("Vertical lines are 95 % intervals, each alone; the dashed line joins the Pareto frontier.")
            plots.append(Plot(f"{_against(axis.words, dataset)} {dashed}", svg))
    return plots


def _against(words: str, dataset: str) -> str:
    if words == "latency":
        return _("Quality against latency on {dataset}; up and to the left is better.", dataset=dataset)
    if words == "cost":
        return _("Quality against cost on {dataset}; up and to the left is better.", dataset=dataset)
    return _("Quality against time on {dataset}; up and to the left is better.", dataset=dataset)


def _points(quality: Mapping[str, SummaryRow], values: Mapping[str, float | None]) -> list[Point]:
    points = []
    for provider, x in values.items():
        row = quality.get(provider)
        if row is not None and row.value is not None and x is not None and x > 0:
            points.append(Point(name=provider, x=float(x), y=row.value, low=row.ci_low, high=row.ci_high, unit="query"))
    return points


def _recall_line(axes: Axes, curves: Sequence[RecallCurve], i: int) -> None:
    """Draw the i-th curve; earlier ones that it lies on show between its dashes and around its markers."""
    curve, place = curves[i], place_of(curves[i].provider, i)
    color, marker = series(place)
    entry = legend_entry(curve.provider, place % len(SERIES) + 1, marker)
    [line] = axes.plot(curve.k, curve.recall, color=color)
    under = sum(_share_a_segment(curve, earlier) for earlier in curves[:i])
    if under:
        line.set_dashes([_DASH, _DASH * under])
    mark(line, curve.provider, entry=entry)
    for at, (k, recall) in enumerate(zip(curve.k, curve.recall, strict=True)):
        here = [j for j, other in enumerate(curves) if other.recall[at] == recall]
        size = min(_MARK + _RING * sum(j > i for j in here), _MOST_MARK)
        [dot] = axes.plot([k], [recall], color=color, marker=marker, markersize=size, markeredgecolor=INK,
                          markeredgewidth=0.4)  # fmt: skip
        names = ", ".join(curves[j].provider for j in here)
        mark(dot, f"{names}: recall@{k} {recall:.3f}", entry=entry)


def _share_a_segment(one: RecallCurve, other: RecallCurve) -> bool:
    equal = [a == b for a, b in zip(one.recall, other.recall, strict=True)]
    return any(left and right for left, right in pairwise(equal))


def recall_plot(details: RetrievalDetails, i: int) -> Plot:
    """Return the figure of the recall of a dataset's rankings against the number of documents that are read."""
    curves = sorted(details.curves, key=lambda curve: -curve.recall[len(curve.recall) // 2])[:MOST_SERIES]

    def paint(_figure: Figure, axes: Axes) -> None:
        axes.set_xscale("log")
        for place in range(len(curves)):
            _recall_line(axes, curves, place)
        axes.set_xlabel(_("documents read, best first"))
        axes.set_ylabel(_("recall"))
        axes.set_ylim(0, 1.03)
        axes.grid(color=LINE)
        plain_log(axes.xaxis)

    alt = _("Recall against depth on {dataset}, {n} rankings", dataset=details.dataset, n=len(curves))
    caption = _("Share of the relevant documents of {dataset} among the first k.", dataset=details.dataset)
    return Plot(caption, draw(f"recall-{i}", alt, 3.9, paint))
