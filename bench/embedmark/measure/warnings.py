"""Warn of what can distort a run: noise, drift, threads, duplicate pairs; and check free memory."""

from __future__ import annotations

from embedmark.datasets import PairDataset
from embedmark.datasets.text_places import n_distinct
from embedmark.machine.describe import frequency_mhz, load_average
from embedmark.machine.kernel import DRIFT_LIMIT
from embedmark.measure.recorder import Recorder
from embedmark.notices import has_timings, machine
from embedmark.notices.texts import duplicate_pairs
from embedmark.planning.jobs import Plan
from embedmark.store.manifest.session import HostFacts

# Left free beside what the next provider may take, for the operating system and for activations of a large batch.
_SPARE_MB = 1024
# Share of noisy looks at the machine above which the whole run is called noisy.
_NOISY_SHARE = 0.1
_DRIFT = 0.05


def enough_memory(wanted_mb: float) -> bool:
    """Return True if `wanted_mb` of memory are free, and some more for everything else."""
    import psutil

    return bool(psutil.virtual_memory().available / 2**20 > wanted_mb + _SPARE_MB)


def warn_of_machine(recorder: Recorder) -> None:
    """Note in the manifest how the machine behaved, and warn if it was noisy or drifted."""
    watch = recorder.watch
    at_end = {"load_average_at_end": load_average(), "frequency_mhz_at_end": frequency_mhz()}
    recorder.run.manifest.host = HostFacts.from_json(at_end | watch.summary())
    if not recorder.run.manifest.suite.measure.is_timed:
        return
    if watch.looks and watch.noisy_looks / watch.looks > _NOISY_SHARE:
        recorder.warn(machine.noisy_host(watch.noisy_looks, watch.looks, watch.reasons, DRIFT_LIMIT))
    _warn_of_pace(recorder)
    _warn_of_late_best(recorder)
    drift = watch.drift()
    if drift is not None and abs(drift) > _DRIFT:
        recorder.warn(machine.drift(drift))


def _warn_of_pace(recorder: Recorder) -> None:
    """Warn if the machine was slower than in earlier runs from start to end."""
    kernel = recorder.watch.calibration
    known, readings = kernel.known_ns.get(kernel.main_threads), kernel.readings.get(kernel.main_threads)
    if known is None or not readings:
        return
    best = min(readings)
    if best / known - 1 > DRIFT_LIMIT:
        recorder.warn(machine.slow_machine(best, known))


def _warn_of_late_best(recorder: Recorder) -> None:
    """Warn of a run whose machine reached its pace late, so that a slower pace judged its first rows."""
    watch = recorder.watch
    late = watch.judged_late()
    if late > watch.looks * _NOISY_SHARE:
        recorder.warn(machine.late_best(late, watch.looks))


def warn_of_duplicates(plan: Plan, recorder: Recorder) -> None:
    """Warn of datasets that list the same pair more than once: its scores are not independent."""
    for dataset, named in zip(plan.datasets, plan.suite.datasets, strict=True):
        if not isinstance(dataset, PairDataset):
            continue
        double = len(dataset) - n_distinct(dataset)
        if double:
            recorder.warn(duplicate_pairs(dataset.name, double, own=not isinstance(named, str)))


def warn_of_threads(plan: Plan, recorder: Recorder) -> None:
    """Warn if providers that are compared have different numbers of threads."""
    if not has_timings(plan.suite.measure.names):
        return
    default = plan.suite.threads
    budgets = {p.name: p.spec.threads or p.spec.options.get("threads") or default for p in plan.providers}
    if len(set(budgets.values())) > 1:
        recorder.warn(machine.thread_mismatch(budgets))
