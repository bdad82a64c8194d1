"""`embedmark run SUITE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from embedmark.cli.budget import budget_options
from embedmark.cli.options import OFFLINE, names_of

_CODES = {"complete": 0, "failed": 1, "budget": 3, "interrupted": 130}


@click.command("run")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder. Default: results/NAME-DATE-TIME.")
@click.option("--only", metavar="NAMES", help="Only these providers of the suite, separated by commas.")
@click.option("--offline", is_flag=True, help=OFFLINE)
@click.option("--require-quiet", is_flag=True, help="Wait up to two minutes for a quiet machine, then give up.")
@budget_options
def command(suite: Path, out: Path | None, only: str | None, offline: bool, require_quiet: bool, **limits: Any) -> int:
    """Measure what a suite names, and write a run directory."""
    from embedmark import pipeline
    from embedmark.cli.progress import progress
    from embedmark.errors import RunInterrupted
    from embedmark.report.terminal import print_report

    chosen = pipeline.load_suite(suite)
    pipeline.check_out(out)
    plan = pipeline.plan(chosen, only=names_of(only), offline=offline, say=_say)
    try:
        run = pipeline.run(plan, out, budget=limits, progress=progress(), require_quiet=require_quiet, say=_say)
    except RunInterrupted as error:
        run = pipeline.read_run(error.folder)
    print_report(run.manifest, run.derived, run.folder)
    return _CODES[run.status]


def _say(text: str) -> None:
    click.echo(text, err=True)
