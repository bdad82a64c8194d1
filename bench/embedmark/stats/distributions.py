"""Quantiles of the normal and of Student's distribution, and counts of the binomial.

They rest on scipy.special, which loads four times as fast as scipy.stats.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from typing import Any

import numpy as np

_REACH = 12  # standard deviations of a binomial beyond which nothing is left


def special() -> Any:
    """Return scipy.special; on the way, numpy.f2py is loaded only if something uses it.

    scipy.special imports every public name of NumPy, and f2py takes a third of that time.
    """
    if "scipy.special" not in sys.modules and "numpy.f2py" not in sys.modules:
        _defer_f2py()
    return importlib.import_module("scipy.special")


def _defer_f2py() -> None:
    spec = importlib.util.find_spec("numpy.f2py")
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    vars(np)["f2py"] = module  # as an import would do


def normal_above(tail: float) -> float:
    """Return the value above which a standard normal variable lies with probability `tail`."""
    return -float(special().ndtri(tail))


def student_above(tail: float, freedom: float) -> float:
    """Return the value above which Student's t lies with probability `tail`."""
    return -float(special().stdtrit(freedom, tail))


def binomial_below(count: int, n: int, p: float) -> float:
    """Return the probability that Binomial(n, p) is at most `count`."""
    return float(special().bdtr(count, n, p)) if count >= 0 else 0.0


def binomial_limits(tail: float, n: int, p: float) -> tuple[int, int]:
    """Return the least k with P(X <= k) >= tail, and the least k with P(X > k) <= tail, of Binomial(n, p)."""
    middle, spread = n * p, math.sqrt(n * p * (1 - p)) + 1
    counts = np.arange(max(0, math.floor(middle - _REACH * spread)), min(n, math.ceil(middle + _REACH * spread)) + 1)
    low = np.flatnonzero(special().bdtr(counts, n, p) >= tail)[0]
    high = np.flatnonzero(special().bdtrc(counts, n, p) <= tail)[0]
    return int(counts[low]), int(counts[high])
