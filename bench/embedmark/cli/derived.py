"""Deriving every table and report of a run again from its raw rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedmark.store.raw import RawRun
    from embedmark.store.tables import Table


def derive_files(folder: Path) -> tuple[RawRun, dict[str, Table], dict[str, bytes]]:
    """The raw run, its tables, and the bytes of every derived file. Raises RunDirectoryError."""
    from embedmark.derive import derive_tables
    from embedmark.report.html import render_html
    from embedmark.report.markdown import render_markdown
    from embedmark.store.raw import read_run
    from embedmark.store.tables import derived_files

    raw = read_run(folder)
    tables = derive_tables(raw)
    reports = {
        "report.html": render_html(raw.manifest, tables),
        "report.md": render_markdown(raw.manifest, tables),
    }
    return raw, tables, derived_files(tables, reports)


def rederive(folder: Path) -> tuple[RawRun, dict[str, Table]]:
    """Write every derived file of the run again. Raises RunDirectoryError, StorageError."""
    from embedmark.errors import StorageError
    from embedmark.store.tables import write_files

    raw, tables, files = derive_files(folder)
    try:
        write_files(folder, files)
    except OSError as error:
        raise StorageError(
            f"the derived files cannot be written: {error.strerror or error}",
            where=str(folder),
            hint=f"the raw rows are safe; free some space, then: embedmark report {folder}",
        ) from error
    return raw, tables
