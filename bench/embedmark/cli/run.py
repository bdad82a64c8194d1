"""`embedmark run SUITE`, or `embedmark run --model M... --data FILE_OR_NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli import complete
from embedmark.cli.budget import budget_options
from embedmark.cli.options import OFFLINE, lang_option, split_names
from embedmark.cli.output import for_results, kept_in
from embedmark.cli.quick import Quick, quick_options
from embedmark.cli.spoken import tell

if TYPE_CHECKING:
    from embedmark.planning.jobs import Plan

_HUNG_UP = 129
_CODES = {"complete": 0, "failed": 1, "budget": 3, "interrupted": 130}


@click.command("run")
@click.argument("suite", required=False, type=click.Path(path_type=Path))
@quick_options
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder. Default: results/NAME-DATE-TIME.")
@click.option(
    "--only",
    metavar="NAMES",
    shell_complete=complete.names_in_suite,
    help="Only these providers of the suite, separated by commas.",
)
@click.option("--measure", metavar="NAMES", help="Only these measures, separated by commas.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="RUN", help="Continue a run, whatever ended it.")
@click.option("--no-cache", is_flag=True, help="Neither read nor write the vector cache.")
@click.option("--offline", is_flag=True, help=OFFLINE)
@click.option("--shard", metavar="I/N", help="Only part I of N, such as 2/5; `embedmark merge` joins the parts.")
@click.option("--on", metavar="ray[:ADDRESS]", help="Measure on a Ray cluster: a local one, or the one at ADDRESS.")
@click.option("--require-quiet", is_flag=True, help="Wait up to two minutes for a quiet machine, then give up.")
@lang_option
@budget_options
def command(suite: Path | None, quick: Quick, out: Path | None, require_quiet: bool, **options: Any) -> int:
    """Measure what a suite names, and write a run directory.

    Without a suite: --model M... --data FILE_OR_NAME measures accuracy, throughput and latency, and cost where a price
    is known. The run's manifest has the equivalent suite.

    With --resume RUN, finish a run; its suite is in its manifest. If SUITE is given, it must be the same, or have
    providers or datasets added. Then only those are measured.
    """
    from embedmark import pipeline
    from embedmark.cli.progress import progress
    from embedmark.errors import RunInterrupted
    from embedmark.language import using
    from embedmark.planning.cluster import parse_on
    from embedmark.planning.shards import parse_shard
    from embedmark.report.terminal import print_report

    on = options.pop("on")
    if on is not None:
        parse_on(on)
    only, measure = split_names(options.pop("only")), split_names(options.pop("measure"))
    offline, lang = options.pop("offline"), options.pop("lang")
    resume, cache, shard = options.pop("resume"), not options.pop("no_cache"), options.pop("shard")
    if resume is not None:
        plan = _plan_again(resume, suite, out, only, measure or shard, offline)
    else:
        quick.check(suite, only)
        if shard is not None:
            parse_shard(shard)  # before anything is read
        plan = _plan_suite(suite, out, only, measure, offline) if suite else quick.plan(out, measure, offline, tell)
        plan = plan if shard is None else plan.in_shard(shard)
    plan = plan.on_cluster(on)
    try:
        with for_results():
            run = pipeline.run(
                plan if resume else plan.in_language(lang), out, resume=resume, budget=options, progress=progress(plan),
                require_quiet=require_quiet, cache=cache, say=tell,
            )  # fmt: skip
    except RunInterrupted as error:
        if error.exit_code == _HUNG_UP:  # the terminal is gone, and with it the reader of a report
            return _HUNG_UP
        run = pipeline.read_run(error.folder)
    kept_in(run.folder, again=f"embedmark show {run.folder}")
    with using(lang or run.screen_language, run.raw.manifest.names):
        print_report(run.raw.manifest, run.derived, run.folder)
    return _CODES[run.status]


def _plan_again(
    run: Path, suite: Path | None, out: Path | None, only: list[str] | None, measure: list[str] | None, offline: bool
) -> Plan:
    from embedmark import pipeline
    from embedmark.errors import UsageError

    if out is not None or measure is not None or (only is not None and suite is None):
        raise UsageError(
            "--resume continues a run as it was started, in its own folder",
            hint=f"embedmark run --resume {run}, or with a suite that has providers or datasets added",
        )
    if suite is None:
        return pipeline.resume_plan(run, offline=offline, say=tell)
    return pipeline.plan(pipeline.load_suite(suite), only=only, offline=offline, say=tell)


def _plan_suite(
    suite: Path, out: Path | None, only: list[str] | None, measure: list[str] | None, offline: bool
) -> Plan:
    from embedmark import pipeline

    chosen = pipeline.load_suite(suite)
    pipeline.check_out(out)
    return pipeline.plan(chosen, only=only, measure=measure, offline=offline, say=tell)
