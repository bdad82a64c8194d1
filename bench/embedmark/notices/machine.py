"""Warnings about the machine: noise, drift, pace, threads, memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embedmark.language import gettext as _
from embedmark.language import translatable, using
from embedmark.notices.model import Circumstances, Notice

_REASONS = {  # by the name under which `machine` counts them
    "a fixed calculation": translatable("a fixed calculation was over {limit:.0f} % slower than usual"),
    "the hypervisor": translatable("the hypervisor took CPU time"),
    "other processes": translatable("other processes took CPU time"),
}


def noisy_host(noisy: int, checks: int, reasons: Mapping[str, int], limit: float) -> Notice:
    """Return the warning that something else used the machine.

    Args:
        noisy: checks that found the machine noisy.
        checks: all checks.
        reasons: how often each reason was found.
        limit: how much slower, as a share, a fixed calculation is on a machine that is called noisy.
    """
    with using("en"):  # the manifest is in English
        message = noisy_message(noisy, checks, reasons, limit)
    return Notice(
        code="noisy-host",
        message=message,
        advice="run again while nothing else runs (--require-quiet waits for that), and trust differences in timing "
        "within this run only",
        data={"share": round(noisy / checks, 3), **reasons},
    )


def noisy_message(noisy: int, checks: int, reasons: Mapping[str, int], limit: float) -> str:
    """Return how often the machine was noisy and why, in the current language."""
    named = {reason: _(_REASONS.get(reason, reason)).format(limit=100 * limit) for reason in reasons}
    why = ", ".join(f"{named[reason]} ({count:,})" for reason, count in reasons.items())
    return _("the machine was noisy at {n:,} of {checks:,} checks: {why}", n=noisy, checks=checks, why=why)


def _noisy_hosts(_found: Sequence[Mapping[str, Any]], run: Circumstances) -> str | None:
    if run.noisy is None or run.checks is None or run.kernel_limit is None:
        return None
    return noisy_message(run.noisy, run.checks, run.reasons, run.kernel_limit)


def drift(share: float) -> Notice:
    """Return the warning that the machine changed its pace: positive if it became slower."""
    pace = "slower" if share > 0 else "faster"
    return Notice(
        code="drift",
        message=f"the machine was {100 * abs(share):.0f} % {pace} at the end than at the start",
        advice="throughput is interleaved and stays comparable; latencies were measured one provider after the other",
        data={"drift": round(share, 4)},
    )


def slow_machine(best_ns: float, usual_ns: float) -> Notice:
    """Return the warning that the machine was slow from start to end."""
    return Notice(
        code="slow-machine",
        message=f"the machine never reached its usual pace: a fixed calculation took {best_ns / 1e6:.1f} ms at best, "
        f"and {usual_ns / 1e6:.1f} ms usually",
        advice="compare providers within this run only; a shared, throttled or battery-powered processor does this, "
        "and a pace that lasts becomes the usual one within a few runs",
        data={"slower": round(best_ns / usual_ns - 1, 3)},
    )


def late_best(late: int, checks: int) -> Notice:
    """Return the warning that the machine reached its pace late, so that early rows passed too lenient a check."""
    return Notice(
        code="late-best",
        message=f"the machine reached its pace late: {late} of {checks} checks did not find it noisy, and would have "
        "at the pace that it had for most of the run",
        advice="distrust what was measured first, whatever its host_state; the next run on this machine knows the pace",
        data={"looks": checks, "judged_late": late},
    )


def thread_mismatch(threads: Mapping[str, Any]) -> Notice:
    """Return the warning that providers ran on different numbers of threads; None is the system's default."""
    named = ", ".join(f"{name}: {n or 'the default'}" for name, n in threads.items())
    return Notice(
        code="thread-mismatch",
        message=f"providers ran on different numbers of threads ({named})",
        advice="timings mix the effect of the provider with that of its threads; give every provider the same "
        "`threads:`",
        data={"threads": dict(threads)},
    )


def blocks(names: Sequence[Sequence[str]]) -> Notice:
    """Return the warning that providers were loaded in blocks, since memory did not hold all of them."""
    return Notice(
        code="blocks",
        message=f"memory did not hold all providers at once: they ran in blocks of {' | '.join(map(', '.join, names))}",
        advice="a drift of the machine between blocks looks like a difference; compare timings within a block",
        data={"blocks": [list(block) for block in names]},
    )


GROUPED = {"noisy-host": _noisy_hosts}
