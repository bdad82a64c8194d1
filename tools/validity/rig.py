"""A provider of known timing, on a clock that only it moves, and rows kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from embedmark.api import Embeddings, ProviderInfo
from embedmark.datasets import PairDataset
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.measure.throughput import measure_throughput
from embedmark.notices import Notice
from embedmark.planning.providers import PlannedProvider
from embedmark.stats import Array
from embedmark.store.rows import SampleRow
from embedmark.suite import ProviderSpec, ThroughputSpec
from embedmark.testing.clock import FakeClock


class TimedProvider:
    """A bi-encoder whose calls do `work(texts in the call)`, which moves a clock or spins, and return constant vectors.

    Args:
        work: what a call does while it is timed.
        name: its label.
        dim: length of the vectors.
    """

    def __init__(self, work: Callable[[int], None], name: str = "known", dim: int = 2) -> None:
        self.info = ProviderInfo(plugin="validate", model=name, kind="bi-encoder", dim=dim)
        self._work = work
        self._vectors = np.ones((1024, dim), dtype=np.float32)

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self._work(len(texts))
        return Embeddings(self._vectors[: len(texts)])


class Memory(Recorder):
    """Keeps rows instead of writing them, and lets every error through."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, SampleRow]] = []

    def samples(self, target: Target, measure: str, rows: Sequence[SampleRow]) -> None:  # noqa: ARG002
        self.rows += [(target.name, row) for row in rows]

    def failure(self, target: Target, measure: str, dataset: str, phase: str, error: BaseException) -> NoReturn:  # noqa: ARG002
        raise error

    def provider(self, name: str, **facts: object) -> None: ...

    def end(self, target: Target, **facts: object) -> None: ...

    def warn(self, notice: Notice) -> None: ...

    def column(self, name: str, column: str) -> Array:
        """A column of the timed rows of provider `name`, float64; 0 where a cell is empty."""
        rows = (row for owner, row in self.rows if owner == name and row.phase == "timed")
        return np.array([float(row.cells()[column] or 0) for row in rows])


def target_of(provider: TimedProvider) -> Target:
    """The provider as the runner sees it."""
    spec = ProviderSpec.model_validate({"name": provider.info.model, "use": "validate"})
    return Target(PlannedProvider(spec, provider, provider.info, None), Path())


def texts(n: int) -> PairDataset:
    """A dataset of `n` pairs of texts, each one different."""
    first, second = (tuple(f"{side} {i}" for i in range(n)) for side in ("left", "right"))
    return PairDataset("known", tuple(map(str, range(n))), first, second, np.linspace(0, 5, n), "", "test", "")


# More passes than the default spec ever times; a provider is given this many durations.
_ONE_CALL = ThroughputSpec.model_validate(
    {"texts": 8, "batch_sizes": [8], "warmup": 0, "max_seconds": 1e9, "min_pass_ms": 0}
)
MAX_PASSES = _ONE_CALL.max_passes
_TEXTS = texts(8)


def time_passes(durations: Mapping[str, Array]) -> dict[str, Array]:
    """Let the harness time interleaved passes that take `durations` (MAX_PASSES,) in ns, by provider.

    How many it times is its own decision: it is measure_throughput with the default number of passes, target and
    end. Returns float64 elapsed ns of the passes, by provider.
    """
    clock, memory = FakeClock(), Memory()
    targets = [target_of(TimedProvider(_moving(clock, iter(d.round().astype(int).tolist())), name))
               for name, d in durations.items()]  # fmt: skip
    measure_throughput(targets, _TEXTS, 8, _ONE_CALL, clock, memory, 0)
    return {name: memory.column(name, "elapsed_ns") for name in durations}


def together(timed: Mapping[str, Array]) -> tuple[Array, Array]:
    """The passes of providers `a` and `b` of time_passes() that ran next to each other; float64 (n,) each."""
    n = min(len(timed["a"]), len(timed["b"]))
    return timed["a"][:n], timed["b"][:n]


def _moving(clock: FakeClock, durations: Iterator[int]) -> Callable[[int], None]:
    def work(_: int) -> None:
        clock.advance(next(durations) / 1e9)

    return work
