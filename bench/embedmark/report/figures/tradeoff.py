"""Quality against throughput, and quality against cost, with the Pareto frontier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.derive.details import frontier
from embedmark.language import gettext as _
from embedmark.report.figures.labels import PointLabel, label_points
from embedmark.report.figures.marks import mark
from embedmark.report.figures.style import INK, LINE, SOFT, draw, fitting_name, place_of, plain_log, series
from embedmark.report.text.numbers import interval, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 12  # named in the figure; beyond, only those on the frontier


@dataclass(frozen=True, slots=True)
class Point:
    """A provider with a quality (and its interval) and an x: items a second, or USD."""

    name: str
    x: float
    y: float
    low: float | None
    high: float | None
    unit: str


def tradeoff_figure(name: str, points: Sequence[Point], *, x_label: str, y_label: str, smaller_x: bool) -> str:
    """Return a scatter of providers; the frontier joins those that no other beats in both. At least one point."""
    best = {points[i].name for i in frontier([(p.x, p.y) for p in points], smaller_x=smaller_x)}
    names = ", ".join(p.name for p in points if p.name in best)
    shown = {p.name for p in points} if len(points) <= MOST_NAMES else best

    def paint(figure: Figure, axes: Axes) -> None:
        axes.set_xscale("log")
        front = sorted((p for p in points if p.name in best), key=lambda p: p.x)
        axes.plot([p.x for p in front], [p.y for p in front], color=SOFT, linewidth=1, linestyle="--", zorder=1)
        for i, p in enumerate(points):
            color, marker = series(place_of(p.name, i))
            tip = f"{p.name}: {number(p.y)} {interval(p.low, p.high)} · {number(p.x)}"
            if p.low is not None and p.high is not None:
                [line] = axes.plot([p.x, p.x], [p.low, p.high], color=color, linewidth=1.4, zorder=2)
                mark(line, tip)
            [dot] = axes.plot([p.x], [p.y], marker=marker, color=color, markeredgecolor=INK, markeredgewidth=0.6,
                      markersize=8, linestyle="none", zorder=3)  # fmt: skip
            mark(dot, tip)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid(color=LINE)
        axes.margins(x=0.18, y=0.12)
        plain_log(axes.xaxis)
        named = [PointLabel(fitting_name(p.name), p.x, p.y) for p in points if p.name in shown]
        label_points(figure, axes, named)

    alt = _("{y} against {x}, {n} providers; on the Pareto frontier: {names}", y=y_label, x=x_label, n=len(points),
            names=names)  # fmt: skip
    return draw(name, alt, 3.9, paint)
