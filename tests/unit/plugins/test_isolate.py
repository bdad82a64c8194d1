"""A provider in a process of its own: same answers, its own memory, and its death is a message."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.api import ProviderInfo
from embedmark.calls.caller import Caller
from embedmark.errors import BadResponseError, NotAvailableError, OutOfMemoryError, ProviderError, RateLimitError
from embedmark.plugins.isolate import IsolatedProvider, Recipe

SOURCE = """
import asyncio
import os
import time
import numpy as np
from embedmark.api import Embeddings, ProviderInfo, Usage
from embedmark.errors import BadResponseError, NotAvailableError, OutOfMemoryError, RateLimitError

class Busy(NotAvailableError):
    pass

class Mine:
    loop = None

    async def aclose(self):
        if self.note:
            with open(self.note, "a") as file:
                file.write("aclose ")

    def __init__(self, mb=0, note=None):
        self.mb, self.note = mb, note
        self.info = ProviderInfo(plugin="m", model="m", kind="bi-encoder")

    def load(self):
        self.ballast = np.ones((self.mb, 2**17))
        self.info = ProviderInfo(plugin="m", model="m", kind="bi-encoder", dim=2)

    def close(self):
        if self.note:
            with open(self.note, "a") as file:
                file.write("close ")

    async def aencode(self, texts):
        if texts[0] == "die":
            os._exit(7)
        if texts[0] == "limit":
            raise RateLimitError("slow down", hint="wait", retry_after=7.0)
        if texts[0] == "generator":
            return (text for text in texts)
        if texts[0] == "own kind":
            raise Busy("503", retryable=True, may_be_billed=True)
        if texts[0] == "loop":  # as a connection does, it lives on the loop that it was made on
            Mine.loop = Mine.loop or asyncio.get_running_loop()
            if Mine.loop is not asyncio.get_running_loop() or Mine.loop.is_closed():
                raise RuntimeError("Event loop is closed")
        if texts[0] == "slow":
            time.sleep(8)
        if texts[0] == "memory":
            raise MemoryError("no more")
        if texts[0] == "odd":
            raise KeyError("한국어")
        threads = int(os.environ.get("OMP_NUM_THREADS", 0))
        return Embeddings(np.array([[os.getpid(), threads] for _ in texts], dtype=np.float32), Usage(tokens=3))
"""


def make(tmp_path: Path, **options: Any) -> IsolatedProvider:
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")
    info = ProviderInfo(plugin="m", model="m", kind="bi-encoder")
    return IsolatedProvider(Recipe("./mine.py:Mine", None, options, tmp_path, 3), info)


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[IsolatedProvider]:
    provider = make(tmp_path, mb=50)
    provider.load()
    yield provider
    provider.close()
    provider.close()


def test_isolated_provider_has_its_own_threads_and_memory(provider: IsolatedProvider) -> None:
    done = Caller(provider).run(["a", "bb"], 2)
    pid, threads = done.values[0]
    assert int(pid) != os.getpid()
    assert threads == 3
    assert done.usage.tokens == 3
    assert provider.info.dim == 2  # what only loading revealed
    assert provider.peak_rss_mb > 50
    assert provider.cpu_ns > 0
    assert provider.count_tokens(["a"]) is None


def test_errors_keep_their_kind(provider: IsolatedProvider) -> None:
    with pytest.raises(RateLimitError, match="slow down") as caught:
        provider.encode(["limit"])
    assert (caught.value.hint, caught.value.retryable, caught.value.retry_after) == ("wait", True, 7.0)
    assert not caught.value.may_be_billed
    with pytest.raises(NotAvailableError, match="503") as own:
        provider.encode(["own kind"])
    assert (type(own.value), own.value.retryable, own.value.may_be_billed) == (NotAvailableError, True, True)
    with pytest.raises(MemoryError):
        provider.encode(["memory"])
    with pytest.raises(ProviderError, match="KeyError: '한국어'"):
        provider.encode(["odd"])
    assert provider.encode(["a"]).vectors.shape == (1, 2)  # and it lives on


def test_a_process_that_dies_is_a_message(provider: IsolatedProvider) -> None:
    with pytest.raises(NotAvailableError, match="exit code 7"):
        provider.encode(["die"])


def test_a_reply_that_cannot_be_sent_is_named(provider: IsolatedProvider) -> None:
    with pytest.raises(BadResponseError, match="the reply is generator, which cannot be sent") as caught:
        provider.encode(["generator"])

    assert "isolate: process" in str(caught.value.hint)
    assert len(provider.encode(["a"]).vectors) == 1, "its process lives on"


def test_before_load(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="before load"):
        make(tmp_path).encode(["a"])


def test_observations_cross_the_process_boundary(provider: IsolatedProvider, tmp_path: Path) -> None:
    assert provider.observed() == {}  # it says nothing of itself
    told = SOURCE + '\n    def observed(self):\n        return {"weights_mb": 1.5, "모델": "가"}\n'
    (tmp_path / "told.py").write_text(told, encoding="utf-8")
    info = ProviderInfo(plugin="m", model="m", kind="bi-encoder")
    telling = IsolatedProvider(Recipe("./told.py:Mine", None, {}, tmp_path, None), info)
    telling.load()
    try:
        assert telling.observed() == {"weights_mb": 1.5, "모델": "가"}
    finally:
        telling.close()


def test_killed_process_is_out_of_memory_and_loads_again(
    provider: IsolatedProvider,
) -> None:
    peak = provider.peak_rss_mb
    first = provider.encode(["a"]).vectors[0, 0]
    os.kill(int(first), signal.SIGKILL)
    for _ in range(2):  # it is told each time, and not only to the call that met it
        with pytest.raises(OutOfMemoryError, match=r"SIGKILL.*probably"):
            provider.encode(["a"])
    assert not provider.alive
    provider.load()
    assert provider.alive
    assert provider.encode(["a"]).vectors[0, 0] != first
    assert provider.peak_rss_mb >= peak


def test_memory_that_runs_out_there_is_the_same_error_here(tmp_path: Path) -> None:
    words = SOURCE.replace("import RateLimitError", "import OutOfMemoryError, RateLimitError")
    words = words.replace('raise MemoryError("no more")', 'raise OutOfMemoryError("out of memory", hint="less")')
    info = ProviderInfo(plugin="m", model="m", kind="bi-encoder")
    tight = IsolatedProvider(Recipe("./tight.py:Mine", None, {}, tmp_path, None), info)
    (tmp_path / "tight.py").write_text(words, encoding="utf-8")
    tight.load()
    try:
        with pytest.raises(OutOfMemoryError, match=r"out of memory\n  try: less"):
            tight.encode(["memory"])
        assert tight.alive
    finally:
        tight.close()


def test_peak_memory_is_the_process_own_not_its_parents(tmp_path: Path) -> None:
    ballast = np.ones((400, 2**17))
    light = make(tmp_path)
    light.load()
    try:
        assert 10 < light.peak_rss_mb < 200 < ballast.nbytes / 2**20
    finally:
        light.close()


def test_cpu_time_is_finer_than_the_ticks_of_the_system(provider: IsolatedProvider) -> None:
    times = []
    for _ in range(10):
        provider.encode(["a"])
        times.append(provider.cpu_ns)
    steps = [b - a for a, b in itertools.pairwise(times)]
    assert all(step > 0 for step in steps)  # an idle call takes some 100 µs, far below a tick of 10 ms
    assert any(step % 10_000_000 for step in steps)


def test_the_thread_pools_of_its_process_are_its_own(provider: IsolatedProvider) -> None:
    """The recipe says three threads, and this process has another number."""
    pools = {pool["num_threads"] for pool in provider.thread_pools() if pool["user_api"] == "blas"}
    assert pools == {min(3, os.cpu_count() or 1)} or pools == {3}


def test_connections_live_on_one_loop_and_are_closed(tmp_path: Path) -> None:
    provider = make(tmp_path, note=str(tmp_path / "끝"))
    provider.load()
    for _ in range(3):
        provider.encode(["loop"])
    provider.close()
    assert (tmp_path / "끝").read_text() == "aclose close "


@pytest.mark.usefixtures("interruptible")
def test_what_was_given_up_is_not_taken_for_the_next_answer(tmp_path: Path) -> None:
    """As after Ctrl-C: the other process is still at the old question, and nobody waits for it."""
    provider = make(tmp_path)
    provider.load()
    # To this thread: a signal that another thread raises does not wake it, and it would read on for 8 s.
    threading.Timer(1.0, signal.pthread_kill, (threading.get_ident(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        provider.encode(["slow"])
    begun = time.monotonic()
    with pytest.raises(NotAvailableError, match="timed out"):
        provider.observed()
    provider.close()
    assert time.monotonic() - begun < 5
    assert provider.observed() == {}
