"""Quality over bytes of a vector: one figure a provider and dataset."""

from __future__ import annotations

import math

from embedmark.derive import Derived
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.report.figures.model import Plot
from embedmark.report.figures.tradeoff import Point, tradeoff_figure
from embedmark.report.text.numbers import metric_name


def compression_plots(derived: Derived) -> list[Plot]:
    """Return a scatter of the cells of each provider and dataset; none where compression was not measured."""
    groups: dict[tuple[str, str], list[CompressionCell]] = {}
    for cell in derived.details.compression:
        groups.setdefault((cell.provider, cell.dataset), []).append(cell)
    return [_plot(place, *key, cells) for place, (key, cells) in enumerate(groups.items())]


def _plot(place: int, provider: str, dataset: str, cells: list[CompressionCell]) -> Plot:
    points = [_point(cell) for cell in cells if not math.isnan(cell.value)]
    y_label = metric_name(cells[0].metric)
    if not points:
        return Plot("", "")
    svg = tradeoff_figure(
        f"bytes-{place}", points, x_label="bytes per vector", y_label=y_label, smaller_x=True, what="forms of a vector"
    )
    return Plot(f"{provider} on {dataset}: {y_label} of shorter and coarser vectors, with 95 % intervals.", svg)


def _point(cell: CompressionCell) -> Point:
    low, high = cell.interval or (None, None)
    return Point(f"{cell.dims} {cell.precision}", float(cell.size), cell.value, low, high, "text")
