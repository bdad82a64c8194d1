"""Rows of raw files that were written before, for whoever keeps, moves or drops them: their cells stay text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row as its file has it. A column that the file does not have is an empty text.

    Example:
        >>> WrittenRow({"provider": "minilm", "n": "10"}).provider
        'minilm'
    """

    cells: Mapping[str, str]

    @property
    def provider(self) -> str:
        return self.cells.get("provider", "")

    @property
    def dataset(self) -> str:
        return self.cells.get("dataset", "")

    @property
    def measure(self) -> str:
        return self.cells.get("measure", "")

    @property
    def scenario(self) -> str:
        return self.cells.get("scenario", "")

    @property
    def phase(self) -> str:
        return self.cells.get("phase", "")

    @property
    def unit(self) -> str:
        return self.cells.get("unit", "")

    @property
    def status(self) -> str:
        return self.cells.get("status", "")

    @property
    def batch_size(self) -> str:
        return self.cells.get("batch_size", "")

    @property
    def n(self) -> str:
        return self.cells.get("n", "")
