"""Return True if a run's raw rows are as measured, and whether its tables follow from them."""

from __future__ import annotations

from pathlib import Path

from embedmark.derive.verify import Verification, compare_derived, compare_raw
from embedmark.errors import RunDirectoryError
from embedmark.files import read_plain
from embedmark.report.surroundings import follows_from_sketch, says_the_same
from embedmark.runs.derived import derive_files, files_of
from embedmark.store.read import MOST_RAW, foreign, read_manifest
from embedmark.version import __version__


def verify_run(where: Path) -> Verification:
    """Return what differs between the run in a folder and what was measured. Raises RunDirectoryError."""
    with foreign(where):
        findings, sealed = compare_raw(where)
        derived_by = read_manifest(where).deriver
    if derived_by != __version__:
        return Verification(findings=tuple(findings), sealed=sealed, derived_by=derived_by)
    try:
        findings += compare_derived(where, _expected_files(where), _says_the_same)
    except RunDirectoryError as error:
        # An edit can make a raw file unreadable; where it was edited is then already known.
        if not findings:
            raise
        findings.append(f"the tables cannot be derived again: {error.message} ({error.where})")
    return Verification(findings=tuple(findings), sealed=sealed)


def _expected_files(where: Path) -> dict[str, bytes]:
    """Return every derived file; figures are drawn only where those of the run are not as they were drawn."""
    raw, derived, files = derive_files(where, is_drawn=False)
    try:
        found = read_plain(where / "report.html", MOST_RAW)
    except OSError:
        return files
    return files if follows_from_sketch(found, files["report.html"]) else files_of(raw, derived, where)


def _says_the_same(found: bytes, expected: bytes) -> bool:
    return follows_from_sketch(found, expected) or says_the_same(found, expected)
