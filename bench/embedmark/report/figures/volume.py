"""The first year's cost over the volume, both axes logarithmic, with the volumes at which the cheaper one changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from embedmark.derive import Derived
from embedmark.derive.cost.crossings import Crossing
from embedmark.derive.cost.curves import CostCurve
from embedmark.derive.cost.details import VolumeDetails
from embedmark.language import gettext as _
from embedmark.report.figures.labels import PointLabel, label_points, label_right_ends
from embedmark.report.figures.marks import legend_entry, mark
from embedmark.report.figures.model import Plot
from embedmark.report.figures.style import (
    INK,
    LINE,
    PAPER,
    SERIES,
    SOFT,
    draw,
    fitting_name,
    place_of,
    plain_log,
    series,
)
from embedmark.report.sentences.volume import crossing_sentence
from embedmark.report.text.money import bill, bill_span
from embedmark.report.text.numbers import volume as counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES: Final = 7  # the cheapest ones at the suite's volume; the table has all
_DASHES: Final = ("-", "--", "-.", ":")
_MARKED: Final = 4  # every so many points of a line have a marker, which answers


def volume_plots(derived: Derived) -> list[Plot]:
    """Return the figure of the cost over the volume; none where no provider has a bill."""
    details = derived.details.volume
    curves = () if details is None else details.curves[:MOST_LINES]
    if details is None or not any(usd > 0 for curve in curves for usd in curve.usd):
        return []
    names = ", ".join(curve.provider for curve in curves)
    alt = _("USD of the first year over the number of documents, both axes logarithmic: {names}", names=names)

    def paint(figure: Figure, axes: Axes) -> None:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for nth, curve in enumerate(curves):
            _line(axes, nth, curve)
        axes.axvline(details.volume.documents, color=SOFT, linewidth=1, linestyle=":", zorder=1)
        axes.set_xlabel(_("documents, with queries in proportion; dotted: your volume"))
        axes.set_ylabel(_("USD of the first year"))
        axes.grid(color=LINE)
        axes.margins(x=0.04, y=0.08)
        found = _shown(details, curves)
        for crossing in found:
            _crossing(axes, crossing)
        plain_log(axes.yaxis)
        _count_axis(axes)
        label_right_ends(figure, axes, [_at_end(curve) for curve in curves if curve.usd[-1] > 0])
        drawn = [point for curve in curves for point in zip(curve.documents, curve.usd, strict=True) if point[1] > 0]
        label_points(figure, axes, [_named(crossing) for crossing in found], lines=drawn)

    return [Plot(_caption(curves), draw("volume", alt, 4.2, paint))]


def _caption(curves: Sequence[CostCurve]) -> str:
    caption = _(
        "Cost of the first year over the volume. Diamonds: the volume from which another provider is cheaper; their "
        "horizontal lines are 95 % intervals from the measured throughput, as are the shaded bands."
    )
    free = [curve.provider for curve in curves if not any(curve.usd)]
    if free:
        caption += " " + _("Free, and not drawn: {names}.", names=", ".join(free))
    without = [curve.provider for curve in curves if curve.on_machine and not curve.low]
    if without:
        names = ", ".join(without)
        caption += " " + _("No interval for {names}: timed too seldom, or on a noisy machine.", names=names)
    return caption


def _line(axes: Axes, nth: int, curve: CostCurve) -> None:
    place = place_of(curve.provider, nth)
    color, marker = series(place)
    entry = legend_entry(curve.provider, place % len(SERIES) + 1, marker)
    usable = [(x, y) for x, y in zip(curve.documents, curve.usd, strict=True) if y > 0]  # a free one has no logarithm
    if not usable:
        return
    if curve.low and min(curve.low) > 0:
        mark(axes.fill_between(curve.documents, curve.low, curve.high, color=color, alpha=0.15, lw=0), entry=entry)
    x, y = zip(*usable, strict=True)
    [line] = axes.plot(x, y, color=color, linestyle=_DASHES[place % len(_DASHES)])
    mark(line, curve.provider, entry=entry)
    for i in range(0, len(curve.documents), _MARKED):
        if curve.usd[i] > 0:
            [dot] = axes.plot([curve.documents[i]], [curve.usd[i]], color=color, marker=marker, markersize=4.5,
                              markeredgecolor=INK, markeredgewidth=0.4)  # fmt: skip
            mark(dot, _tip(curve, i), entry=entry)


def _tip(curve: CostCurve, i: int) -> str:
    span = bill_span(curve.low[i], curve.high[i]) if curve.low else ""
    return _(
        "{name}: {documents:,.0f} documents → {usd}{span}",
        name=curve.provider,
        documents=float(f"{curve.documents[i]:.4g}"),
        usd=bill(curve.usd[i]),
        span=span,
    )


def _at_end(curve: CostCurve) -> PointLabel:
    return PointLabel(text=fitting_name(curve.provider), x=curve.documents[-1], y=curve.usd[-1])


def _shown(details: VolumeDetails, curves: Sequence[CostCurve]) -> list[Crossing]:
    """Return the crossings of the drawn lines within the figure."""
    names = {curve.provider for curve in curves}
    least, most = curves[0].documents[0], curves[0].documents[-1]
    return [
        crossing
        for crossing in details.crossings
        if crossing.documents is not None and least <= crossing.documents <= most and crossing.usd
        if {crossing.below, crossing.above} <= names
    ]


def _crossing(axes: Axes, crossing: Crossing) -> None:
    tip, (x, y) = crossing_sentence(crossing), _place(crossing)
    if crossing.low is not None and crossing.high is not None:
        ends = [crossing.low, crossing.high]
        [bar] = axes.plot(ends, [y, y], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
        mark(bar, tip)
    [dot] = axes.plot([x], [y], marker="D", color=PAPER, markeredgecolor=INK, markeredgewidth=1.4, markersize=7,
                      linestyle="none", zorder=5)  # fmt: skip
    mark(dot, tip)


def _named(crossing: Crossing) -> PointLabel:
    x, y = _place(crossing)
    return PointLabel(text=counted(x), x=x, y=y)


def _place(crossing: Crossing) -> tuple[float, float]:
    return crossing.documents or 0.0, crossing.usd or 0.0


def _count_axis(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _position: counted(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
