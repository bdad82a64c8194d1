"""How passes of known median scatter: as models, and as they were recorded on a real machine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from embedmark.stats import Array


@dataclass(frozen=True, slots=True)
class Noise:
    """Durations of passes relative to their median: `sample(rng, n)` draws float64 (n,), whose median is `median`."""

    sample: Callable[[np.random.Generator, int], Array]
    median: float = 1.0


def draw(rng: np.random.Generator, shape: tuple[int, ...] | int) -> Array:
    """Uniform on [0, 1)."""
    return np.asarray(rng.random(shape), dtype=np.float64)


def lognormal(spread: float) -> Noise:
    """Symmetric on the logarithmic scale, with a relative standard deviation of about `spread`."""
    return Noise(lambda rng, n: np.exp(spread * rng.normal(size=n)))


def slowdowns(rng: np.random.Generator, n: int) -> Array:
    """One-sided: never faster than a floor, and slower by an exponential amount of 4 % on average."""
    return np.asarray((1 + 0.04 * rng.exponential(size=n)) / (1 + 0.04 * np.log(2)), dtype=np.float64)


@functools.cache
def recorded() -> Array:
    """600 consecutive passes of MiniLM over 16 texts, in ns, on a two-core virtual machine that others kept busy.

    Their spread and their slow phases are real; passes.csv beside this file.
    """
    lines = Path(__file__).with_name("passes.csv").read_text(encoding="utf-8").split()
    return np.array([float(line) for line in lines[1:]])


def _resampled(rng: np.random.Generator, n: int) -> Array:
    return rng.choice(recorded() / np.median(recorded()), size=n)


def neighbours(rng: np.random.Generator, n: int) -> Array:
    """`n` consecutive recorded passes from a random place, around the end, relative to their overall median."""
    passes = recorded()
    start = int(rng.integers(passes.size))
    return np.asarray(np.take(passes, np.arange(start, start + n), mode="wrap") / np.median(passes), dtype=np.float64)


NOISES: Final = {
    "3 % lognormal": lognormal(0.03),
    "one-sided slowdowns": Noise(slowdowns),
    "recorded passes, resampled": Noise(_resampled),
}
