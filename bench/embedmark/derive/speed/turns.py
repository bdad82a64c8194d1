"""Two providers timed in turns within one run: the ratio of their passes, and when passes are too noisy to judge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from embedmark.stats import Array, Interval

# Above this, passes say more about the machine than about the provider: the passes of a cell no longer find 5 %.
MAX_SPREAD: Final = 0.05


def too_wide(times: Array) -> bool:
    """Whether passes of these times (n,) are `noisy`: their robust relative spread is above MAX_SPREAD."""
    from embedmark.stats import relative_spread

    return relative_spread(times) > MAX_SPREAD


def in_turns(a: Array, b: Array, max_spread: float = MAX_SPREAD) -> tuple[float, Interval | None, str]:
    """How much longer the passes of `b` take than those of `a`.

    Where passes of either spread by more than `max_spread`, only a difference that is larger than the spread itself
    has an interval: of a smaller one, so few passes find too little for "no clear difference" to mean anything.

    Args:
        a, b: float64 (n,), elapsed times in one unit: pass i of one stood beside pass i of the other.
        max_spread: robust relative spread of passes above which they are noisy.

    Returns:
        The logarithm of the ratio, its 95 % interval by Wilcoxon's signed ranks, and what it rests on; or None for
        the interval, and why there is none.
    """
    import numpy as np

    from embedmark.stats import paired_shift, relative_spread

    middle, interval = paired_shift(np.log(b) - np.log(a))
    if interval is None:
        return middle, None, "fewer than 6 interleaved passes"
    spread = max(relative_spread(a), relative_spread(b))
    beyond = min(abs(interval[0]), abs(interval[1])) if interval[0] * interval[1] > 0 else 0.0
    if spread > max_spread and beyond < math.log1p(spread):
        return middle, None, f"noisy: passes spread by {spread:.0%}, and the difference is not beyond that"
    return middle, interval, f"{len(a)} interleaved passes"
