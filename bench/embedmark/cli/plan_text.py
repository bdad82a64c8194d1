"""What `embedmark plan` says beside its table: what is left out, how long it takes at most, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from embedmark.language import gettext as _
from embedmark.language import ngettext

if TYPE_CHECKING:
    from embedmark.planning.jobs import Plan


def left_out(plan: Plan) -> Iterator[str]:
    """Yield what the suite measures and a provider has no job for, and why."""
    if plan.suite.measure.accuracy:
        for planned in plan.providers:
            if planned.info.untrained:
                yield f"{planned.name}: no accuracy, since its head is untrained and its scores would mean nothing"


def searches(plan: Plan) -> Iterator[str]:
    """Yield what is searched, what that can tell apart, and what indexing and reranking take."""
    from embedmark.datasets import RetrievalDataset
    from embedmark.planning.retrieval import comparisons_of, resolution

    spec = plan.suite.measure.retrieval
    for dataset in plan.datasets:
        if not isinstance(dataset, RetrievalDataset):
            continue
        jobs = [job for job in plan.jobs if (job.measure, job.dataset) == ("retrieval", dataset.name)]
        yield f"{dataset.name}: {len(dataset):,} queries, {len(dataset.documents):,} documents, " \
            f"{len(dataset.grades):,} judged"  # fmt: skip
        if spec:
            yield f"  {resolution(len(dataset), comparisons_of(plan.suite))}"
        indexed = [job for job in jobs if job.encodes]
        if indexed:
            encodes, tokens = max(job.encodes for job in indexed), max(job.tokens for job in indexed)
            yield f"  index and queries, once a provider: at most {encodes:,} texts, {tokens:,} tokens"
        for job in jobs:
            if job.first:
                yield f"  {job.scenario}: at most {job.pair_predictions:,} pairs"


def time_bound(plan: Plan) -> Iterator[str]:
    """Yield, in the current language, how long the measures with a time budget take at most, and which have none."""
    from embedmark.report.text.numbers import plain_duration
    from embedmark.report.text.words import word_of

    measure = plan.suite.measure
    cells = {name: sum(job.measure == name for job in plan.jobs) for name in ("throughput", "latency")}
    bounds = []
    for name, spec in (("throughput", measure.throughput), ("latency", measure.latency)):
        if spec:
            whole = plain_duration(cells[name] * spec.max_seconds)
            bounds.append(ngettext("{name} {time} ({n} setting of {seconds:g} s)",
                                   "{name} {time} ({n} settings of {seconds:g} s)", cells[name],
                                   name=word_of(name), time=whole, seconds=spec.max_seconds))  # fmt: skip
    if bounds:
        yield _(
            "Time budgets: {bounds}, at most; the warm-up of each setting and its last pass or call come on top.",
            bounds=", ".join(bounds),
        )
    open_ended = [_("loading")]
    if measure.accuracy:
        open_ended.append(_("accuracy, which reads every pair once"))
    if measure.retrieval:
        open_ended.append(_("retrieval, which reads every document and query once"))
    if measure.scaling:
        open_ended.append(_("scaling, which times each size once, however long that takes"))
    yield _(
        "No fixed end: {measures}. `embedmark run --max-seconds S` ends the whole run.", measures="; ".join(open_ended)
    )


def unpriced_images(plan: Plan) -> Iterator[str]:
    """Yield the providers that are sent images and whose price is one of tokens only."""
    for planned in plan.providers:
        images = sum(job.images for job in plan.counted if job.provider == planned.name)
        if images and planned.price is not None and planned.price.usd_per_1k_images is None:
            yield f"{planned.name}: no price per image is known, and its {images:,} images are not in these USD; " \
                f"prices: {{{planned.name}: {{usd_per_1m_tokens: ..., usd_per_1k_images: ...}}}}"  # fmt: skip


def cost(plan: Plan) -> Iterator[str]:
    """Yield what cost will rest on, where it is measured and nothing has a price per token."""
    from embedmark.planning.budget import unpriced_names, usd_bound

    spec = plan.suite.measure.cost
    if spec is None or usd_bound(plan) is not None or unpriced_names(plan):
        return
    if spec.hardware_usd_per_hour is None:
        yield "No provider here has a price per token, and hardware_usd_per_hour is not set: no cost will be known."
    else:
        measure = plan.suite.measure
        times = "throughput" if measure.throughput else "accuracy pass" if measure.accuracy else "times"
        yield f"No provider here has a price per token; hardware cost follows from the measured {times}."


def billed_searches(plan: Plan) -> Iterator[str]:
    """Yield what rerankers that bill searches bill at most, and what grouping saves."""
    from embedmark.allpairs.counts import pair_count, search_count

    for planned in plan.providers:
        per = planned.info.limits.pairs_per_search
        if not per:
            continue
        searches = sum(job.searches for job in plan.counted if job.provider == planned.name)
        grouped, single = search_count(1000, per), pair_count(1000)
        yield f"{planned.name}: at most {searches:,} searches; up to {per} pairs with one first text are one search."
        yield f"All pairs of 1,000 texts: {grouped:,} searches when grouped, and {single:,} one by one."
