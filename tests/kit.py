"""A clock that only providers move, providers of known timing, and a plan around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, Kind, PairPredictions, ProviderInfo
from embedmark.datasets import PairDataset
from embedmark.errors import ProviderError
from embedmark.machine.load import Counters, Machine
from embedmark.machine.watch import HostWatch
from embedmark.measure.manifest import new_manifest
from embedmark.measure.runner import Runner
from embedmark.measure.warnings import enough_memory
from embedmark.planning.jobs import Plan, count_jobs
from embedmark.planning.providers import PlannedProvider
from embedmark.store.read import RawRun, read_run
from embedmark.store.write import RunDirectory
from embedmark.suite import parse_suite


class Clock:
    """Stands still until a provider works or somebody waits."""

    def __init__(self) -> None:
        self.ns = 0

    def now_ns(self) -> int:
        return self.ns

    def cpu_ns(self) -> int:
        return self.ns

    def wait_until_ns(self, when: int) -> None:
        self.ns = max(self.ns, when)

    async def sleep_until_ns(self, when: int) -> None:
        self.wait_until_ns(when)


class Known:
    """A provider whose call takes `fixed_ns` and `each_ns` an item, and whose vectors are lengths."""

    def __init__(self, clock: Clock, name: str, *, kind: Kind = "bi-encoder", fixed_ns: int = 0, each_ns: int = 1000,
                 untrained: bool = False, fail_after: int | None = None) -> None:  # fmt: skip
        self.clock, self.fixed_ns, self.each_ns, self.fail_after = clock, fixed_ns, each_ns, fail_after
        self.info = ProviderInfo(plugin="known", model=name, kind=kind, untrained=untrained, max_tokens=20)
        self.calls: list[int] = []
        self.closed = 0
        if kind == "bi-encoder":
            self.encode = self._encode
        else:
            self.predict = self._predict

    def load(self) -> None:
        self.clock.ns += 5_000_000

    def close(self) -> None:
        self.closed += 1

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def _work(self, n: int) -> None:
        if self.fail_after is not None and len(self.calls) >= self.fail_after:
            raise ProviderError("the provider has died", hint="start it again")
        self.calls.append(n)
        self.clock.ns += self.fixed_ns + self.each_ns * n

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        self._work(len(texts))
        return Embeddings(np.array([[len(t), 1.0] for t in texts], dtype=np.float32))

    def _predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        self._work(len(pairs))
        return PairPredictions(np.array([len(a) / (1 + len(b)) for a, b in pairs]))


class Quiet:
    """Progress that nobody looks at, kept for tests."""

    def __init__(self) -> None:
        self.jobs = self.done = 0
        self.said: list[str] = []

    def begin(self, jobs: int) -> None:
        self.jobs = jobs

    def at(self, what: str) -> None:
        self.said.append(what)

    def advance(self, jobs: int) -> None:
        self.done += jobs

    def end(self) -> None: ...


class Idle(Machine):
    """Nobody else uses it: what else the real machine does is no part of these tests. A second passes at each look."""

    seconds = 0.0

    def wall(self) -> float:
        self.seconds += 1.0
        return self.seconds

    def read(self) -> Counters:
        return Counters(self.wall(), 0.0, 0.0, 0.0, 2)


def dataset(n: int = 40, name: str = "자료") -> PairDataset:
    first = tuple(f"문장 {'가' * (i % 9)} {i}" for i in range(n))
    second = tuple(f"sentence {i}" for i in range(n))
    ids = tuple(str(i + 1) for i in range(n))
    return PairDataset(name, ids, first, second, np.linspace(0, 5, n), "hash", "test", "filehash")


Measured = tuple[RawRun, Runner, Quiet]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def measure(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Measured]:
    """Run providers through `measure:` of a suite, on the fake clock."""
    monkeypatch.setattr("embedmark.measure.scaling.measure.SIMILARITY_SIZES", (50, 100))

    def run(
        providers: Sequence[Known],
        spec: dict[str, Any],
        datasets: Sequence[PairDataset] = (),
        threads: Mapping[str, int | None] | None = None,
        room: Callable[[float], bool] = enough_memory,
    ) -> Measured:
        chosen = tuple(datasets) or (dataset(),)
        if "throughput" in spec:  # passes of microseconds, unless a test is about their length
            spec = spec | {"throughput": {"min_pass_ms": 0} | spec["throughput"]}
        content = {
            "name": "t", "measure": spec, "datasets": [d.name for d in chosen],
            "providers": [
                {"name": p.info.model, "use": "x", "threads": (threads or {}).get(p.info.model)} for p in providers
            ],
        }  # fmt: skip
        suite = parse_suite(content, path=tmp_path / "t.yaml")
        planned = tuple(PlannedProvider(s, p, p.info, None) for s, p in zip(suite.providers, providers, strict=True))
        plan = Plan(suite, tmp_path, planned, chosen, count_jobs(suite, planned, chosen))
        progress = Quiet()
        with RunDirectory(tmp_path / "run", new_manifest(plan, "run", datetime.now(UTC))) as directory:
            watch = HostWatch(clock.now_ns, machine=Idle(), rounds=1)
            runner = Runner(plan, directory, progress, clock, room, watch=watch)
            try:
                runner.run()
            finally:
                directory.seal()
        return read_run(tmp_path / "run"), runner, progress

    return run
