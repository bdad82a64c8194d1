"""Warnings that follow from the raw rows alone."""

from __future__ import annotations

from collections.abc import Iterator

from embedmark.derive.accuracy.analyse import analyse
from embedmark.derive.accuracy.notices import accuracy_notices
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.derive.speed.latency import QUANTILES
from embedmark.derive.speed.queue import Queue, queue_of
from embedmark.derive.speed.turns import MAX_SPREAD
from embedmark.notices import Notice
from embedmark.store.read import RawRun

# A pass this far from the median pass, in robust standard deviations (1.4826 times the median absolute deviation).
_OUTLIER_SIGMAS = 5
_SLOW_FIRST_CALL = 5
_CALLS = {"p95": 72, "p99": 368}


def notices_of(raw: RawRun) -> list[Notice]:
    """Warnings about the sample rows and scores of a run, by provider and then by dataset, in suite order."""
    run = MeasuredRun.of(raw)
    found = [notice for provider in run.providers for notice in _of_provider(run, provider)]
    if run.spec("accuracy") is None:
        return found
    return found + [notice for analysis in analyse(run) for notice in accuracy_notices(analysis)]


def _of_provider(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    yield from _spread(run, provider)
    yield from _retried_passes(run, provider)
    yield from _first_call(run, provider)
    yield from _latency(run, provider)
    yield from _constant(run, provider)


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
        images = "images, " if unit == "image" else ""
        where = f"{provider.name}, {images}batch {data['batch_size']}"
        if spread > MAX_SPREAD:
            yield Notice(
                "high-variance",
                f"{where}: passes differ by {100 * spread:.0f} % (one robust standard deviation)",
                "run again on a quiet machine, or with more texts a pass; do not read much into small differences",
                {**data, "spread": round(spread, 4)},
            )
        far = int((np.abs(seconds - middle) > _OUTLIER_SIGMAS * max(sigma, 1e-3 * middle)).sum())
        if far > len(seconds) / 10:
            yield Notice(
                "outliers",
                f"{where}: {far} of {len(seconds)} passes lie far from the median one",
                "something else ran now and then; the median and its interval stand it, the mean would not",
                {**data, "outliers": far},
            )


def _retried_passes(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    for measure in ("throughput", "scaling"):
        passes = run.samples(provider.name, measure)
        retried = int((numbers(passes, "retries") > 0).sum())
        if retried:
            yield Notice(
                "retries",
                f"{provider.name}: calls were retried in {retried} of {len(passes)} timed rows of {measure}",
                "the waits between tries are in these times; look at retries and throttled_ns in samples.csv, and "
                "lower the provider's concurrency or rate",
                {"provider": provider.name, "measure": measure, "retried": retried, "rows": len(passes)},
            )


def _first_call(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    import numpy as np

    first = numbers(run.samples(provider.name, "load", phase="first"), "elapsed_ns")
    calls = run.samples(provider.name, "latency")
    calls = calls[(calls["scenario"] == "single-stream") & (calls["unit"] != "image")]
    spec = run.spec("latency") or {}
    if not first.size or not len(calls) or spec.get("warmup") != 0:
        return
    ratio = float(first[0] / np.median(numbers(calls, "elapsed_ns")))
    if ratio > _SLOW_FIRST_CALL:
        yield Notice(
            "slow-first-call",
            f"{provider.name}: the first call took {ratio:.0f} times as long as the median one, and warm-up is 0",
            "set measure.latency.warmup to 5, so that the first calls are not in the sample",
            {"provider": provider.name, "ratio": round(ratio, 1)},
        )


def _latency(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    calls = run.samples(provider.name, "latency")
    for (unit, scenario), cell in calls.groupby(["unit", "scenario"], sort=True):
        data: dict[str, object] = {"provider": provider.name, "scenario": str(scenario), "calls": len(cell)}
        of = "with one image " if unit == "image" else ""
        unbound = [name for name, calls in _CALLS.items() if len(cell) < calls]
        if unbound:
            yield Notice(
                "few-samples",
                f"{provider.name}: {len(cell)} calls {of}in scenario {scenario} cannot bound {' and '.join(unbound)} "
                f"({' and '.join(str(_CALLS[name]) for name in unbound)} can)",
                "raise measure.latency.calls to 400, which bounds p99 as well, or raise its max_seconds",
                data,
            )
        if scenario == "server":
            yield from _queue(queue_of(run, provider, cell, str(unit)), provider, of, data)
        retried = int((numbers(cell, "retries") > 0).sum())
        if retried:
            yield Notice(
                "retries",
                f"{provider.name}: {retried} of {len(cell)} timed calls in scenario {scenario} were retried",
                "the waits between tries are not in the latency; look at retries and throttled_ns in samples.csv",
                {**data, "retried": retried},
            )


def _queue(queue: Queue, provider: ProviderEntry, of: str, data: dict[str, object]) -> Iterator[Notice]:
    """Calls in a queue depend on each other; with several workers, only many calls at a low load have an interval."""
    needed = queue.needed(tuple(QUANTILES.values()))
    lacking = {name: calls for name, calls in zip(QUANTILES, needed, strict=True) if calls != 0}
    if not lacking or queue.load is None:
        return
    told = ", ".join(f"{name} {calls:,}" for name, calls in lacking.items() if calls is not None)
    how = f"; it would take so many calls: {told}" if told else ", and at such a load no number of calls gives one"
    yield Notice(
        "queue-interval",
        f"{provider.name}: {data['calls']} calls {of}in a queue at {100 * queue.load:.0f} % load depend too much "
        f"for an interval of {' and '.join(lacking)}{how}",
        "raise measure.latency.calls, or lower measure.latency.load",
        {**data, "load": round(queue.load, 3), "needed": dict(lacking)},
    )


def _constant(run: MeasuredRun, provider: ProviderEntry) -> Iterator[Notice]:
    import numpy as np

    from embedmark.stats import is_constant

    scores = run.raw.scores
    for dataset, cell in scores[scores["provider"] == provider.name].groupby("dataset", sort=False):
        predicted = numbers(cell, "predicted")
        predicted = predicted[~np.isnan(predicted)]
        if len(predicted) > 1 and is_constant(predicted):
            yield Notice(
                "constant-predictions",
                f"{provider.name} gives every pair of {dataset} the same score",
                "look at its vectors: a pooling, a prompt or a broken weight file makes them all alike",
                {"provider": provider.name, "dataset": str(dataset)},
            )
