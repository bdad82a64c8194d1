"""Reading a run directory back: the manifest and the three raw tables."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embedmark.errors import EmbedmarkError, RunDirectoryError
from embedmark.files import printable, read_plain
from embedmark.notices.records import damaged_rows
from embedmark.store.columns import ALL_RAW, RAW
from embedmark.store.frames import frame_of
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.text import parse_manifest
from embedmark.store.texts import TEXTS, KeptTexts

if TYPE_CHECKING:
    import pandas as pd

MOST_MANIFEST: Final = 2**28  # bytes: the texts of 20,000 kept pairs take 5 MB
MOST_RAW: Final = 2**33


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
        name: _read_frame(folder / name, manifest)
        for name in ALL_RAW
        if name in RAW or (name != TEXTS and os.path.lexists(folder / name))
    }
    samples, scores, failures = frames["samples.csv"], frames["scores.csv"], frames["failures.csv"]
    at_need = {name: frames.get(f"{name}.csv") for name in ("neighbours", "ranks", "judged", "compressed")}
    return RawRun(manifest, samples, scores, failures, **at_need)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the run in `folder`. Raises RunDirectoryError, which names the key that is damaged."""
    path = folder / "manifest.json"
    try:
        manifest = parse_manifest(read_plain(path, MOST_MANIFEST), path)
    except (FileNotFoundError, NotADirectoryError):
        raise RunDirectoryError(
            f"{folder} is not a run directory: it has no manifest.json",
            where=str(path),
            hint="give a folder that `embedmark run` wrote, such as results/quick-20260101-120000",
        ) from None
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise RunDirectoryError(f"the manifest cannot be read: {what or error}", where=str(path)) from None
    if os.path.lexists(folder / TEXTS):
        manifest.kept = KeptTexts(folder / TEXTS)
    return manifest


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
    try:
        frame, ragged = frame_of(read_plain(path, MOST_RAW), path)
    except (OSError, csv.Error) as error:
        what = error.strerror if isinstance(error, OSError) else None
        raise RunDirectoryError(f"a raw file cannot be read: {what or error}", where=str(path)) from None
    if ragged:
        _warn_of(path.name, ragged, manifest)
    return frame


def _warn_of(name: str, ragged: list[int], manifest: Manifest) -> None:
    manifest.warn(damaged_rows(name, ragged))  # it is kept where the manifest is written again
