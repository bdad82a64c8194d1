"""Warnings as values: each has a code, a message, advice and data, is kept in the manifest, and is rendered later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning.

    Attributes:
        code: what it is about, stable from release to release: `noisy-host`, `truncation`, ...
        message: what was seen, with its figures, in one sentence.
        advice: what to do about it.
        data: the figures, of JSON types.
    """

    code: str
    message: str
    advice: str
    data: Mapping[str, Any] = field(default_factory=dict)


# Measures whose rows are timings. A run without any of them has no use for a warning about its timings.
TIMED_MEASURES: Final = ("throughput", "latency", "scaling", "retrieval")
TIMING_CODES: Final = frozenset({"noisy-host", "slow-machine", "late-best", "drift", "thread-mismatch"})


def has_timings(measure: Mapping[str, Any]) -> bool:
    """Return True if a suite with this `measure` section times anything.

    >>> has_timings({"accuracy": {}, "throughput": None})
    False
    """
    return any(measure.get(name) is not None for name in TIMED_MEASURES)


def broken_seal(files: Iterable[str]) -> Notice:
    """Return the warning that raw files are not as they were measured."""
    named = ", ".join(files)
    return Notice(
        "broken-seal",
        f"the seal of the raw rows is broken: {named} changed after the run was measured, and so did what follows here",
        "`embedmark verify` names each place; restore the file, or run the suite again",
        {"files": named},
    )


_NOISE = {  # by what `host` counts them by
    "a fixed calculation": "a fixed calculation was over {limit:.0f} % slower than it usually is",
    "the hypervisor": "the hypervisor took CPU time",
    "other processes": "other processes took CPU time",
}


def noisy_message(noisy: int, looks: int, reasons: Mapping[str, int], limit: float) -> str:
    """`the machine was noisy at 376 of 428 checks: ...`, with how often each reason was found.

    Args:
        limit: how much slower, as a share, a fixed calculation is on a machine that is called noisy.
    """
    named = {reason: _NOISE.get(reason, reason).format(limit=100 * limit) for reason in reasons}
    why = ", ".join(f"{named[reason]} ({count:,})" for reason, count in reasons.items())
    return f"the machine was noisy at {noisy:,} of {looks:,} checks: {why}"
