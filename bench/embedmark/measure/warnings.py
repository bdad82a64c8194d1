"""What the machine did to a run: memory for the providers, noise, drift, threads; as warnings."""

from __future__ import annotations

from embedmark.datasets import PairDataset
from embedmark.machine.describe import frequency_mhz, load_average
from embedmark.machine.kernel import DRIFT_LIMIT
from embedmark.measure.recorder import Recorder
from embedmark.notices import Notice, has_timings, noisy_message
from embedmark.planning.jobs import Plan

# Left free beside what the next provider may take, for the operating system and for activations of a large batch.
_SPARE_MB = 1024
# Share of noisy looks at the machine above which the whole run is called noisy.
_NOISY_SHARE = 0.1
_DRIFT = 0.05


def enough_memory(wanted_mb: float) -> bool:
    """Whether the machine has `wanted_mb` of memory to give, and some to spare."""
    import psutil

    return bool(psutil.virtual_memory().available / 2**20 > wanted_mb + _SPARE_MB)


def warn_of_machine(recorder: Recorder) -> None:
    """Note in the manifest how the machine behaved, and warn if it was noisy or drifted."""
    watch = recorder.watch
    at_end = {"load_average_at_end": load_average(), "frequency_mhz_at_end": frequency_mhz()}
    recorder.run.manifest["host"] = at_end | watch.summary()
    if not has_timings(recorder.run.manifest["suite"]["measure"]):
        return
    share = watch.noisy_looks / watch.looks if watch.looks else 0.0
    if share > _NOISY_SHARE:
        recorder.warn(
            Notice(
                "noisy-host",
                noisy_message(watch.noisy_looks, watch.looks, watch.reasons, DRIFT_LIMIT),
                "run again while nothing else runs (--require-quiet waits for that), and trust differences in "
                "timing within this run only",
                {"share": round(share, 3), **watch.reasons},
            )
        )
    _warn_of_pace(recorder)
    _warn_of_late_best(recorder)
    drift = watch.drift()
    if drift is not None and abs(drift) > _DRIFT:
        recorder.warn(
            Notice(
                "drift",
                f"the machine ended {100 * abs(drift):.0f} % {'slower' if drift > 0 else 'faster'} than it began",
                "throughput is interleaved and compares well; latencies were measured one provider after the other",
                {"drift": round(drift, 4)},
            )
        )


def _warn_of_pace(recorder: Recorder) -> None:
    """Warn of a run that was slow from end to end, as only earlier runs can tell."""
    kernel = recorder.watch.calibration
    known, readings = kernel.known_ns.get(kernel.main_threads), kernel.readings.get(kernel.main_threads)
    if known is None or not readings:
        return
    best = min(readings)
    slower = best / known - 1
    if slower > DRIFT_LIMIT:
        recorder.warn(
            Notice(
                "slow-machine",
                f"the machine never reached its usual pace: a fixed calculation took {best / 1e6:.1f} ms at best, and "
                f"{known / 1e6:.1f} ms usually",
                "compare providers within this run; a processor that is shared, throttled or on battery does this, "
                "and a pace that stays becomes the usual one within a few runs",
                {"slower": round(slower, 3)},
            )
        )


def _warn_of_late_best(recorder: Recorder) -> None:
    """Warn of a run whose machine came to its pace late, so that its first rows were judged by a slower one."""
    watch = recorder.watch
    late = watch.judged_late()
    if late <= watch.looks * _NOISY_SHARE:
        return
    recorder.warn(
        Notice(
            "late-best",
            f"the machine came to its pace late: {late} of {watch.looks} looks at it were not called noisy, and would "
            "have been beside the pace that it had for most of the run",
            "distrust what was measured first, whatever its host_state; a next run on this machine knows the pace",
            {"looks": watch.looks, "judged_late": late},
        )
    )


def warn_of_duplicates(plan: Plan, recorder: Recorder) -> None:
    """Warn of datasets in which the same pair stands more than once: its scores are not independent."""
    for dataset, named in zip(plan.datasets, plan.suite.datasets, strict=True):
        if not isinstance(dataset, PairDataset):
            continue
        seen = {frozenset(pair) for pair in zip(dataset.sentence1, dataset.sentence2, strict=True)}
        double = len(dataset) - len(seen)
        if double:
            recorder.warn(
                Notice(
                    "duplicate-pairs",
                    f"{dataset.name} has {double:,} duplicate {'pair' if double == 1 else 'pairs'} (in either order)",
                    # What is in the catalogue is nobody's to edit, and its scores are published on all pairs.
                    "intervals take pairs as independent and come out slightly narrow"
                    + ("" if isinstance(named, str) else "; take the doubles out of the file"),
                    {"dataset": dataset.name, "pairs": double},
                )
            )


def warn_of_threads(plan: Plan, recorder: Recorder) -> None:
    """Warn where providers that will stand side by side have different numbers of threads."""
    if not has_timings(plan.suite.measure.model_dump()):
        return
    default = plan.suite.threads
    budgets = {p.name: p.spec.threads or p.spec.options.get("threads") or default for p in plan.providers}
    if len(set(budgets.values())) > 1:
        named = ", ".join(f"{name}: {threads or 'as the system gives'}" for name, threads in budgets.items())
        recorder.warn(
            Notice(
                "thread-mismatch",
                f"providers were given different numbers of threads ({named})",
                "timings compare providers and thread budgets at once; give all the same `threads:` to compare one",
                {"threads": budgets},
            )
        )
