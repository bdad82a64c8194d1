"""`embedmark plan SUITE`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedmark.cli import complete
from embedmark.cli.options import OFFLINE, split_names, spoken_option
from embedmark.cli.plan_text import billed_searches, cost, left_out, searches, time_bound, unpriced_images
from embedmark.cli.spoken import paragraph, prose, tell
from embedmark.language import current_language, ngettext, translatable, using
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.datasets import Dataset
    from embedmark.errors import EmbedmarkError
    from embedmark.planning.job import Job
    from embedmark.planning.jobs import Plan
    from embedmark.planning.providers import PlannedProvider


@click.command("plan")
@click.argument("suite", type=click.Path(path_type=Path))
@click.option(
    "--only",
    metavar="NAMES",
    shell_complete=complete.names_in_suite,
    help="Only these providers of the suite, separated by commas.",
)
@click.option("--offline", is_flag=True, help=OFFLINE)
@click.option("--queries", type=click.IntRange(min=1), metavar="Q", help="Also count Q queries against a corpus.")
@click.option(
    "--corpus", type=click.IntRange(min=1), metavar="N", help="Texts in that corpus; default: the suite's project_to."
)
@spoken_option
def command(suite: Path, only: str | None, offline: bool, queries: int | None, corpus: int | None) -> int:
    """Show the most that a run would do: passes, pairs, tokens, USD.

    Loads no model, sends nothing, and needs no key.
    """
    from embedmark import pipeline
    from embedmark.planning.providers import not_ready

    chosen = pipeline.load_suite(suite)
    plan = pipeline.plan(chosen, only=split_names(only), offline=offline, say=tell)
    with using(current_language(), plan.names):
        _print(plan, not_ready(plan.providers, chosen.origin))
        if queries is not None or corpus is not None:
            _print_queries(plan, queries or 1, corpus)
    return 0


def _print(plan: Plan, unready: Iterable[tuple[PlannedProvider, EmbedmarkError]]) -> None:
    from embedmark.report.text.console import print_table

    _print_bound(plan)
    images = any("image" in dataset.modalities for dataset in plan.datasets)
    encoded = _("texts and images encoded ≤") if images else _("texts encoded ≤")
    titles = [_("provider"), _("measure"), encoded, _("pairs predicted ≤"), _("tokens ≤"), "USD ≤"]
    print_table(
        titles, [row for planned in plan.providers for row in _rows(plan, planned)], numbers=range(2, len(titles))
    )
    click.echo()
    _print_counts(plan)
    for planned, error in unready:
        prose(f"note: {planned.name}: {error.message}; `embedmark run` will need it")
    for planned in plan.providers:
        for said in planned.info.notes:
            prose(f"note: {planned.name}: {said}")
    for notice in plan.notices:
        prose(f"note: {notice.message}; {notice.advice}")


def _rows(plan: Plan, planned: PlannedProvider) -> list[list[str]]:
    jobs = [job for job in plan.counted if job.provider == planned.name]
    measures = list(dict.fromkeys(job.measure for job in jobs))
    rows = [_row("", measure, [job for job in jobs if job.measure == measure], planned) for measure in measures]
    total = _row(planned.name, _("all"), jobs, planned)
    return [total, *rows] if len(rows) != 1 else [[planned.name, *rows[0][1:]]]


def _row(name: str, measure: str, jobs: Sequence[Job], planned: PlannedProvider) -> list[str]:
    from embedmark.planning.jobs import most_usd
    from embedmark.report.text.numbers import DASH, number
    from embedmark.report.text.words import word_of

    price = planned.price
    return [
        name,
        word_of(measure),
        _count(sum(job.encodes for job in jobs)),
        _count(sum(job.pair_predictions for job in jobs)),
        _count(sum(job.tokens for job in jobs)),
        number(most_usd(jobs, price)) if price else DASH,
    ]


def _count(n: int) -> str:
    from embedmark.report.text.numbers import DASH

    return f"{n:,}" if n else DASH


def _print_queries(plan: Plan, queries: int, corpus: int | None) -> None:
    """Queries against a corpus: q + n encodes, q·n pair predictions, or q + n encodes and then q·k predictions."""
    from embedmark.report.text.console import print_table
    from embedmark.suite import ScalingSpec

    spec = plan.suite.measure.scaling or ScalingSpec.model_validate({})
    k = spec.candidates
    sizes = [corpus] if corpus else sorted({1000, *spec.project_to})
    click.echo()
    asked = ngettext("{n:,} query", "{n:,} queries", queries)
    paragraph(_("{asked} against a corpus of n texts; the corpus is encoded once, for all later queries:", asked=asked))
    rows = [
        [f"{n:,}", f"{queries + n:,}", f"{queries * n:,}", f"{queries + n:,} + {queries * min(k, n):,}"] for n in sizes
    ]
    titles = [_("bi-encoder:\ntexts encoded"), _("cross-encoder:\npairs predicted"), _("two-stage,\nk = {k}", k=k)]
    print_table(["n", *titles], rows, numbers=range(1 + len(titles)))


def _print_bound(plan: Plan) -> None:
    """Print first what the run bills at most, for whoever is about to pay it."""
    from embedmark.planning.budget import unpriced_names, usd_bound
    from embedmark.report.text.numbers import usd

    bound, unpriced = usd_bound(plan), unpriced_names(plan)
    if unpriced:
        most = "The bill of this run is not known"
        if bound is not None:
            most = f"This run bills at most {usd(bound)}, retries apart, without {unpriced}"
        prose(
            f"{most}: no price per token is known for {unpriced}. Give one in measure.cost.prices, 0 where nothing is "
            "billed; `embedmark run --max-usd X` needs it."
        )
        for planned in plan.providers:
            if planned.may_bill:
                prose(
                    f"no price known for {planned.name}: {planned.info.served_by} may bill; `embedmark run` needs "
                    "--max-requests N or --yes."
                )
    elif bound is not None:
        prose(f"This run bills at most {usd(bound)}, retries apart; `embedmark run --max-usd X` limits it to X USD.")
    else:
        return
    for planned in plan.providers:
        whole, price = plan.usd_bound(planned), planned.price
        if whole is not None and price is not None and price.batch_usd_per_1m_tokens is not None:
            batch = whole * price.batch_usd_per_1m_tokens / price.usd_per_1m_tokens
            prose(
                f"  {planned.name}: the same tokens through the Batch API, within a day, at most {usd(batch)} "
                f"({price.source}, {price.as_of})."
            )
    click.echo()


def _images(dataset: Dataset) -> str:
    return translatable(f"{len(dataset.items('image')):,} images, {len(dataset.items('text')):,} texts")


def _print_counts(plan: Plan) -> None:
    from embedmark.allpairs.counts import pair_count, two_stage_pairs

    for dataset in plan.datasets:
        images = f", {_images(dataset)}" if "image" in dataset.modalities else ""
        if dataset.kind != "retrieval":
            prose(f"{dataset.name}: {len(dataset):,} pairs{images}")
            for note in dataset.notes:
                prose(f"  {note}")
    for line in searches(plan):
        prose(line)
    if all(dataset.kind == "retrieval" for dataset in plan.datasets):
        _print_ends(plan)
        return
    pairs = pair_count(1000)
    prose(f"All pairs of 1,000 texts: a bi-encoder encodes 1,000 texts, a cross-encoder predicts {pairs:,} pairs.")
    if any(job.first for job in plan.jobs) and plan.suite.measure.scaling:
        k = plan.suite.measure.scaling.candidates
        then = f"at most {two_stage_pairs(1000, k):,} predictions, {k} candidates a text"
        prose(f"In two stages: 1,000 encodes, then {then}.")
    _print_ends(plan)


def _print_ends(plan: Plan) -> None:
    prose("Tokens are an upper bound: UTF-8 bytes, and two special tokens a text. A time budget may end a job earlier.")
    for line in (*billed_searches(plan), *left_out(plan)):
        prose(line)
    for line in time_bound(plan):
        paragraph(line)
    for line in (*unpriced_images(plan), *cost(plan)):
        prose(line)
