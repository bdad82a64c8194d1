"""One data file as it was read: what loading, the remedies and the notes work on."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.datasets.layout import Layout
from embedmark.datasets.packed import Blob
from embedmark.datasets.pairs import Picked
from embedmark.datasets.rows import Rows


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was read.

    Attributes:
        blob: its bytes, unpacked.
        layout: how it was read, with what was detected.
        rows: all its rows.
        picked: the pairs, and what was left out.
    """

    blob: Blob
    layout: Layout
    rows: Rows
    picked: Picked
