"""Labels beside the points of a figure: none lies on another one, or on a point."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE: Final = 8.5  # points of a label's letters
_EM: Final = (0.6, 1.0)  # widths of a Latin and of a Korean letter, in the height of letters
_MARKER_PX: Final = 5.0  # half the width of a point's marker
_DISTANCES_PX: Final = (8.0, 13.0, 19.0, 26.0)
_DIRECTIONS: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


@dataclass(frozen=True, slots=True)
class PointLabel:
    """A text beside a point, in the data's coordinates."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Return True if the two have an area in common."""
        apart = self.right <= other.left or other.right <= self.left
        return not (apart or self.top <= other.bottom or other.top <= self.bottom)

    def is_within(self, other: Box) -> bool:
        """Return True if no part of it is outside of the other one."""
        beside = self.left < other.left or self.right > other.right
        return not (beside or self.bottom < other.bottom or self.top > other.top)


def label_points(
    figure: Figure, axes: Axes, labels: Sequence[PointLabel], *, lines: Sequence[tuple[float, float]] = ()
) -> list[Box]:
    """Write each label where there is room beside its point, the first ones first; leave out those without room.

    Call it last: it reads the limits of the axes. Returns the boxes of the labels that were written.

    Args:
        lines: points of lines that no label may lie on.
    """
    figure.draw_without_rendering()
    px = figure.get_dpi() / 72
    frame = axes.get_window_extent()
    whole = Box(frame.x0, frame.y0, frame.x1, frame.y1)
    places = axes.transData.transform([(label.x, label.y) for label in labels]).tolist() if labels else []
    kept_free = axes.transData.transform(list(lines)).tolist() if lines else []
    taken = [_around(x, y, _MARKER_PX, _MARKER_PX) for x, y in [*places, *kept_free]]
    written: list[Box] = []
    for label, (x, y) in zip(labels, places, strict=True):
        free = [box for box in _boxes(x, y, *text_size(label.text, px)) if box.is_within(whole)]
        box = next((box for box in free if not any(box.overlaps(other) for other in taken)), None)
        if box is not None:
            taken.append(box)
            written.append(box)
            middle = ((box.left + box.right) / 2, (box.bottom + box.top) / 2)
            axes.annotate(label.text, middle, xycoords="figure pixels", ha="center", va="center", fontsize=_SIZE)
    return written


def label_right_ends(figure: Figure, axes: Axes, labels: Sequence[PointLabel]) -> None:
    """Write each label to the right of its line's last point, moved up or down where two would lie on each other.

    Makes room for them on a logarithmic x axis.
    """
    if not labels:
        return
    figure.draw_without_rendering()
    px = figure.get_dpi() / 72
    widest = max(text_size(label.text, px)[0] for label in labels) + 2 * _DISTANCES_PX[0]
    left, right = axes.get_xlim()
    width = axes.get_window_extent().width
    last = max(label.x for label in labels)
    missing = widest - width * math.log(right / last) / math.log(right / left)
    if missing > 0:
        axes.set_xlim(left, right * (right / left) ** (missing / (width - widest)))
        figure.draw_without_rendering()  # other ticks take other room
    frame = axes.get_window_extent()
    places = axes.transData.transform([(label.x, label.y) for label in labels]).tolist()
    order = sorted(range(len(labels)), key=lambda i: places[i][1])
    heights = spread_heights([places[i][1] for i in order], 1.5 * _SIZE * px, frame.y0 + 6, frame.y1 - 6)
    for i, height in zip(order, heights, strict=True):
        where = (places[i][0] + _DISTANCES_PX[0], height)
        axes.annotate(labels[i].text, where, xycoords="figure pixels", ha="left", va="center", fontsize=_SIZE)


def spread_heights(rising: Sequence[float], apart: float, least: float, most: float) -> list[float]:
    """Return rising heights at least `apart` from each other, near where they were, between `least` and `most`.

    >>> spread_heights([1.0, 1.0, 9.0], 2.0, 0.0, 10.0)
    [0.0, 2.0, 9.0]
    """
    groups: list[tuple[float, int]] = []  # the middle of some heights that touch, and how many they are
    for height in rising:
        middle, count = height, 1
        while groups and middle - groups[-1][0] < apart * (count + groups[-1][1]) / 2:
            before, many = groups.pop()
            middle, count = (middle * count + before * many) / (count + many), count + many
        groups.append((middle, count))
    found = [middle + apart * (i - (count - 1) / 2) for middle, count in groups for i in range(count)]
    for i in range(len(found)):
        found[i] = max(found[i], least + apart * i)
    for i in range(len(found)):
        found[-1 - i] = min(found[-1 - i], most - apart * i)
    return found


def text_size(text: str, px: float) -> tuple[float, float]:
    """Return width and height of a label in pixels, as a reader's font sets it, about; `px` pixels are one point."""
    letters = sum(_EM[unicodedata.east_asian_width(letter) in "WF"] for letter in text)
    return letters * _SIZE * px, 1.25 * _SIZE * px


def _boxes(x: float, y: float, width: float, height: float) -> Iterator[Box]:
    for distance in _DISTANCES_PX:
        for right, up in _DIRECTIONS:
            yield _around(x + right * (distance + width / 2), y + up * (distance + height / 2), width / 2, height / 2)


def _around(x: float, y: float, half_width: float, half_height: float) -> Box:
    return Box(x - half_width, y - half_height, x + half_width, y + half_height)
