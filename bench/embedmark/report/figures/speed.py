"""Throughput by batch size, and distributions of latency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.derive.details import LatencyCurve
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.language import gettext as _
from embedmark.report.figures.marks import LegendEntry, legend_entry, mark
from embedmark.report.figures.style import LINE, SERIES, SOFT, draw, place_of, plain_log, series
from embedmark.report.text.numbers import number, or_nan
from embedmark.report.text.words import word_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_SERIES = 10  # lines with a colour of their own; the others are thin and unnamed


def throughput_figure(name: str, rows: Sequence[ThroughputRow]) -> str:
    """Return a line for each provider over its batch sizes, with intervals; `rows` have a throughput."""
    providers = list(dict.fromkeys(row.provider for row in rows))

    def paint(_figure: Figure, axes: Axes) -> None:
        for i, provider in enumerate(providers):
            mine = [row for row in rows if row.provider == provider]
            sizes = [or_nan(row.batch_size) for row in mine]
            rates = [or_nan(row.items_per_s) for row in mine]
            color, marker, width = _look(provider, i)
            entry = _entry(provider, i, marker)
            for size, row in zip(sizes, mine, strict=True):
                if row.items_per_s_ci_low is not None and width > 1:
                    ends = [row.items_per_s_ci_low, or_nan(row.items_per_s_ci_high)]
                    mark(axes.plot([size, size], ends, color=color, linewidth=1.2)[0], entry=entry)
            [line] = axes.plot(sizes, rates, color=color, linewidth=width, linestyle=_dashes(provider, i, width))
            mark(line, provider, entry=entry)
            for size, rate in zip(sizes, rates, strict=True) if width > 1 else ():
                [dot] = axes.plot([size], [rate], color=color, marker=marker, markersize=6)
                mark(dot, f"{provider}: {number(size)} → {number(rate)}/s", entry=entry)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel(_("batch size"))
        axes.set_ylabel(_("items per second"))
        sizes_of_all = sorted({or_nan(row.batch_size) for row in rows})
        axes.set_xticks(sizes_of_all, [f"{size:.0f}" for size in sizes_of_all])
        axes.minorticks_off()
        plain_log(axes.yaxis)
        axes.grid(color=LINE)

    return draw(name, _("Items per second by batch size, {providers}", providers=_list(providers)), 3.4, paint)


def latency_figure(name: str, curves: Sequence[LatencyCurve]) -> str:
    """Return the share of calls up to each time, one line for each provider. At least one curve."""
    providers = [curve.provider for curve in curves]

    def paint(_figure: Figure, axes: Axes) -> None:
        for i, curve in enumerate(curves):
            color, _marker, width = _look(curve.provider, i)
            style = _dashes(curve.provider, i, width)
            [line] = axes.plot(curve.ms, [100 * share for share in curve.share], color=color, linewidth=width,
                               linestyle=style)  # fmt: skip
            median = number(curve.ms[len(curve.ms) // 2])
            mark(line, f"{curve.provider}: p50 {median} ms", entry=_entry(curve.provider, i, style))
        axes.set_xscale("log")
        axes.set_xlabel(_("milliseconds per call"))
        axes.set_ylabel(_("share of calls up to this time, %"))
        axes.set_ylim(0, 100)
        plain_log(axes.xaxis)
        axes.grid(color=LINE)

    medians = "; ".join(f"{c.provider} {c.ms[len(c.ms) // 2]:.3g} ms" for c in curves[:MOST_SERIES])
    alt = _("Distribution of latency, {scenario}, {providers}; medians: {medians}",
            scenario=word_of(curves[0].scenario), providers=_list(providers), medians=medians)  # fmt: skip
    return draw(name, alt, 3.4, paint)


def _look(provider: str, i: int) -> tuple[str, str, float]:
    color, marker = series(place_of(provider, i))
    return (color, marker, 1.8) if i < MOST_SERIES else (SOFT, "", 0.6)


def _dashes(provider: str, i: int, width: float) -> str:
    """Return the line style of the i-th provider: a line that another lies on shows in its gaps."""
    return ("-", "--", "-.", ":")[place_of(provider, i) % 4] if width > 1 else "-"


def _entry(provider: str, i: int, shape: str) -> LegendEntry | None:
    """Return the legend's entry of the i-th provider; None for those without a color of their own."""
    return legend_entry(provider, place_of(provider, i) % len(SERIES) + 1, shape) if i < MOST_SERIES else None


def _list(providers: Sequence[str]) -> str:
    return _("{n} providers", n=len(providers)) if len(providers) > MOST_SERIES else ", ".join(providers)
