"""Whether a run's raw rows are as measured, and whether its tables follow from them."""

from __future__ import annotations

from pathlib import Path

from embedmark.derive.verify import Verification, compare_derived, compare_raw
from embedmark.errors import RunDirectoryError
from embedmark.report.surroundings import says_the_same
from embedmark.runs.derived import derive_files
from embedmark.store.manifest import derived_version
from embedmark.store.read import foreign, read_manifest
from embedmark.version import __version__


def verify_run(where: Path) -> Verification:
    """Return what differs between the run in a folder and what was measured. Raises RunDirectoryError."""
    with foreign(where):
        findings, sealed = compare_raw(where)
        derived_by = derived_version(read_manifest(where))
    if derived_by != __version__:
        return Verification(findings=tuple(findings), sealed=sealed, derived_by=derived_by)
    try:
        findings += compare_derived(where, derive_files(where)[2], says_the_same)
    except RunDirectoryError as error:
        # An edit can make a raw file unreadable; where it was edited is then already known.
        if not findings:
            raise
        findings.append(f"the tables cannot be derived again: {error.message} ({error.where})")
    return Verification(findings=tuple(findings), sealed=sealed)
