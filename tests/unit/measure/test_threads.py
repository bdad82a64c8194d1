"""A provider's own number of threads holds in its load and in all its calls, and for nobody else."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tests.kit import Clock, Known, Measured

SPEC = {"accuracy": {}, "throughput": {"batch_sizes": [4], "texts": 8}, "latency": {"calls": 5},
        "scaling": {"sizes": [4, 6]}}  # fmt: skip


def numpys() -> list[int]:
    """Threads of numpy's own BLAS: scipy brings another one, whenever it is first imported."""
    return [pool["num_threads"] for pool in threadpool_info() if "numpy" in pool["filepath"]]


class Watching(Known):
    """Notes how many threads BLAS has whenever it is asked for anything."""

    def __init__(self, clock: Clock, name: str) -> None:
        super().__init__(clock, name)
        self.seen: list[int] = []

    def load(self) -> None:
        super().load()
        self.seen += numpys()

    def _work(self, n: int) -> None:
        super()._work(n)
        self.seen += numpys()


@pytest.fixture
def three_threads() -> Iterator[None]:
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(3, user_api="blas"):
        if numpys() != [3]:
            pytest.skip("numpy's BLAS takes no number of threads here")
        yield


def test_native_pools_have_the_providers_threads_while_it_works(
    measure: Callable[..., Measured], clock: Clock, three_threads: None
) -> None:
    pinned, free = Watching(clock, "pinned"), Watching(clock, "free")
    raw, _, _ = measure([pinned, free], SPEC, threads={"pinned": 2})
    assert len(pinned.seen) > 20
    assert set(pinned.seen) == {2}
    assert set(free.seen) == {3}  # they take turns in one process, and in the same throughput passes
    assert numpys() == [3]
    told = {p.name: {pool["num_threads"] for pool in p.thread_pools} for p in raw.manifest.providers}
    assert told["pinned"] == {2}
    assert 3 in told["free"]


def test_pool_that_load_creates_is_pinned_at_the_first_call(
    measure: Callable[..., Measured], clock: Clock, three_threads: None, tmp_path: Path
) -> None:
    library = next(Path(pool["filepath"]) for pool in threadpool_info() if "numpy" in pool["filepath"])
    copy = tmp_path / library.name.replace("openblas", "openblas_copy", 1)

    class Loading(Watching):
        def load(self) -> None:
            shutil.copy(library, copy)
            ctypes.CDLL(str(copy))

        def _work(self, n: int) -> None:
            self.calls.append(n)
            self.seen += [pool["num_threads"] for pool in threadpool_info() if pool["filepath"] == str(copy)]

    provider = Loading(clock, "a")
    measure([provider], {"latency": {"calls": 3}}, threads={"a": 2})
    assert len(provider.seen) > 3
    assert set(provider.seen) == {2}
