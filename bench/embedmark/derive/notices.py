"""Warnings that follow from the raw rows alone."""

from __future__ import annotations

from collections.abc import Iterator

from embedmark.derive.accuracy.analyse import analyse
from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.accuracy.notices import accuracy_notices
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers, spanless
from embedmark.derive.speed.latency import QUANTILES
from embedmark.derive.speed.queue import Queue, queue_of
from embedmark.derive.speed.turns import MAX_SPREAD
from embedmark.notices import Notice, timing
from embedmark.notices.texts import constant_predictions
from embedmark.store.read import RawRun

# A pass this far from the median pass, in robust standard deviations (1.4826 times the median absolute deviation).
_OUTLIER_SIGMAS = 5
_SLOW_FIRST_CALL = 5


def notices_of(raw: RawRun, analyses: tuple[DatasetAnalysis, ...] | None = None) -> list[Notice]:
    """Return warnings about the sample rows and scores of a run, by provider and then by dataset, in suite order.

    Args:
        raw: the run.
        analyses: of its scores, if they are at hand.
    """
    run = MeasuredRun.of(raw)
    found = [notice for provider in run.providers for notice in _of_provider(run, provider)]
    if not run.measures("accuracy"):
        return found
    return found + [notice for analysis in (analyses or analyse(run)) for notice in accuracy_notices(analysis)]


def _of_provider(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    yield from _no_span(run, provider)
    yield from _spread(run, provider)
    yield from _retried_passes(run, provider)
    yield from _first_call(run, provider)
    yield from _latency(run, provider)
    yield from _constant(run, provider)


def _no_span(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    rows = run.all_samples(provider.name)
    for measure, lost in rows[spanless(rows)].groupby("measure", sort=True):
        yield Notice(
            "no-span",
            f"{provider.name}: {len(lost)} timed rows of {measure} have a span of 0 and are left out",
            "the clock did not move while they ran: look at the machine's clock, or time more work at once",
            {"provider": provider.name, "measure": str(measure), "rows": len(lost)},
        )


def _spread(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    import numpy as np

    from embedmark.stats import relative_spread

    passes = run.samples(provider.name, "throughput")
    for (unit, batch_size), cell in passes.groupby(["unit", "batch_size"], sort=True):
        seconds = numbers(cell, "elapsed_ns") / 1e9
        if len(seconds) < 6:
            continue
        middle = float(np.median(seconds))
        spread = relative_spread(seconds)
        sigma = spread * middle
        data = {"provider": provider.name, "batch_size": int(float(str(batch_size))), "passes": len(seconds)}
        if unit == "image":
            data["unit"] = unit
        if spread > MAX_SPREAD:
            yield timing.high_variance(data, spread)
        far = int((np.abs(seconds - middle) > _OUTLIER_SIGMAS * max(sigma, 1e-3 * middle)).sum())
        if far > len(seconds) / 10:
            yield timing.outliers(data, far)


def _retried_passes(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    for measure in ("throughput", "scaling"):
        passes = run.samples(provider.name, measure)
        retried = int((numbers(passes, "retries") > 0).sum())
        if retried:
            yield timing.retried_passes(provider.name, measure, retried=retried, rows=len(passes))


def _first_call(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    import numpy as np

    first = numbers(run.samples(provider.name, "load", phase="first"), "elapsed_ns")
    calls = run.samples(provider.name, "latency")
    calls = calls[(calls["scenario"] == "single-stream") & (calls["unit"] != "image")]
    spec = run.measure.latency
    if not first.size or not len(calls) or spec is None or spec.warmup != 0:
        return
    ratio = float(first[0] / np.median(numbers(calls, "elapsed_ns")))
    if ratio > _SLOW_FIRST_CALL:
        yield timing.slow_first_call(provider.name, ratio)


def _latency(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    calls = run.samples(provider.name, "latency")
    for (unit, scenario), cell in calls.groupby(["unit", "scenario"], sort=True):
        data: dict[str, object] = {"provider": provider.name, "scenario": str(scenario), "calls": len(cell)}
        images = unit == "image"
        unbound = [name for name, calls in timing.CALLS_FOR.items() if len(cell) < calls]
        if unbound:
            yield timing.few_calls(data, unbound, images=images)
        if scenario == "server":
            yield from _queue(queue_of(run, provider, cell, str(unit)), data, images=images)
        retried = int((numbers(cell, "retries") > 0).sum())
        if retried:
            yield timing.retried_calls(data, retried)


def _queue(queue: Queue, data: dict[str, object], *, images: bool) -> Iterator[Notice]:
    """Calls in a queue depend on each other; with several workers, only many calls at a low load have an interval."""
    needed = queue.needed(tuple(QUANTILES.values()))
    lacking = {name: calls for name, calls in zip(QUANTILES, needed, strict=True) if calls != 0}
    if lacking and queue.load is not None:
        yield timing.queue_interval(data, queue.load, lacking, images=images)


def _constant(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    import numpy as np

    from embedmark.stats import is_constant

    scores = run.raw.scores
    for dataset, cell in scores[scores["provider"] == provider.name].groupby("dataset", sort=False):
        predicted = numbers(cell, "predicted")
        predicted = predicted[np.isfinite(predicted)]
        if len(predicted) > 1 and is_constant(predicted):
            yield constant_predictions(provider.name, str(dataset))
