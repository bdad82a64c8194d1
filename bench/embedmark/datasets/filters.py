"""Which rows count: those that have the values of `where`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from embedmark.errors import DatasetError, did_you_mean, listing

_LISTED = 8  # values of a column


class NoRowError(DatasetError):
    """A file without a row that has the values of `where`."""


class RowFilter:
    """Chooses rows by their values, and counts what it leaves out.

    Args:
        where: by column, the values (as text) whose rows count.
    """

    def __init__(self, where: Mapping[str | int, tuple[str, ...]]) -> None:
        self.where = where
        self.left_out = 0
        self._seen: dict[str | int, Counter[str]] = {column: Counter() for column in where}

    def keeps(self, text_in: Callable[[str | int], str]) -> bool:
        """Return True if a row counts; `text_in` returns the text that it has in a column."""
        for column, values in self.where.items():
            text = text_in(column)
            self._seen[column][text] += 1
            if text not in values and text.lower() not in {v for v in values if v in ("true", "false")}:
                self.left_out += 1
                return False
        return True

    def note(self, total: int) -> str:
        """Return how many of all rows count; "" if all do."""
        return f"{total - self.left_out:,} of {total:,} rows are those of `where`" if self.left_out else ""

    def none_left(self, place: str) -> NoRowError:
        """Return the error of a file without a row that counts."""
        seen = "; ".join(f"{column} has {listing(counts, _LISTED)}" for column, counts in self._seen.items())
        asked = ", ".join(f"{column}: {' or '.join(values)}" for column, values in self.where.items())
        near = [did_you_mean(value, self._seen[column]) for column, values in self.where.items() for value in values]
        return NoRowError(f"no row has {asked}", where=place, hint=" ".join(filter(None, (*near, seen))))
