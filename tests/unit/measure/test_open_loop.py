"""The server scenario with a provider that serves several calls at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo
from embedmark.errors import ProviderError
from embedmark.measure.clock import SystemClock
from tests.kit import Clock, Measured

SERVER = {"latency": {"scenarios": ["server"], "calls": 40, "rate": 400, "warmup": 0, "max_seconds": 60}}


class Remote:
    """An async provider that takes `seconds` a call and knows how many calls were under way together."""

    def __init__(self, *, concurrency: int = 4, seconds: float = 0.0, fail_at: int | None = None) -> None:
        self.info = ProviderInfo("remote", "remote", "bi-encoder", limits=Limits(concurrency=concurrency))
        self.seconds, self.fail_at = seconds, fail_at
        self.calls = self.now = self.most = 0

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        self.calls += 1
        call = self.calls
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(5):
            await asyncio.sleep(self.seconds / 5)
        self.now -= 1
        if call == self.fail_at:
            raise ProviderError("the server is gone")
        return Embeddings(np.ones((len(texts), 2), dtype=np.float32))


def latencies(run: Measured) -> list[dict[str, object]]:
    samples = run[0].samples
    return samples[samples["measure"] == "latency"].to_dict("records")  # type: ignore[no-any-return]


@pytest.mark.parametrize("concurrency", [1, 4])
def test_as_many_calls_run_together_as_the_provider_takes(
    measure: Callable[..., Measured], clock: Clock, concurrency: int
) -> None:
    remote = Remote(concurrency=concurrency)
    calls = latencies(measure([remote], SERVER))
    assert [row["call"] for row in calls] == list(range(1, 41))
    assert remote.most == concurrency


def test_call_with_a_free_worker_does_not_wait(
    measure: Callable[..., Measured], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 400 calls a second of 40 ms each: 16 under way on average. One worker would queue for 1.5 s by the end.
    real = SystemClock()
    for name in ("now_ns", "wait_until_ns", "sleep_until_ns"):
        monkeypatch.setattr(clock, name, getattr(real, name))
    calls = latencies(measure([Remote(concurrency=64, seconds=0.04)], SERVER))
    waits, service = ([float(row[key]) / 1e9 for row in calls] for key in ("queue_ns", "elapsed_ns"))  # type: ignore[arg-type]
    assert len(calls) == 40
    assert min(waits) >= 0
    assert np.median(waits) < 0.5
    assert min(service) >= 0.04
    assert all(np.isnan(row["cpu_ns"]) for row in calls)  # type: ignore[arg-type]  # it cannot be told apart


def test_failed_call_is_a_failure_and_running_calls_are_kept(measure: Callable[..., Measured], clock: Clock) -> None:
    # The 1st call is the one after loading.
    run = measure([Remote(fail_at=11)], SERVER)
    done = [row for row in latencies(run) if row["status"] == "ok"]
    assert 9 <= len(done) <= 12  # the nine before it, and those beside it
    assert run[0].failures["message"].tolist() == ["the server is gone"]
