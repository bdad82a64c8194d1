"""Cells of derived tables: numbers out of frames, host states, rounding."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_NOISY_SHARE = 0.1
Value = TypeVar("Value")


def numbers(frame: pd.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """Return a numeric column as float64 (rows,), NaN where empty."""
    return frame[column].to_numpy(dtype="float64")


def whole(value: float) -> int | None:
    """Return a count as an integer; None for NaN."""
    return None if math.isnan(value) else round(value)


def real(value: float) -> float | None:
    """Return a float, None where it is NaN or infinite."""
    return float(value) if math.isfinite(value) else None


def host_state(frame: pd.DataFrame, stands: float = _NOISY_SHARE) -> str | None:
    """`noisy` if over a share of the rows are, else `quiet`; `unknown` where no row says; None for no rows.

    Args:
        stands: the share of disturbed samples that the figure stands; quiet machines have some too.
    """
    if frame.empty:
        return None
    known = frame["host_state"][frame["host_state"].isin(("quiet", "noisy"))]
    if known.empty:
        return "unknown"
    return "noisy" if (known == "noisy").mean() > stands else "quiet"


def worst_state(states: Iterable[object]) -> str | None:
    """Return the worst of several host states, `noisy` before `unknown` before `quiet`; None where there is none."""
    found = set(states)
    return next((state for state in ("noisy", "unknown", "quiet") if state in found), None)


def median(values: npt.NDArray[np.float64]) -> float | None:
    """Return the median of the values that are not NaN; None if there are none."""
    import numpy as np

    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else None


def rounded(value: Value, digits: int = 10) -> Value:
    """Return `value` with every float in its dataclasses and tuples rounded to `digits` significant digits."""
    if isinstance(value, float):
        return cast(Value, float(f"{value:.{digits}g}"))
    if isinstance(value, tuple):
        return cast(Value, tuple(rounded(item, digits) for item in value))
    if is_dataclass(value) and not isinstance(value, type):
        changes = {each.name: rounded(getattr(value, each.name), digits) for each in fields(value)}
        return cast(Value, replace(value, **changes))
    return value
