"""Reading a run directory back: the manifest and the three raw tables."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embedmark.errors import EmbedmarkError, RunDirectoryError
from embedmark.files import printable, read_plain
from embedmark.notices.records import damaged_rows
from embedmark.store.columns import ADDED, ALL_RAW, RAW
from embedmark.store.digests import parse, ragged_rows
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.text import parse_manifest

if TYPE_CHECKING:
    import pandas as pd

MOST_MANIFEST: Final = 2**28  # bytes: the texts of 20,000 kept pairs take 5 MB
MOST_RAW: Final = 2**33
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


@dataclass(frozen=True, eq=False, slots=True)
class RawRun:
    """All that derived tables are made from.

    In the frames, text columns are str with "" for an empty cell, numeric columns float64 with NaN for one.
    """

    manifest: Manifest
    samples: pd.DataFrame
    scores: pd.DataFrame
    failures: pd.DataFrame
    neighbours: pd.DataFrame | None = None  # runs written before there were any have no such file
    ranks: pd.DataFrame | None = None  # likewise; only datasets of captions have ranks
    judged: pd.DataFrame | None = None  # likewise; only retrieval datasets have judged documents
    compressed: pd.DataFrame | None = None  # likewise; only where compression is measured


def read_run(folder: Path) -> RawRun:
    """Read the run in `folder`. Raises RunDirectoryError where it is none, or one of a newer embedmark.

    Rows of a damaged raw file that cannot be read are left out, with a warning among those of the manifest.
    """
    manifest = read_manifest(folder)
    frames = {
        name: _read_frame(folder / name, manifest) for name in ALL_RAW if name in RAW or os.path.lexists(folder / name)
    }
    samples, scores, failures = frames["samples.csv"], frames["scores.csv"], frames["failures.csv"]
    at_need = {name: frames.get(f"{name}.csv") for name in ("neighbours", "ranks", "judged", "compressed")}
    return RawRun(manifest, samples, scores, failures, **at_need)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the run in `folder`. Raises RunDirectoryError, which names the key that is damaged."""
    path = folder / "manifest.json"
    try:
        return parse_manifest(read_plain(path, MOST_MANIFEST), path)
    except (FileNotFoundError, NotADirectoryError):
        raise RunDirectoryError(
            f"{folder} is not a run directory: it has no manifest.json",
            where=str(path),
            hint="give a folder that `embedmark run` wrote, such as results/quick-20260101-120000",
        ) from None
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise RunDirectoryError(f"the manifest cannot be read: {what or error}", where=str(path)) from None


@contextmanager
def foreign(folder: Path) -> Iterator[None]:
    """Turn what a damaged or made-up run folder makes readers stumble over into one RunDirectoryError.

    The manifest is checked key by key, and raw rows cell by cell; what is left contradicts itself, such as rows of a
    provider that the manifest does not name.
    """
    try:
        yield
    except (EmbedmarkError, OSError, KeyboardInterrupt):
        raise
    except KeyError as error:
        raise RunDirectoryError(
            f"the manifest is damaged: the key {str(error.args[0])[:80]!r} is missing or refers to nothing",
            where=str(folder / "manifest.json"),
            hint=f"embedmark verify {folder} says what was edited",
        ) from error
    except Exception as error:
        said = f"{type(error).__name__}: {printable(str(error))}"
        raise RunDirectoryError(
            f"the manifest and the raw rows do not match ({said[:300]})",
            where=str(folder),
            hint=f"embedmark verify {folder} says what was edited; if nothing was, report this with --debug",
        ) from error


def _read_frame(path: Path, manifest: Manifest) -> pd.DataFrame:
    import pandas as pd

    columns = list(ALL_RAW[path.name])
    try:
        data = read_plain(path, MOST_RAW)
        header, rows = parse(data)
    except (OSError, csv.Error) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise RunDirectoryError(f"a raw file cannot be read: {what or error}", where=str(path)) from None
    added = len(ADDED.get(path.name, ()))
    if header not in (columns[: len(columns) - lacking] for lacking in range(added + 1)):
        raise RunDirectoryError(
            "a raw file does not have the columns it was written with",
            where=str(path),
            hint=f"its header line should be {','.join(columns)}",
        )
    if ragged := ragged_rows(data):
        _warn_of(path.name, ragged, manifest)
    empty = [""] * (len(columns) - len(header))
    cells = [[printable(cell) for cell in row] + empty for row in rows]
    frame = pd.DataFrame(cells, columns=columns, dtype=str)
    for column in columns:
        if column in NUMERIC:
            frame[column] = _numbers(frame[column], path)
    return frame


def _warn_of(name: str, ragged: list[int], manifest: Manifest) -> None:
    manifest.warn(damaged_rows(name, ragged))  # it is kept where the manifest is written again


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
            hint="raw rows are never edited; restore the file, or run the suite again",
        )
    return numbers
