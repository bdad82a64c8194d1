"""Deriving every table and report of a run again from its raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedmark.derive import Derived
    from embedmark.store.read import RawRun


def keep_notices(folder: Path) -> None:
    """Add to a finished run's manifest the warnings that follow from its raw rows. Raises StorageError."""
    from dataclasses import asdict

    from embedmark.derive.notices import notices_of
    from embedmark.store.manifest import write_manifest
    from embedmark.store.read import read_run

    raw = read_run(folder)
    raw.manifest["warnings"] += [asdict(notice) for notice in notices_of(raw)]
    with storage(folder):
        write_manifest(folder / "manifest.json", raw.manifest)


def derive_files(folder: Path) -> tuple[RawRun, Derived, dict[str, bytes]]:
    """The raw run, what follows from it, and the bytes of every derived file. Raises RunDirectoryError."""
    from embedmark.datasets.again import sentences_of
    from embedmark.derive import derive_all
    from embedmark.report.html import render_html
    from embedmark.report.markdown import render_markdown
    from embedmark.store.columns import DERIVED
    from embedmark.store.read import read_run
    from embedmark.store.tables import derived_files

    raw = read_run(folder)
    derived = derive_all(raw)
    reports = {
        "report.html": render_html(raw.manifest, derived, sentences_of(raw.manifest)),
        "report.md": render_markdown(raw.manifest, derived),
    }
    # Without neighbours, all that the facts of scaling hold are projections, and scaling.csv has those.
    kept = {name: rows for name, rows in derived.tables.items() if name in DERIVED or raw.neighbours is not None}
    return raw, derived, derived_files(kept, reports)


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Within, a disk that refuses becomes one message."""
    from embedmark.errors import StorageError

    try:
        yield
    except OSError as error:
        raise StorageError(
            f"a file that follows from the raw rows cannot be written: {error.strerror or error}",
            where=str(folder),
            hint=f"the raw rows are safe; free some space, then: embedmark report {folder}",
        ) from error


def rederive(folder: Path) -> tuple[RawRun, Derived]:
    """Write every derived file of the run again. Raises RunDirectoryError, StorageError."""
    from embedmark.store.tables import write_files

    raw, derived, files = derive_files(folder)
    with storage(folder):
        write_files(folder, files)
    return raw, derived
