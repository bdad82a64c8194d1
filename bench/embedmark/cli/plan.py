"""`embedmark plan SUITE`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from embedmark.datasets import Dataset
    from embedmark.plan import Job, Plan, PlannedProvider


@click.command("plan")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--only", metavar="NAMES", help="Only these providers of the suite, separated by commas.")
@click.option("--offline", is_flag=True, help="Fetch no dataset.")
def command(suite: Path, only: str | None, offline: bool) -> int:
    """Show what a suite would do at most: forward passes, pairs, tokens, USD. Loads no model and sends nothing."""
    from embedmark.plan import make_plan
    from embedmark.report.terminal import print_table
    from embedmark.suite import load_suite, select

    chosen = load_suite(suite)
    if only is not None:
        chosen = select(chosen, [name.strip() for name in only.split(",") if name.strip()])
    plan = make_plan(chosen, suite.parent, offline=offline, say=lambda text: click.echo(text, err=True))
    titles = ["provider", "measure", "encodes ≤", "pair predictions ≤", "tokens ≤", "USD ≤"]
    print_table(titles, [row for planned in plan.providers for row in _rows(plan, planned)])
    click.echo()
    _print_counts(plan)
    return 0


def _rows(plan: Plan, planned: PlannedProvider) -> list[list[str]]:
    jobs = [job for job in plan.jobs if job.provider == planned.name]
    measures = list(dict.fromkeys(job.measure for job in jobs))
    rows = [_row("", measure, [job for job in jobs if job.measure == measure], planned) for measure in measures]
    total = _row(planned.name, "all", jobs, planned)
    return [total, *rows] if len(rows) != 1 else [[planned.name, *rows[0][1:]]]


def _row(name: str, measure: str, jobs: Sequence[Job], planned: PlannedProvider) -> list[str]:
    from embedmark.report.format import DASH, number

    tokens = sum(job.tokens for job in jobs)
    price = planned.price
    return [
        name,
        measure,
        _count(sum(job.encodes for job in jobs)),
        _count(sum(job.pair_predictions for job in jobs)),
        _count(tokens),
        number(tokens * price.usd_per_1m_tokens / 1e6) if price else DASH,
    ]


def _count(n: int) -> str:
    from embedmark.report.format import DASH

    return f"{n:,}" if n else DASH


def _images(dataset: Dataset) -> str:
    return f"{len(dataset.items('image')):,} images, {len(dataset.items('text')):,} texts"


def _print_counts(plan: Plan) -> None:
    from embedmark.plan import pair_count

    for dataset in plan.datasets:
        images = "" if dataset.kind == "pairs" else f", {_images(dataset)}"
        click.echo(f"{dataset.name}: {len(dataset):,} pairs{images}")
    pairs = pair_count(1000)
    click.echo(f"All pairs of 1,000 texts: a bi-encoder encodes 1,000 texts, a cross-encoder predicts {pairs:,} pairs.")
    click.echo(
        "Tokens are an upper bound: UTF-8 bytes, and two special tokens a text. A time budget may end a job earlier."
    )
    bounds = [bound for planned in plan.providers if (bound := plan.usd_bound(planned)) is not None]
    if bounds:
        from embedmark.report.format import usd

        click.echo(f"This run bills at most {usd(sum(bounds))}.")
    else:
        click.echo("No provider here has a price per token; hardware cost follows from the measured throughput.")
