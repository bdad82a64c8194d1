"""Going on with a run that ended: what is left to measure, and the rows that its unfinished jobs left behind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from embedmark.derive.notices import notices_of
from embedmark.errors import RunDirectoryError, SuiteError
from embedmark.measure.killed import notices_of_killed, untold_rows
from embedmark.measure.manifest import resolved_suite, take_up
from embedmark.measure.memory import Memory, pending_jobs
from embedmark.measure.texts import keep_texts
from embedmark.notices import Notice
from embedmark.planning.job import NEIGHBOURS, UNTIMED, Job
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.store.journal import Journal, has_journal
from embedmark.store.manifest.model import Manifest, read_back
from embedmark.store.read import read_manifest, read_run
from embedmark.store.texts import TEXTS
from embedmark.store.vectors import VectorCache
from embedmark.store.write import RunDirectory
from embedmark.store.written import WrittenRow
from embedmark.suite import Suite, parse_suite

# Raw files whose rows belong to a job of this measure; samples.csv and failures.csv name theirs.
_MEASURE_OF = {
    "scores.csv": "accuracy", "ranks.csv": "accuracy", "neighbours.csv": NEIGHBOURS, "judged.csv": "retrieval",
    "compressed.csv": "compression",
}  # fmt: skip
# Measures whose replies the journal has: their rows are written again, and count the same tokens again.
_REPLAYED = UNTIMED
_STOPPED = "the run was stopped here; measured again"


def suite_of(folder: Path) -> tuple[Suite, Path]:
    """Return the suite of a run, and the folder that its relative paths are relative to. Raises RunDirectoryError."""
    manifest = _checked(folder)
    base = Path.cwd()
    if has_journal(folder):
        journal = Journal(folder)
        noted = journal.noted("folder")
        journal.close()
        base = Path(noted) if noted and Path(noted).is_dir() else base
    content = manifest.suite.to_json()
    # An empty key of a suite asks for the defaults of a measure: one that is not measured has no key.
    content["measure"] = {name: spec for name, spec in content["measure"].items() if spec is not None}
    return parse_suite(content, path=base / "suite.yaml"), base


def providers_at_work(plan: Plan, resume: str | Path | None) -> list[PlannedProvider]:
    """Return the providers that will be called; none where a run that is to go on is complete.

    Raises SuiteError, RunDirectoryError as left_of().
    """
    if resume is None:
        return [planned for planned in plan.providers if plan.needs(planned.name)]
    folder = Path(resume)
    left = left_of(folder, plan)
    if not left and _checked(folder).status == "complete":
        return []
    names = {job.provider for job in left} | {job.first for job in left}
    return [planned for planned in plan.providers if planned.name in names] or list(plan.providers)


def left_of(folder: Path, plan: Plan) -> list[Job]:
    """Return the jobs that are left to measure. Raises SuiteError for a plan of another suite, RunDirectoryError."""
    manifest = _checked(folder)
    _check_suite(manifest, plan)
    return pending_jobs(plan, manifest.done or ())


def reopen(folder: Path, plan: Plan, cache: VectorCache | None) -> tuple[RunDirectory, Memory]:
    """Open a run to measure what is left of it.

    Raises:
        SuiteError: the plan is of another suite.
        RunDirectoryError: another process writes the run, or it is none that can go on.
        StorageError: the disk refuses.
    """
    pending = left_of(folder, plan)
    raw = read_run(folder)
    manifest = raw.manifest
    journal = Journal(folder)
    journal.note("folder", str(plan.folder.resolve()))
    lost = journal.open_requests()
    untold = untold_rows(journal, plan.jobs, raw.samples)
    names = {job.provider for job in pending} | {job.first for job in pending if job.first}
    derived = [read_back(notice) for notice in notices_of(raw)]
    kept = [warning for warning in manifest.warnings if warning.notice not in derived]
    manifest.warnings = [warning for warning in kept if not _is_outdated(warning.notice, pending)]
    take_up(manifest, plan, names)
    rows = _Rows(pending)
    run = RunDirectory.reopen(folder, manifest, lambda name, row: None if name == TEXTS else rows.change(name, row))
    keep_texts(run, plan)  # again: a kill may have cut them
    run.append("samples.csv", untold)
    for notice in notices_of_killed(lost):
        manifest.warn(notice)
    run.save_manifest()
    journal.settle()
    return run, Memory(journal=journal, cache=cache, called=rows.called, failures=rows.failures)


def set_aside(run: RunDirectory, pending: Sequence[Job]) -> None:
    """Mark or drop the rows of unfinished jobs, which are measured again at once in the same run."""
    rows = _Rows(pending)
    run.change(lambda name, row: row if WrittenRow(row).measure in ("decode", "load") else rows.change(name, row))


class _Rows:
    """Decides what becomes of each raw row.

    Attributes:
        called: providers whose first call has a row.
        failures: failure rows that stay.
    """

    def __init__(self, pending: Sequence[Job]) -> None:
        self._pending = pending
        self._providers = {job.provider for job in pending}
        self.called: set[str] = set()
        self.failures = 0

    def change(self, name: str, row: dict[str, str]) -> dict[str, str] | None:
        """Return the row as it is to be kept; None to drop it."""
        written = WrittenRow(row)
        if name == "samples.csv":
            return self._sample(written, row)
        if name == "failures.csv":
            gone = written.measure == "decode" or self._is_of_any(written, written.measure)
            gone = gone or (written.measure == "load" and written.provider in self._providers)
            self.failures += not gone
            return None if gone else row
        return None if name != TEXTS and self._is_of_any(written, _MEASURE_OF.get(name, "")) else row

    def _sample(self, written: WrittenRow, row: dict[str, str]) -> dict[str, str] | None:
        measure, status = written.measure, written.status
        if measure == "decode":  # images are decoded again
            return None
        if measure == "load":
            self.called.update([written.provider] if written.phase == "first" and status == "ok" else [])
            return row
        is_pass = status in ("ok", "incomplete", "failed") and written.n != ""
        if not is_pass or not any(_has_row(job, written) for job in self._pending):
            return row
        return None if measure in _REPLAYED else row | {"status": "incomplete", "error": _STOPPED}

    def _is_of_any(self, row: WrittenRow, measure: str) -> bool:
        """Return True if a pending job writes the row again: compression comes with accuracy and with retrieval."""
        if measure == NEIGHBOURS and "rank" in row.cells:  # those of the largest timed size are scaling's
            return any(self._is_of_pending(row, one, row.n) for one in (NEIGHBOURS, "scaling"))
        measures = _REPLAYED if measure == "compression" else (measure,)
        return any(self._is_of_pending(row, one) for one in measures)

    def _is_of_pending(self, row: WrittenRow, measure: str, n: str | None = None) -> bool:
        wanted = (row.provider, row.dataset, measure)
        mine = [job for job in self._pending if (job.row_name, job.dataset, job.measure) == wanted]
        return any(n is None or str(job.n) == n for job in mine)


def _has_row(job: Job, row: WrittenRow) -> bool:
    if (job.measure, job.dataset) != (row.measure, row.dataset):
        return False
    if job.measure == "scaling":
        return row.provider == (f"{job.first}+{job.provider}" if job.first else job.provider)
    if job.row_name != row.provider:
        return False
    if job.measure in _REPLAYED:
        return True
    batch = job.measure != "throughput" or row.batch_size == str(job.batch_size)
    return batch and job.scenario == row.scenario and (job.unit == "image") == (row.unit == "image")


def _checked(folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    if manifest.done is None:
        raise RunDirectoryError(
            "this run was written by a version of embedmark that cannot resume a run",
            where=str(folder / "manifest.json"),
            hint="run its suite again: embedmark run SUITE",
        )
    return manifest


def _check_suite(manifest: Manifest, plan: Plan) -> None:
    """Raise SuiteError unless the plan's suite is the run's, or has providers or datasets added."""
    before, now = manifest.suite.to_json(), resolved_suite(plan.suite)
    changed = [key for key in now if key not in ("providers", "datasets", "name") and now[key] != before.get(key)]
    for kind in ("providers", "datasets"):
        known = [_given(entry) for entry in now[kind]]
        changed += [_label(entry) for entry in before[kind] if _given(entry) not in known]
    contents = {dataset.name: dataset.sha256 for dataset in plan.datasets}
    changed += [entry.name for entry in manifest.datasets if contents.get(entry.name) != entry.sha256]
    if plan.datasets[0].name != manifest.datasets[0].name:
        changed.append(f"the first dataset ({plan.datasets[0].name})")
    if changed:
        raise SuiteError(
            f"this is not the suite of the run: {', '.join(dict.fromkeys(changed))} changed",
            where=str(plan.suite.origin.path),
            hint="you may add providers and datasets after the existing ones; otherwise run without --resume",
        )


def _given(entry: Any) -> Any:
    """Return an entry of a suite without its empty keys: an earlier version may not have known one of them."""
    return {key: value for key, value in entry.items() if value is not None} if isinstance(entry, dict) else entry


def _label(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    return str(entry.get("name") or entry.get("path") or entry)


def _is_outdated(notice: Notice, pending: Collection[Job]) -> bool:
    """Return True for a warning about a job that is measured again."""
    about = (notice.data.get("provider"), notice.data.get("dataset"))
    return any(about in ((job.provider, job.dataset), (job.provider, None)) for job in pending) and (
        notice.code not in ("killed-requests", "provider", "truncation")
    )
