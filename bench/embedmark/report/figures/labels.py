"""Labels beside the points of a figure: none lies on another one, or on a point."""

from __future__ import annotations

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


def label_points(figure: Figure, axes: Axes, labels: Sequence[PointLabel]) -> list[Box]:
    """Write each label where there is room beside its point, the first ones first; leave out those without room.

    Call it last: it reads the limits of the axes. Returns the boxes of the labels that were written.
    """
    figure.draw_without_rendering()
    px = figure.get_dpi() / 72
    frame = axes.get_window_extent()
    whole = Box(frame.x0, frame.y0, frame.x1, frame.y1)
    places = axes.transData.transform([(label.x, label.y) for label in labels]).tolist() if labels else []
    taken = [_around(x, y, _MARKER_PX, _MARKER_PX) for x, y in places]
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
