"""A figure as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with its caption; `svg` is safe to put into a page as it is."""

    caption: str
    svg: str
