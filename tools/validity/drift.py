"""Scaling on a machine that drifts: does the projection to 1,000 texts hold, and does its interval?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from embedmark.api import PairPredictions, ProviderInfo
from embedmark.derive.run import MeasuredRun
from embedmark.derive.scaling.growth import growth_of
from embedmark.measure.scaling.measure import ScalingMeasure
from embedmark.measure.target import Target
from embedmark.planning.providers import PlannedProvider
from embedmark.store.columns import ALL_RAW
from embedmark.store.frames import NUMERIC
from embedmark.store.manifest.entries import ProviderFacts
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.suite import MeasureFacts, ScalingFacts, SuiteFacts
from embedmark.store.read import RawRun
from embedmark.suite import ProviderSpec, ScalingSpec
from embedmark.testing.clock import FakeClock
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress
from tools.validity.rig import Memory, texts

NAME: Final = "drift"
_AT: Final = 1000
_PAIRS: Final = _AT * (_AT - 1) // 2
_A, _B = 0.004, 0.0002  # seconds of a call, and of a pair
_NOISE: Final = 0.03
_SLOWER: Final = 0.20
_DATA: Final = texts(60)

# The pace of the machine by the share of the run that is over, from a number between 0 and 1 that is drawn for the run.
_PACES: Final[Mapping[str, Callable[[float, float], float]]] = {
    "a steady machine": lambda _done, _drawn: 1.0,
    "a machine that slows down by 20 % steadily": lambda done, _drawn: 1 + _SLOWER * min(1.0, done),
    "a machine 20 % slower from some moment on": lambda done, drawn: 1 + _SLOWER * (done > drawn),
}


class _Drifting:
    """A cross-encoder whose seconds are known, but for the machine's pace and some noise."""

    def __init__(self, clock: FakeClock, rng: np.random.Generator, pace: Callable[[float], float]) -> None:
        self.info = ProviderInfo(plugin="validate", model="cross", kind="cross-encoder")
        self.clock, self.rng, self.pace = clock, rng, pace
        self.paces: list[float] = []

    def load(self) -> None: ...

    def close(self) -> None: ...

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        pace = self.pace(self.clock.now_ns() / 1e9)
        self.paces.append(pace)
        noise = float(np.exp(_NOISE * self.rng.normal()))
        self.clock.advance((_A + _B * len(pairs)) * pace * noise)
        return PairPredictions(np.zeros(len(pairs), dtype=np.float32))


def drift(n: int) -> list[Outcome]:
    """Coverage of the projection's interval, and how far its middle is off, for each way to drift."""
    found = []
    for place, (case, pace) in enumerate(_PACES.items()):
        runs = [_project(np.random.default_rng((place, i)), pace) for i in progress(n, f"drift: {case}")]
        held, m = share(low <= truth <= high for low, high, _, truth in runs)
        off = abs(float(np.median([middle / truth - 1 for _, _, middle, truth in runs])))
        detail = f"all pairs of 10 to 80 texts, 3 repeats, {_NOISE:.0%} noise; the time at the run's mean pace"
        found += [
            Outcome(NAME, case, "share of intervals at 1,000 texts that hold the time", held, 0.93, None, m, detail),
            Outcome(NAME, case, "relative error of the projection, median", off, None, 0.03, m, detail),
        ]
    return found


def _project(rng: np.random.Generator, pace: Callable[[float, float], float]) -> tuple[float, float, float, float]:
    """Return the ends and the middle of what is projected to 1,000 texts, and the true seconds there."""
    clock, memory, drawn = FakeClock(), Memory(), float(rng.uniform(0.1, 0.9))
    scaling = ScalingSpec.model_validate({"batch_size": 4096, "max_seconds": 1e6})
    pairs = sum(size * (size - 1) // 2 for size in scaling.sizes)
    whole = scaling.repeats * (pairs * _B + len(scaling.sizes) * _A)
    provider = _Drifting(clock, rng, lambda seconds: pace(seconds / whole, drawn))
    spec = ProviderSpec.model_validate({"name": "cross", "use": "validate"})
    target = Target(PlannedProvider(spec, provider, provider.info, None), Path())
    ScalingMeasure(_DATA, scaling, clock, memory, int(rng.integers(2**31)), lambda _: None, False).one(target)
    run = _run(memory)
    growth = growth_of(run, run.providers[0])
    assert growth is not None  # noqa: S101 - every size was timed
    middle, interval = growth.project(_AT)
    assert interval is not None  # noqa: S101 - six sizes have one
    truth = (_A + _B * _PAIRS) * float(np.mean([pace(done, drawn) for done in np.linspace(0, 1, 101)]))
    return (*interval, middle, truth)


def _run(memory: Memory) -> MeasuredRun:
    rows = [
        replace(row, provider="cross", kind="cross-encoder", measure="scaling", unit="pair", status="ok").cells()
        for _, row in memory.rows
    ]
    cells = {name: [np.nan if row[name] is None else row[name] for row in rows] for name in ALL_RAW["samples.csv"]}
    frame = pd.DataFrame(
        {name: pd.Series(v, dtype="float64" if name in NUMERIC else "str") for name, v in cells.items()}
    )
    entry = ProviderFacts(name="cross", plugin="validate", model="cross", kind="cross-encoder", status="ok")
    measure = MeasureFacts(scaling=ScalingFacts(batch_size=4096))
    manifest = Manifest(suite=SuiteFacts(providers=[], datasets=[], measure=measure), providers=[entry])
    nothing = pd.DataFrame({name: pd.Series(dtype="str") for name in ALL_RAW["failures.csv"]})
    return MeasuredRun.of(RawRun(manifest, frame, frame.iloc[:0], nothing))
