"""`embedmark run SUITE`, or `embedmark run --model M... --data FILE_OR_NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli.budget import budget_options
from embedmark.cli.options import OFFLINE, names_of
from embedmark.cli.quick import Quick, quick_options

if TYPE_CHECKING:
    from embedmark.planning.jobs import Plan

_CODES = {"complete": 0, "failed": 1, "budget": 3, "interrupted": 130}


@click.command("run")
@click.argument("suite", required=False, type=click.Path(path_type=Path))
@quick_options
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder. Default: results/NAME-DATE-TIME.")
@click.option("--only", metavar="NAMES", help="Only these providers of the suite, separated by commas.")
@click.option("--measure", metavar="NAMES", help="Only these measures, separated by commas.")
@click.option("--offline", is_flag=True, help=OFFLINE)
@click.option("--require-quiet", is_flag=True, help="Wait up to two minutes for a quiet machine, then give up.")
@budget_options
def command(suite: Path | None, quick: Quick, out: Path | None, require_quiet: bool, **options: Any) -> int:
    """Measure what a suite names, and write a run directory.

    Without a suite: --model M... --data FILE_OR_NAME measures accuracy, throughput and latency, and cost where a price
    is known. The suite that this stands for is in the run's manifest.
    """
    from embedmark import pipeline
    from embedmark.cli.progress import progress
    from embedmark.errors import RunInterrupted
    from embedmark.report.terminal import print_report

    only, measure = names_of(options.pop("only")), names_of(options.pop("measure"))
    offline = options.pop("offline")
    quick.check(suite, only)
    plan = _plan_suite(suite, out, only, measure, offline) if suite else quick.plan(out, measure, offline, _say)
    try:
        run = pipeline.run(plan, out, budget=options, progress=progress(), require_quiet=require_quiet, say=_say)
    except RunInterrupted as error:
        run = pipeline.read_run(error.folder)
    print_report(run.manifest, run.derived, run.folder)
    return _CODES[run.status]


def _plan_suite(
    suite: Path, out: Path | None, only: list[str] | None, measure: list[str] | None, offline: bool
) -> Plan:
    from embedmark import pipeline

    chosen = pipeline.load_suite(suite)
    pipeline.check_out(out)
    return pipeline.plan(chosen, only=only, measure=measure, offline=offline, say=_say)


def _say(text: str) -> None:
    click.echo(text, err=True)
