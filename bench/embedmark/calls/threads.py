"""Threads for a sync provider that waits on a network: its calls side by side, and none of them waited for in vain."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class _Job:
    function: Callable[[Any], Any]
    items: Sequence[Any]
    future: Future[tuple[Any, int]]
    loop: asyncio.AbstractEventLoop


class Threads:
    """As many daemon threads as calls may be under way at once, for one event loop.

    A call that was given up runs on in its thread, and holds it: room() waits until one is free, so that a retry does
    not overlap what it retries. Daemons, since an executor's threads would hold up the end of the program until the
    last hung call returns.

    Args:
        n: threads, at most; they are started as they are needed.
        now_ns: the clock that measures.
    """

    def __init__(self, n: int, now_ns: Callable[[], int]) -> None:
        self._n = n
        self._now_ns = now_ns
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._started = 0
        self._busy = 0  # counted on the event loop only
        self._freed = asyncio.Event()

    async def room(self) -> None:
        """Wait until a thread is free. It stays so until the event loop's next turn."""
        while self._busy >= self._n:
            self._freed.clear()
            await self._freed.wait()

    async def run(self, function: Callable[[Any], Any], items: Sequence[Any]) -> tuple[Any, int]:
        """Return what `function(items)` returns, and its nanoseconds in its thread. Raises what it raises."""
        future: Future[tuple[Any, int]] = Future()
        self._busy += 1
        if self._started < min(self._busy, self._n):
            self._started += 1
            threading.Thread(target=self._work, name="embedmark-call", daemon=True).start()
        self._jobs.put(_Job(function, items, future, asyncio.get_running_loop()))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Let each thread end when its call has; waits for none."""
        for _ in range(self._started):
            self._jobs.put(None)
        self._started = 0

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.future.set_running_or_notify_cancel():
                try:
                    start = self._now_ns()
                    reply = job.function(job.items)
                    took = self._now_ns() - start
                except BaseException as error:  # noqa: BLE001 - it is raised where the call was made
                    job.future.set_exception(error)
                else:
                    job.future.set_result((reply, took))
            with contextlib.suppress(RuntimeError):  # the loop is closed: no caller waits any more
                job.loop.call_soon_threadsafe(self._free)

    def _free(self) -> None:
        self._busy -= 1
        self._freed.set()
