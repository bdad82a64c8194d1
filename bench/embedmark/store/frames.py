"""A raw CSV as a frame: by a C parser where the file is plain, cell by cell where it is not, with the same result."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embedmark.errors import RunDirectoryError
from embedmark.files import is_printable, printable
from embedmark.store.columns import ADDED, ALL_RAW
from embedmark.store.digests import is_plain, parse, ragged_rows

if TYPE_CHECKING:
    import pandas as pd

# What a provider answers may overflow; counts and times may not.
_MAY_BE_INFINITE: Final = frozenset({
    "predicted", "dot", "neg_euclidean", "neg_manhattan", "predicted_reversed", "value", "score", "gold",
})  # fmt: skip
NUMERIC: Final = frozenset({
    "n", "batch_size", "repeat", "call", "n_items", "tokens", "requests", "retries", "queue_ns", "throttled_ns",
    "elapsed_ns", "cpu_ns", "rss_mb", "gold", "predicted", "dot", "neg_euclidean", "neg_manhattan",
    "predicted_reversed", "text1", "text2", "text", "rank", "neighbour", "value", "text_rank", "image_rank", "grade",
    "score", "cached_items", "cached_tokens", "searches", "dims",
})  # fmt: skip
_TRUTHS: Final = (b"True", b"TRUE", b"true", b"False", b"FALSE", b"false")  # the parser takes these for 1 and 0
_HINT: Final = "raw rows are never edited; restore the file, or run the suite again"


def frame_of(data: bytes, path: Path, *, fast: bool = True) -> tuple[pd.DataFrame, list[int]]:
    """Return the rows of a raw file, and the numbers of those that cannot be read, which are left out.

    Args:
        data: of the file.
        path: its name says which columns it has.

    Raises:
        RunDirectoryError: its columns are others; a number is none. The message names the cell.
        csv.Error: it is no CSV.
    """
    columns = list(ALL_RAW[path.name])
    header = _header_of(data)
    added = len(ADDED.get(path.name, ()))
    if header not in (columns[: len(columns) - lacking] for lacking in range(added + 1)):
        raise RunDirectoryError(
            "a raw file does not have the columns it was written with",
            where=str(path),
            hint=f"its header line should be {','.join(columns)}",
        )
    frame = plain_frame(data, header) if fast else None
    ragged: list[int] = []
    if frame is None:
        frame, ragged = _any_frame(data, header, path), ragged_rows(data)
    for column in columns[len(header) :]:
        frame[column] = math.nan if column in NUMERIC else ""
    return frame, ragged


def _header_of(data: bytes) -> list[str]:
    return parse(data[: data.find(b"\n") + 1])[0]


def plain_frame(data: bytes, header: Sequence[str]) -> pd.DataFrame | None:
    """Return the rows of a file that has nothing odd in it, or None."""
    import numpy as np
    import pandas as pd

    n = data.count(b"\n") - 1
    if n < 1 or data.count(b",") != (n + 1) * (len(header) - 1) or not _is_clean(data):
        return None
    types = {name: "float64" if name in NUMERIC else "str" for name in header}
    exact: dict[str, Any] = {} if _is_exact(pd.__version__) else {"float_precision": "round_trip"}
    try:
        frame = pd.read_csv(
            io.BytesIO(data), dtype=types, na_values={name: [""] for name in header if name in NUMERIC},
            keep_default_na=False, skip_blank_lines=False, low_memory=False, **exact,
        )  # fmt: skip
    except (ValueError, pd.errors.ParserError):
        return None  # the slow way says which cell it is
    if len(frame) != n or not isinstance(frame.index, pd.RangeIndex) or list(frame.columns) != list(header):
        return None
    odd = [np.isinf(frame[name].to_numpy()).any() if name in NUMERIC else frame[name].isna().any() for name in header]
    return None if any(odd) else frame


def _is_exact(version: str) -> bool:
    """Return True if this pandas reads every float as Python does; then it warns of being asked to."""
    major, minor, *_ = version.split(".")
    return (int(major), int(minor)) >= (3, 1)


def _is_clean(data: bytes) -> bool:
    return is_plain(data) and is_printable(data) and not any(word in data for word in _TRUTHS)


def _any_frame(data: bytes, header: Sequence[str], path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = parse(data)[1]
    cells = [[printable(cell) for cell in row] for row in rows]
    frame = pd.DataFrame(cells, columns=list(header), dtype=str)
    for column in header:
        if column in NUMERIC:
            frame[column] = _numbers(frame[column], path)
    return frame


def _numbers(cells: pd.Series[str], path: Path) -> pd.Series[float]:
    import pandas as pd

    numbers = pd.to_numeric(cells.where(cells != ""), errors="coerce").astype("float64")
    lost = numbers.isna() if cells.name in _MAY_BE_INFINITE else ~numbers.abs().lt(math.inf)
    wrong = cells[lost & (cells != "")]
    if len(wrong):
        row = int(wrong.index[0]) + 1
        raise RunDirectoryError(
            f"row {row}, column {cells.name}: {wrong.iloc[0][:80]!r} is not a finite number",
            where=str(path),
            hint=_HINT,
        )
    return numbers
