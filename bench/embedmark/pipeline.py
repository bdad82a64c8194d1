"""One function a stage: plan, run, merge, read, derive, report, compare, verify.

The command line calls these functions; `embedmark/__init__.py` exports them for scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.errors import RunInterrupted, UsageError

if TYPE_CHECKING:
    from embedmark.derive import Derived
    from embedmark.derive.verify import Verification
    from embedmark.measure.progress import Progress
    from embedmark.planning.budget import RunLimits
    from embedmark.planning.jobs import Plan
    from embedmark.planning.quick import QuickRequest
    from embedmark.runs.comparison import Comparison
    from embedmark.runs.run import Run
    from embedmark.store.read import RawRun
    from embedmark.suite import Suite

Say = Callable[[str], None]


def _silent(_: str) -> None: ...


def load_suite(path: str | Path) -> Suite:
    """Read and check a suite file. Raises SuiteError with the file, the line and the key's path."""
    from embedmark.suite import load_suite as load

    return load(Path(path))


def plan(
    suite: Suite,
    folder: str | Path | None = None,
    *,
    only: Sequence[str] | None = None,
    measure: Sequence[str] | None = None,
    offline: bool = False,
    say: Say = _silent,
) -> Plan:
    """Construct a suite's providers, read its datasets and count its jobs. Loads no model and sends nothing.

    Args:
        suite: a checked suite.
        folder: what relative paths in it are relative to; default: the folder of its file.
        only: the names of the providers to keep; default: all.
        measure: the names of the measures to keep; default: all.
        offline: True downloads no dataset.
        say: told what is being downloaded.

    Raises:
        UsageError: an option, a path or a dataset is not what the suite says.
    """
    from embedmark.machine.threads import limited_threads
    from embedmark.planning.build import make_plan
    from embedmark.suite import select, select_measures

    chosen = suite if only is None else select(suite, only)
    chosen = chosen if measure is None else select_measures(chosen, measure)
    base = suite.origin.path.parent if folder is None else Path(folder)
    with limited_threads(chosen.threads):
        return make_plan(chosen, base, offline=offline, say=say)


def run(
    plan: Plan,
    out: str | Path | None = None,
    *,
    resume: str | Path | None = None,
    budget: RunLimits | Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    require_quiet: bool = False,
    cache: bool = True,
    say: Say = _silent,
) -> Run:
    """Measure what a plan says, and write the run directory with every table and report.

    Args:
        plan: made by `plan`; `plan.on_cluster("ray")` measures it on a cluster.
        out: the run's folder; default: results/NAME-DATE-TIME in the current folder.
        resume: a run to go on with, of the same suite or of one with providers or datasets added; in place of `out`.
        budget: `max_usd`, `max_requests`, `max_seconds`; `yes: True` allows more than 1 USD without `max_usd`.
        progress: told what is running and how much is done.
        require_quiet: True waits up to two minutes for a quiet machine, and then gives up.
        cache: False neither reads nor writes the vector cache.
        say: told of notices, of waits, and of what ended the run.

    Returns:
        The run. Its `status` is `complete`, `failed` or `budget`.

    Raises:
        UsageError: the request is wrong; nothing is written.
        NotQuietError: the machine did not become quiet; nothing is written.
        RunInterrupted: a KeyboardInterrupt; what was measured is sealed in its `folder`.
        StorageError: the disk refused a write; what was measured before is kept.
    """
    from embedmark.distribute.place import placed
    from embedmark.machine.pace import known_pace
    from embedmark.machine.threads import limited_threads
    from embedmark.measure.part import work_of
    from embedmark.measure.session import Session, wait_quiet
    from embedmark.planning.budget import RunLimits, make_budget
    from embedmark.runs.derived import keep_notices, write_derived
    from embedmark.runs.run import Run

    plan, at_work = work_of(plan, resume)
    if resume is None:
        check_out(out)
    elif not at_work:
        return _finish(Path(resume), plan, say)
    for notice in plan.notices:
        say(f"note: {notice.message}")
    limit = make_budget(plan, RunLimits.of(budget))
    known_ns = known_pace()
    with limited_threads(plan.suite.threads), placed(plan, at_work, say, resume) as make_runner:
        if require_quiet:
            wait_quiet(known_ns, say)
        limit.begin()
        session = Session(plan, limit, progress, known_ns, say, cache, make_runner)
        folder, status = session.measure(out) if resume is None else session.resume(Path(resume))
    finished = Run(folder, *write_derived(folder, keep_notices(folder, plan.datasets)))
    if status in ("interrupted", "hangup"):
        raise RunInterrupted(folder, exit_code=129 if status == "hangup" else 130)
    return finished


def resume_plan(folder: str | Path, *, offline: bool = False, say: Say = _silent) -> Plan:
    """Return the plan of the suite that is in a run's manifest. Raises UsageError."""
    from embedmark.measure.resume import suite_of

    suite, base = suite_of(Path(folder))
    return plan(suite, base, offline=offline, say=say)


def quick_plan(request: QuickRequest, *, offline: bool = False, say: Say = _silent) -> Plan:
    """Return the plan of models and data that have no suite file. Raises UsageError."""
    from embedmark.machine.threads import limited_threads
    from embedmark.planning.quick import plan_request

    with limited_threads(request.threads):
        return plan_request(request, offline=offline, say=say)


def check_out(out: str | Path | None) -> None:
    """Raise RunDirectoryError unless a run can be written to `out`. Writes nothing."""
    from embedmark.store.write import RESULTS, check_free

    check_free(RESULTS / "new" if out is None else Path(out))


def read_run(folder: str | Path) -> Run:
    """Return the run in `folder`. Raises RunDirectoryError."""
    from embedmark.runs.run import Run

    return Run(Path(folder))


def derive(folder: str | Path) -> tuple[RawRun, Derived, dict[str, bytes]]:
    """Return a run's raw rows, what follows from them, and every derived file. Writes nothing.

    Raises RunDirectoryError.
    """
    from embedmark.runs.derived import derive_files

    return derive_files(Path(folder))


def report(folder: str | Path, *, lang: str | None = None) -> Run:
    """Derive and write a run's tables and reports, `lang` from now on. Raises RunDirectoryError, StorageError."""
    from embedmark.runs.derived import keep_language, write_derived
    from embedmark.runs.run import Run

    if lang is not None:
        keep_language(Path(folder), lang)
    return Run(Path(folder), *write_derived(Path(folder)))


def compare(
    baseline: Run | str | Path,
    *others: Run | str | Path,
    providers: Sequence[str] = (),
    reference: str | None = None,
) -> Comparison:
    """Compare runs with a baseline, joined by provider name.

    Args:
        baseline: a run, its folder, or a folder with several runs that repeat each other.
        others: likewise; none of them compares two providers of the baseline.
        providers: only these; without others, the two to compare.
        reference: the provider that timings are relative to.

    Raises:
        UsageError: a name that a run does not have; nothing in common.
    """
    from embedmark.comparison.runs import compare_providers, compare_runs
    from embedmark.comparison.sides import read_sides
    from embedmark.runs.comparison import Comparison
    from embedmark.store.read import foreign

    folders = [Path(run) if isinstance(run, str | Path) else run.folder for run in (baseline, *others)]
    if not others and len(providers) != 2:
        raise UsageError(
            "there is one run only, and nothing to compare it with",
            hint=f"embedmark compare {folders[0]} OTHER_RUN, or two of its providers: --providers a,b",
        )
    first, *rest = read_sides(folders)
    with foreign(folders[-1]):
        if not rest:
            return Comparison(compare_providers(first, providers[0], providers[1], reference=reference))
        return Comparison(compare_runs(first, rest, providers=providers, reference=reference))


def verify(folder: str | Path) -> Verification:
    """Check that a run's raw rows are as measured, and that every derived cell follows from them.

    Tables that another version derived are not checked, only the seal of the raw rows. Raises RunDirectoryError.
    """
    from embedmark.runs.verified import verify_run

    return verify_run(Path(folder))


def merge(shards: Sequence[str | Path], out: str | Path, *, lang: str | None = None) -> Run:
    """Join all shards of a plan into one run in the new folder `out`, and write its tables and reports.

    Raises UsageError where a shard is missing, given twice, not ended, edited or of another plan; StorageError.
    """
    from embedmark.distribute.merge import merge_shards
    from embedmark.runs.derived import keep_notices

    merge_shards([Path(shard) for shard in shards], Path(out))
    keep_notices(Path(out))
    return report(out, lang=lang)


def _finish(folder: Path, plan: Plan, say: Say) -> Run:
    from embedmark.runs.derived import finish_files

    say(f"{folder} is complete: there is nothing left to measure, and nothing was sent")
    finish_files(folder, plan.datasets, keeps_journal=plan.has_blocks)
    return read_run(folder)
