"""Sync providers that wait on a network: a thread a call, its own clock, and a hung call that holds nobody up."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo, Usage
from embedmark.calls.caller import Caller
from embedmark.errors import ProviderTimeoutError, RateLimitError


class Blocking:
    """Each call sleeps as long as the script says, in seconds; counts how many do so at once."""

    def __init__(self, *sleeps: float, **limits: Any) -> None:
        self.info = ProviderInfo(plugin="b", model="b", kind="bi-encoder", dim=1, limits=Limits(**limits))
        self.sleeps, self.calls, self.under_way, self.most = sleeps, 0, 0, 0
        self.lock, self.let_go = threading.Lock(), threading.Event()

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        with self.lock:
            self.calls += 1
            number, self.under_way = self.calls, self.under_way + 1
            self.most = max(self.most, self.under_way)
        self.let_go.wait(self.sleeps[min(number, len(self.sleeps)) - 1])
        with self.lock:
            self.under_way -= 1
        return Embeddings(np.array([[len(t)] for t in texts], np.float32), Usage(tokens=1, requests=1))


@pytest.fixture
def provider_of() -> Iterator[Any]:
    made: list[Blocking] = []

    def make(*sleeps: float, **limits: Any) -> Blocking:
        made.append(Blocking(*sleeps, **limits))
        return made[-1]

    yield make
    for one in made:
        one.let_go.set()


def test_as_many_calls_are_under_way_as_the_limits_allow(provider_of: Any) -> None:
    provider = provider_of(0.05, concurrency=16)
    caller = Caller(provider)
    assert caller.run(["x"] * 64, 1).values.tolist() == [[1]] * 64
    assert provider.most == 16  # asyncio's own executor has 6 threads on 2 cores
    caller.close()


def test_a_service_time_is_the_calls_own(provider_of: Any) -> None:
    provider = provider_of(0.05, concurrency=12)
    caller = Caller(provider)
    done = caller.send(caller.prepare(["x"] * 36, 1))
    assert max(one.service_ns for one in done) < 2 * 0.05e9  # none of it is another call's
    caller.close()


def test_a_retry_does_not_overlap_the_call_that_was_given_up(quick: None, provider_of: Any) -> None:
    provider = provider_of(0.5, 0.01, concurrency=1, deadline_s=0.8)  # given up after 0.4 s, ended after 0.5 s
    caller = Caller(provider)
    done = caller.run(["abc"], 1)
    assert (done.values.tolist(), done.retries, provider.calls, provider.most) == ([[3]], 1, 2, 1)
    assert [a.error_type for a in caller.ledger.take_attempts()] == ["ProviderTimeoutError"]
    caller.close()


def test_hung_call_is_an_error_and_close_does_not_wait(quick: None, provider_of: Any) -> None:
    provider = provider_of(30.0, concurrency=1, deadline_s=0.4)
    caller = Caller(provider)
    start = time.perf_counter()
    with pytest.raises(ProviderTimeoutError, match="an earlier call timed out"):
        caller.run(["abc"], 1)
    caller.close()
    assert time.perf_counter() - start < 5
    assert (provider.calls, caller.ledger.requests) == (1, 1)


def test_an_error_in_a_thread_is_retried_as_any_other(quick: None) -> None:
    class Refusing(Blocking):
        def encode(self, texts: Sequence[str]) -> Embeddings:
            if self.calls == 0:
                self.calls = 1
                raise RateLimitError("429")
            return super().encode(texts)

    caller = Caller(Refusing(0.0, concurrency=2))
    assert caller.run(["a"], 1).retries == 1
    caller.close()
    caller.close()


def test_the_program_ends_although_a_call_hangs() -> None:
    script = """
import time
import numpy as np
from embedmark.api import Limits, ProviderInfo
from embedmark.calls.caller import Caller

class Hung:
    info = ProviderInfo(plugin="h", model="h", kind="bi-encoder", limits=Limits(deadline_s=0.2))
    def load(self): ...
    def close(self): ...
    def encode(self, texts): time.sleep(60)

caller = Caller(Hung())
try:
    caller.run(["a"], 1)
except Exception as error:
    print(type(error).__name__)
caller.close()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=45, check=True)
    assert done.stdout.strip() == "ProviderTimeoutError"
