"""The tables of a run as pandas frames."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from embedmark.files import check_plain
from embedmark.store.columns import ALL_DERIVED, ALL_RAW
from embedmark.store.digests import parse

if TYPE_CHECKING:
    import pandas as pd

# The file's stem -> its name. A run has each of them as an attribute.
TABLES: Final = {name.removesuffix(".csv"): name for name in ALL_RAW | ALL_DERIVED}

# Names that people choose: a provider called "1" or "NA" stays text.
_TEXT: Final = frozenset({
    "provider", "kind", "model", "dataset", "slice", "similarity", "metric", "tie_group", "fastest_group",
    "cheapest_group", "unit", "scenario", "basis", "fact", "term", "period", "precision", "price_source",
    "price_as_of", "source", "host_state", "status", "error", "role", "id", "text1", "text2",
})  # fmt: skip


def derived_frame(data: bytes) -> pd.DataFrame:
    """Return the table in the bytes of a derived CSV file.

    A column is a number where each of its cells is one or empty (NaN), else text, with "" for an empty cell.
    """
    import pandas as pd

    header, rows = parse(data)
    frame = pd.DataFrame(rows, columns=header, dtype=str)
    for column in set(header) - _TEXT:
        cells = frame[column]
        numbers = pd.to_numeric(cells.where(cells != ""), errors="coerce")
        if not (numbers.isna() & (cells != "")).any():
            frame[column] = numbers
    return frame


def has_current_columns(path: Path) -> bool:
    """Return True if the file exists and has the columns that this version writes."""
    try:
        check_plain(path)
        with path.open(encoding="utf-8", newline="", errors="replace") as file:
            return file.readline().rstrip("\n") == ",".join(ALL_DERIVED[path.name])
    except OSError:
        return False
