"""Quality over bytes of a vector: one figure a provider and dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from embedmark.derive import Derived
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.language import gettext as _
from embedmark.report.figures.labels import PointLabel, label_points
from embedmark.report.figures.marks import LegendEntry, legend_entry, mark
from embedmark.report.figures.model import Plot
from embedmark.report.figures.style import INK, LINE, PAPER, SERIES, SOFT, draw, series
from embedmark.report.text.names import metric_title
from embedmark.report.text.numbers import correlation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST: Final = 8  # figures; the table has all
_PRECISIONS: Final = ("float32", "float16", "int8", "binary", "binary+rescore")
_MOST_TICKS: Final = 11
_APART: Final = 1.045  # times the bytes, so that the lines of precisions with the same bytes lie side by side


def compression_plots(derived: Derived) -> list[Plot]:
    """Return a figure of the cells of each provider and dataset; none where compression was not measured.

    Providers whose cells are the same, such as one model in two places, share a figure.
    """
    groups: dict[tuple[str, str], list[CompressionCell]] = {}
    for cell in derived.details.compression:
        if not math.isnan(cell.value):
            groups.setdefault((cell.provider, cell.dataset), []).append(cell)
    alike: dict[tuple[object, ...], list[str]] = {}
    cells_of: dict[tuple[object, ...], list[CompressionCell]] = {}
    for (provider, dataset), cells in groups.items():
        key = (dataset, *((cell.dims, cell.precision, cell.value) for cell in cells))
        alike.setdefault(key, []).append(provider)
        cells_of.setdefault(key, cells)
    shown = list(alike.items())[:_MOST]
    return [_plot(place, ", ".join(names), cells_of[key]) for place, (key, names) in enumerate(shown)]


def _plot(place: int, names: str, cells: Sequence[CompressionCell]) -> Plot:
    first = cells[0]
    metric = metric_title(first.metric)
    values = {"name": names, "dataset": first.dataset, "metric": metric}
    alt = _("{metric} over the bytes of a vector, {name} on {dataset}: {n} kinds of vectors", **values, n=len(cells))

    def paint(figure: Figure, axes: Axes) -> None:
        axes.set_xscale("log", base=2)
        full = next((cell for cell in cells if cell.is_full), None)
        if full is not None:
            axes.axhline(full.value, color=SOFT, linewidth=1, linestyle="--", zorder=1)
        for precision in _PRECISIONS:
            _series(axes, precision, [cell for cell in cells if cell.precision == precision], full)
        axes.set_xlabel(_("bytes of a vector"))
        axes.set_ylabel(metric)
        axes.grid(color=LINE)
        axes.margins(x=0.1, y=0.1)
        _bytes_axis(axes, sorted({cell.size for cell in cells}))
        ordered = sorted(cells, key=lambda cell: (not cell.is_full, cell.size, -cell.value))
        label_points(figure, axes, [PointLabel(text=str(cell.dims), x=_x(cell), y=cell.value) for cell in ordered])

    caption = _(
        "{name} on {dataset}: {metric} of shorter and coarser vectors; numbers are dimensions. Filled: not shown to "
        "differ from the full vectors (dashed line), each tested alone; vertical lines are 95 % intervals of the "
        "difference from them.",
        **values,
    )
    return Plot(caption, draw(f"bytes-{place}", alt, 3.9, paint))


def _series(axes: Axes, precision: str, cells: Sequence[CompressionCell], full: CompressionCell | None) -> None:
    place = _PRECISIONS.index(precision)
    color, marker = series(place)
    entry = legend_entry(precision, place % len(SERIES) + 1, marker)
    if len(cells) > 1:
        ordered = sorted(cells, key=lambda cell: cell.size)
        [line] = axes.plot([_x(cell) for cell in ordered], [cell.value for cell in ordered], color=color, linewidth=0.9)
        mark(line, precision, entry=entry)
    for cell in cells:
        _point(axes, cell, full, entry, (color, marker))


def _point(
    axes: Axes, cell: CompressionCell, full: CompressionCell | None, entry: LegendEntry, look: tuple[str, str]
) -> None:
    tip, (color, marker) = cell_words(cell), look
    if full is not None and cell.difference_interval is not None:
        low, high = (full.value + end for end in cell.difference_interval)
        mark(axes.plot([_x(cell)] * 2, [low, high], color=color, linewidth=1.2)[0], tip, entry=entry)
    [dot] = axes.plot([_x(cell)], [cell.value], marker=marker, color=color if cell.is_tied else PAPER,
                      markeredgecolor=INK if cell.is_tied else color, markeredgewidth=0.6 if cell.is_tied else 1.5,
                      markersize=7, linestyle="none", zorder=3)  # fmt: skip
    mark(dot, tip, entry=entry)


def cell_words(cell: CompressionCell) -> str:
    """Return what a kind of vectors is: its bytes, its quality, how far it is from the full vectors."""
    values = {
        "dims": cell.dims,
        "precision": cell.precision,
        "size": cell.size,
        "metric": metric_title(cell.metric),
        "value": correlation(cell.value),
    }
    if cell.difference is None or cell.difference_interval is None:
        return _("{dims} {precision}: {size:,} bytes, {metric} {value}", **values)
    low, high = cell.difference_interval
    return _(
        "{dims} {precision}: {size:,} bytes, {metric} {value}, difference {difference:+.4f} [{low:+.4f}, {high:+.4f}]",
        **values,
        difference=cell.difference,
        low=low,
        high=high,
    )


def _x(cell: CompressionCell) -> float:
    return cell.size * _APART ** (_PRECISIONS.index(cell.precision) - 2)


def _bytes_axis(axes: Axes, sizes: Sequence[int]) -> None:
    """Put a tick at each size, the largest first, but where the one before it is too near for both numbers."""
    apart = max(1.3, (sizes[-1] / sizes[0]) ** (1 / _MOST_TICKS))
    ticks: list[int] = []
    for size in reversed(sizes):
        if not ticks or size * apart <= ticks[-1]:
            ticks.append(size)
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axes.minorticks_off()
