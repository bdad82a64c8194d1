"""What a warning is, and which warnings are about timings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
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


def has_timings(measures: Collection[str]) -> bool:
    """Return True if any of these measures times something.

    >>> has_timings(["accuracy", "throughput"])
    True
    """
    return any(name in measures for name in TIMED_MEASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the sentence for several warnings needs to know of their run.

    Attributes:
        measures: that the suite asks for.
        passes, target, max_seconds: of measure.throughput; None if it does not say.
        noisy, checks: of the machine; None if the run does not say.
        reasons: how often each reason for noise was found.
        kernel_limit: how much slower, as a share, a fixed calculation is on a machine that is called noisy.
    """

    measures: Collection[str] = ()
    passes: int | None = None
    target: float | None = None
    max_seconds: float | None = None
    noisy: int | None = None
    checks: int | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    kernel_limit: float | None = None


def first_of(names: Iterable[object], limit: int) -> str:
    """Return the first names with commas between them, and how many more there are.

    >>> first_of(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = [str(name) for name in names]
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more
