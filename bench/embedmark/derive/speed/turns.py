"""Two providers timed in turns within one run: the ratio of their passes, and when passes are too noisy to judge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.derive.run import MeasuredRun
    from embedmark.stats import Array, Interval

# Above this, passes say more about the machine than about the provider: the passes of a cell no longer find 5 %.
MAX_SPREAD: Final = 0.05


# The fewest passes whose median has a 95 % interval. A provider with fewer has none, and does not cut the others short.
MIN_SHARED: Final = 6


def shared_turns(run: MeasuredRun, passes: pd.DataFrame) -> pd.DataFrame:
    """Return the passes of one provider in the turns that all providers beside it took part in.

    A provider that went on alone after the others was timed on another machine, as it were: one that was slow while
    all were timed and fast afterwards made equal providers differ by a fifth. Providers that failed, that memory did
    not hold beside this one, or that have too few passes for an interval, do not count.

    Args:
        run: whose passes they are.
        passes: timed rows of one provider, dataset, unit and batch size.
    """
    if len(passes) < MIN_SHARED:
        return passes
    one = passes.iloc[0]
    turns = run.turns.get((str(one["dataset"]), int(one["batch_size"]), one["unit"] == "image"), {})
    shared_by = [turns[name] for name in run.beside(str(one["provider"])) if len(turns.get(name, ())) >= MIN_SHARED]
    shared = passes[passes["repeat"].isin(set(passes["repeat"]).intersection(*shared_by))]
    return shared if len(shared) >= MIN_SHARED else passes


def too_wide(times: Array) -> bool:
    """Return True if passes of these times (n,) are `noisy`: their robust relative spread is above MAX_SPREAD."""
    from embedmark.stats import relative_spread

    return relative_spread(times) > MAX_SPREAD


def in_turns(a: Array, b: Array, max_spread: float = MAX_SPREAD) -> tuple[float, Interval | None, str]:
    """Return how much longer the passes of `b` take than those of `a`.

    Where passes of either spread by more than `max_spread`, only a difference that is larger than the spread itself
    has an interval: of a smaller one, so few passes find too little for "no clear difference" to mean anything.

    Args:
        a, b: float64 (n,), elapsed times in one unit: pass i of one ran next to pass i of the other.
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
