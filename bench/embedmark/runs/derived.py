"""What follows from the raw rows of a run: its tables, its reports, and their files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from embedmark.datasets import Dataset
from embedmark.datasets.again import sentences_of
from embedmark.derive import Derived, derive_all
from embedmark.derive.accuracy.analyse import analyse
from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.notices import notices_of
from embedmark.derive.rows.tables import rows_by_file
from embedmark.derive.run import MeasuredRun
from embedmark.derive.verify import compare_raw
from embedmark.errors import StorageError
from embedmark.language import using
from embedmark.notices.records import broken_seal
from embedmark.report.figures.style import undrawn
from embedmark.report.html import render_html
from embedmark.report.markdown import render_markdown
from embedmark.store.columns import DERIVED
from embedmark.store.journal import remove_journal
from embedmark.store.manifest.text import write_manifest
from embedmark.store.read import RawRun, foreign, read_manifest, read_run
from embedmark.store.tables import derived_files, write_files
from embedmark.version import __version__


@dataclass(frozen=True, eq=False, slots=True)
class AtHand:
    """What of a run need not be read or computed again.

    Attributes:
        raw: its raw rows.
        analyses: of its scores.
        datasets: those that it measured.
    """

    raw: RawRun | None = None
    analyses: tuple[DatasetAnalysis, ...] | None = None
    datasets: Sequence[Dataset] = ()


_NOTHING = AtHand()
_UNKEPT = frozenset({"broken-seal", "damaged-rows"})  # warnings of what was read, which the manifest does not keep


def files_of(
    raw: RawRun, derived: Derived, folder: Path, *, known: Sequence[Dataset] = (), is_drawn: bool = True
) -> dict[str, bytes]:
    """Return the bytes of every derived file, by its name.

    Args:
        raw, derived, folder: of the run.
        known: datasets that need not be read again.
        is_drawn: False leaves the page's figures empty, which takes a quarter of the time.
    """
    with using(raw.manifest.lang, raw.manifest.names), nullcontext() if is_drawn else undrawn():
        reports = {
            "report.html": render_html(raw.manifest, derived, sentences_of(raw.manifest, folder, known)),
            "report.md": render_markdown(raw.manifest, derived),
        }
    # Without neighbours, all that the facts of scaling hold are projections, and scaling.csv has those.
    at_need = {
        "scaling_facts.csv": raw.neighbours is not None,
        "retrieval.csv": raw.judged is not None,
        "compression.csv": raw.compressed is not None,
        "volume.csv": bool(derived.tables["volume.csv"]),
    }
    tables = rows_by_file(derived.tables)
    kept = {name: rows for name, rows in tables.items() if name in DERIVED or at_need.get(name, False)}
    return derived_files(kept, reports)


def derive_files(
    folder: Path, at_hand: AtHand = _NOTHING, *, is_drawn: bool = True
) -> tuple[RawRun, Derived, dict[str, bytes]]:
    """Return the raw run, what follows from it, and every derived file. Raises RunDirectoryError.

    Args:
        folder: of the run.
        at_hand: what is known of the run.
        is_drawn: as for `files_of`.
    """
    with foreign(folder):
        raw = at_hand.raw or read_run(folder)
        raw.manifest.check_whole(folder / "manifest.json")
        edits, _ = compare_raw(folder, raw.manifest)
        if edits:
            raw.manifest.warn(broken_seal(dict.fromkeys(e.partition(":")[0] for e in edits)))
        derived = derive_all(raw, at_hand.analyses)
        return raw, derived, files_of(raw, derived, folder, known=at_hand.datasets, is_drawn=is_drawn)


def write_derived(folder: Path, at_hand: AtHand = _NOTHING) -> tuple[RawRun, Derived]:
    """Write every derived file of the run again, and its version into the manifest.

    Raises RunDirectoryError, StorageError.

    Args:
        folder: of the run.
        at_hand: what is known of the run.
    """
    raw, derived, files = derive_files(folder, at_hand)
    with _storage(folder):
        write_files(folder, files)
        if raw.manifest.derived_by != __version__:
            is_as_read = not _UNKEPT.intersection(notice.code for notice in raw.manifest.warnings)
            manifest = raw.manifest if is_as_read else read_manifest(folder)
            manifest.derived_by = __version__
            write_manifest(folder / "manifest.json", manifest)
    return raw, derived


def keep_notices(folder: Path, datasets: Sequence[Dataset] = ()) -> AtHand:
    """Add the warnings that follow from a finished run's raw rows to its manifest, and return what is known then.

    Raises StorageError.

    Args:
        folder: of the run.
        datasets: those that it measured, where they are at hand.
    """
    raw = read_run(folder)
    analyses = analyse(MeasuredRun.of(raw))
    for notice in notices_of(raw, analyses):
        raw.manifest.warn(notice)
    with _storage(folder):
        write_manifest(folder / "manifest.json", raw.manifest)
    return AtHand(replace(raw, manifest=read_manifest(folder)), analyses, datasets)


def finish_files(folder: Path, datasets: Sequence[Dataset] = (), *, keeps_journal: bool = False) -> None:
    """Write what a complete run lacks because it was killed after its last measurement: tables, reports, warnings.

    Raises RunDirectoryError, StorageError.

    Args:
        folder: of the run.
        datasets: those that it measured, where they are at hand.
        keeps_journal: True leaves the journal, which a shard needs until it is merged.
    """
    is_whole = all((folder / name).is_file() for name in (*DERIVED, "report.html", "report.md"))
    if read_manifest(folder).derived_by is None or not is_whole:
        write_derived(folder, keep_notices(folder, datasets))
    if not keeps_journal:
        remove_journal(folder)


def keep_language(folder: Path, lang: str) -> None:
    """Note in the manifest which language the run's reports are in. Raises RunDirectoryError, StorageError."""
    manifest = read_manifest(folder)
    if (manifest.lang or "en") != lang:
        manifest.lang = lang
        with _storage(folder):
            write_manifest(folder / "manifest.json", manifest)


@contextmanager
def _storage(folder: Path) -> Iterator[None]:
    """Within, a disk that refuses becomes one message."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"a derived file cannot be written: {error.strerror or error}",
            where=str(folder),
            hint=f"the raw rows are safe; free some space, then: embedmark report {folder}",
        ) from error
