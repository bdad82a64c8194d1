"""What a warning is, and which warnings are about timings."""

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


def first_of(names: Iterable[object], limit: int) -> str:
    """Return the first names with commas between them, and how many more there are.

    >>> first_of(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = [str(name) for name in names]
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more
