"""The verdict on two providers timed in turns, as `validate` tries it: from paired passes, and none from noisy ones."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from embedmark.stats import Array, Interval, paired_shift, relative_spread

# Above this, passes say more about the machine than about the provider: thirty of them no longer find 5 %.
MAX_SPREAD: Final = 0.05

TimingVerdict = Literal["slower", "faster", "no clear difference", "noisy"]


def timing_verdict(a: Array, b: Array, max_spread: float = MAX_SPREAD) -> tuple[TimingVerdict, Interval | None]:
    """The verdict on `b` against `a`, from the elapsed times of passes timed in turns.

    Args:
        a, b: float64 (n,) and (m,), in the order of measurement: pass i of one stood beside pass i of the other.
        max_spread: relative spread of the passes of either, above which there is no verdict.

    Returns:
        The verdict, and the interval for the logarithm of the ratio of times; `noisy` and None above `max_spread`.
    """
    if max(relative_spread(a), relative_spread(b)) > max_spread:
        return "noisy", None
    n = min(len(a), len(b))
    _, interval = paired_shift(np.log(b[:n]) - np.log(a[:n]))
    if interval is None or interval[0] <= 0 <= interval[1]:
        return "no clear difference", interval
    return ("slower" if interval[0] > 0 else "faster"), interval
