"""A forest plot of paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.derive.findings import ProviderDifference
from embedmark.language import gettext as _
from embedmark.report.figures.marks import mark
from embedmark.report.figures.style import INK, LINE, SERIES, SOFT, draw, fitting_name
from embedmark.report.text.numbers import interval, metric_name, or_nan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def forest_figure(name: str, comparisons: Sequence[ProviderDifference]) -> str:
    """Differences with simultaneous intervals, largest on top; filled where shown. At least one, all with intervals."""
    rows = sorted(comparisons, key=lambda c: c.diff or 0.0)
    metric = metric_name(rows[0].metric)

    def paint(_figure: Figure, axes: Axes) -> None:
        axes.axvline(0, color=INK, linewidth=1)
        for y, c in enumerate(rows):
            shown = c.verdict != "no clear difference"
            color = SERIES[0] if shown else SOFT
            [line] = axes.plot([or_nan(c.ci_low), or_nan(c.ci_high)], [y, y], color=color, linewidth=1.6)
            [dot] = axes.plot(
                [or_nan(c.diff)],
                [y],
                marker="o",
                markersize=6,
                color=color,
                markerfacecolor=color if shown else "none",
            )
            tip = f"{c.provider_a} – {c.provider_b}: {or_nan(c.diff):+.4f} {interval(c.ci_low, c.ci_high, 4)}"
            mark(line, tip)
            mark(dot, tip)
        names = [f"{fitting_name(c.provider_a, 20)} – {fitting_name(c.provider_b, 20)}" for c in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.set_xlabel(_("difference in {metric}", metric=metric))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=LINE)

    shown = [c for c in rows if c.verdict != "no clear difference"]
    alt = _("{n} paired differences in {metric} on {dataset}; {shown} are shown to differ", n=len(rows), metric=metric,
            dataset=rows[0].dataset, shown=len(shown))  # fmt: skip
    return draw(name, alt, 0.9 + 0.26 * len(rows), paint)
