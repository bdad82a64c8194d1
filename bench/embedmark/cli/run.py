"""`embedmark run SUITE`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.api.secrets import scrub
from embedmark.cli.budget import budget_options, make_budget
from embedmark.cli.options import OFFLINE

if TYPE_CHECKING:
    from embedmark.measure.runner import Runner
    from embedmark.store.write import RunDirectory


_QUIET_SECONDS = 120


@click.command("run")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder. Default: results/NAME-DATE-TIME.")
@click.option("--only", metavar="NAMES", help="Only these providers of the suite, separated by commas.")
@click.option("--offline", is_flag=True, help=OFFLINE)
@click.option("--require-quiet", is_flag=True, help="Wait up to two minutes for a quiet machine, then give up.")
@budget_options
def command(suite: Path, out: Path | None, only: str | None, offline: bool, require_quiet: bool, **limits: Any) -> int:
    """Measure what a suite names, and write a run directory."""
    from datetime import UTC, datetime

    from embedmark.cli.progress import progress
    from embedmark.machine.pace import keep_pace, known_pace
    from embedmark.measure.manifest import new_manifest
    from embedmark.measure.runner import Runner
    from embedmark.pipeline import keep_notices, rederive
    from embedmark.planning.build import make_plan
    from embedmark.planning.providers import require_ready
    from embedmark.report.terminal import print_report
    from embedmark.store.write import RunDirectory, check_free, free_folder, run_id
    from embedmark.suite import load_suite, select

    chosen = load_suite(suite)
    if only is not None:
        chosen = select(chosen, [name.strip() for name in only.split(",") if name.strip()])
    check_free(out or Path("results") / "new")
    _pin_threads(chosen.threads)
    plan = make_plan(chosen, suite.parent, offline=offline, say=_say)
    require_ready(plan.providers, chosen.origin)
    for notice in plan.notices:
        _say(f"note: {notice.message}")
    budget = make_budget(plan, **limits)
    pace = known_pace()
    if require_quiet:
        _wait_until_quiet(pace)
        budget.begin()
    started = datetime.now(UTC)
    name = run_id(chosen.name, started.isoformat())
    folder = out or free_folder(Path("results"), name)
    manifest = new_manifest(plan, folder.resolve().name, started)
    with RunDirectory(folder, manifest) as run:
        runner = Runner(plan, run, progress(), budget=budget, known_ns=pace)
        status = _measure(runner, run)
    keep_pace(runner.recorder.watch.calibration.held_ns)
    keep_notices(folder)
    raw, derived = rederive(folder)
    print_report(raw.manifest, derived, folder)
    return {"complete": 0, "failed": 1, "interrupted": 130, "budget": 3}[status]


def _measure(runner: Runner, run: RunDirectory) -> str:
    """Run to the end or to whatever ends it; the raw rows are sealed either way."""
    from embedmark.errors import BudgetError
    from embedmark.measure.manifest import finish

    previous = signal.signal(signal.SIGTERM, _interrupt)
    status = "failed"
    try:
        status = "complete" if runner.run() else "failed"
    except KeyboardInterrupt:
        status = "interrupted"
        _say("interrupted: what was measured so far is kept")
    except BudgetError as error:
        status = "budget"
        _say(scrub(str(error)))
    finally:
        signal.signal(signal.SIGTERM, previous)
        finish(run.manifest, status)
        run.seal()
    return status


def _interrupt(*_: object) -> None:
    """Go on as after Ctrl-C: asyncio turns that signal into a cancellation, which puts what is under way on the books.

    An exception raised here would leave the event loop in its middle.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a background job of a script: Ctrl-C is not for it
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _wait_until_quiet(pace: int | None) -> None:
    from embedmark.errors import NotQuietError
    from embedmark.machine.watch import wait_until_quiet

    reason = wait_until_quiet(_QUIET_SECONDS, _say, known_ns=pace)
    if reason is not None:
        raise NotQuietError(
            f"the machine did not become quiet within {_QUIET_SECONDS} s: {reason}",
            hint="stop what else runs, or run without --require-quiet: noisy rows are marked",
        )


def _pin_threads(threads: int | None) -> None:
    """Thread budgets are read when a native library is loaded: set for those to come, and for those that are here."""
    import os

    from threadpoolctl import threadpool_limits

    from embedmark.machine.describe import THREAD_VARIABLES

    if threads is not None:
        for variable in THREAD_VARIABLES:
            os.environ[variable] = str(threads)
        threadpool_limits(limits=threads)


def _say(text: str) -> None:
    click.echo(text, err=True)
