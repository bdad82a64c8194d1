"""An event loop for one provider's connections, which also works where the caller is inside another loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

_Outcome = tuple[Any, BaseException | None]
_POLL_S = 0.5  # Windows delivers Ctrl-C to a waiting main thread only between waits


class Loop(Protocol):
    """Runs coroutines to their end, all of them on one event loop. `asyncio.Runner` is one."""

    def run(self, coro: Coroutine[Any, Any, Any]) -> Any: ...

    def close(self) -> None: ...


def new_loop() -> Loop:
    """Return a loop that can be used here: one in a thread of its own if a loop is running here, as in Jupyter."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.Runner()
    return ThreadLoop()


class ThreadLoop:
    """An event loop in a thread of its own; run() blocks the caller until the coroutine has ended."""

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        loops: SimpleQueue[asyncio.AbstractEventLoop] = SimpleQueue()
        self._thread = threading.Thread(target=_serve, args=(loops,), name="embedmark-loop", daemon=True)
        self._thread.start()
        self._loop = loops.get()

    def run(self, coro: Coroutine[Any, Any, Any]) -> Any:
        """Return what the coroutine returns. Raises what it raises.

        An interrupt of the caller cancels the coroutine, waits for its end, and is raised again.
        """
        # The future is there before the loop knows of it: an interrupt may come between any two lines.
        future: Future[_Outcome] = Future()
        try:
            self._loop.call_soon_threadsafe(self._start, coro, future)
            while not wait([future], timeout=_POLL_S).done:
                pass
        except BaseException:
            if future.cancel():
                coro.close()
            else:  # it has started
                self._loop.call_soon_threadsafe(self._cancel)
                with suppress(KeyboardInterrupt):  # a second Ctrl-C does not wait
                    wait([future])
            raise
        value, error = future.result()
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """End the loop and its thread. May be called twice."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _start(self, coro: Coroutine[Any, Any, Any], future: Future[_Outcome]) -> None:
        if future.set_running_or_notify_cancel():
            self._task = self._loop.create_task(_outcome(coro))
            self._task.add_done_callback(lambda task: self._end(task, future))

    def _end(self, task: asyncio.Task[_Outcome], future: Future[_Outcome]) -> None:
        self._task = None
        future.set_result((None, asyncio.CancelledError()) if task.cancelled() else task.result())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


async def _outcome(coro: Coroutine[Any, Any, Any]) -> _Outcome:
    # A SystemExit or KeyboardInterrupt that left a task would end the loop as well.
    try:
        return await coro, None
    except BaseException as error:  # noqa: BLE001 - run() raises it where the caller is
        return None, error


def _serve(loops: SimpleQueue[asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        loops.put(loop)
        running = True
        while running:
            with suppress(SystemExit, KeyboardInterrupt):  # of a task, which keeps it for the one who awaits it
                loop.run_forever()
                running = False
