"""Return True if timings of two runs may be compared at all: machine, thread budget, and the machine's own pace."""

from __future__ import annotations

import statistics

from embedmark.comparison.match import Match, Side
from embedmark.derive.run import MeasuredRun
from embedmark.machine.kernel import DRIFT_LIMIT


def other_machine(match: Match) -> str:
    """Return why timings of the two sides are not comparable: another machine or thread budget; "" where they are."""
    before = host_facts(match.baseline.first, match.baseline_name)
    after = host_facts(match.candidate.first, match.candidate_name)
    different = [f"{name} {before[name]}, {after[name]}" for name in before if before[name] != after[name]]
    if not different:
        return ""
    only_threads = before | {"threads": ""} == after | {"threads": ""}
    what = "another thread budget" if only_threads else "another machine"
    return f"{what}: {'; '.join(different)}"


def host_facts(run: MeasuredRun, name: str) -> dict[str, str]:
    """Return the facts of a run's machine that a provider's timings depend on."""
    environment, facts = run.raw.manifest.environment, run.facts(name)
    variables = ", ".join(f"{k}={v}" for k, v in sorted(environment.thread_variables.items()))
    budget = facts.threads or run.raw.manifest.suite.threads or variables or "all"
    return {
        "cpu": str(environment.cpu),
        "architecture": str(environment.machine),
        "cores": str(environment.cores_usable),
        "threads": str(budget),
        "device": str(facts.observed.get("device_name") or "CPU"),
    }


def other_pace(match: Match) -> str:
    """Return that the machine was slower in the runs of one side, by the calibration kernel; "" where it was not.

    Three runs of a slow afternoon agree with each other: repeating a side shows what its runs differ by, and not what
    they have in common.
    """
    kernels = _kernels(match.baseline) | _kernels(match.candidate)
    if len(kernels) > 1:
        return f"the machine's pace was measured by different calculations: {', '.join(sorted(kernels))}"
    before, after = _kernel_ms(match.baseline), _kernel_ms(match.candidate)
    if before is None or after is None or max(before, after) <= (1 + DRIFT_LIMIT) * min(before, after):
        return ""
    took = f"{before:.1f} ms in {match.baseline.label}, {after:.1f} ms in {match.candidate.label}"
    return f"the machine was at another pace: a fixed calculation took {took}"


def _kernels(side: Side) -> set[str]:
    """Return the fixed calculations that told the machine's pace in the runs of a side, with their threads."""
    hosts = [run.raw.manifest.host for run in side.runs]
    return {
        f"{host.kernel or 'a loop of Python'} on {host.kernel_threads or 1} threads"
        for host in hosts
        if host.kernel_median_ns
    }


def _kernel_ms(side: Side) -> float | None:
    """Return the kernel's time in the middle run of a side, each by its median; None where a run does not tell."""
    medians = [run.raw.manifest.host.kernel_median_ns for run in side.runs]
    told = [float(ns) for ns in medians if ns]
    return statistics.median(told) / 1e6 if len(told) == len(medians) else None
