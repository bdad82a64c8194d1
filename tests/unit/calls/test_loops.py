"""An event loop that can be used inside another one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from embedmark.calls.loops import ThreadLoop, new_loop


def test_new_loop_runs_where_no_loop_is_running() -> None:
    loop = new_loop()

    assert loop.run(asyncio.sleep(0, "done")) == "done"

    loop.close()


def test_new_loop_runs_inside_a_running_loop() -> None:
    async def cell() -> Any:
        loop = new_loop()
        try:
            return loop.run(asyncio.sleep(0, "done"))
        finally:
            loop.close()

    assert asyncio.run(cell()) == "done"


def test_thread_loop_keeps_one_loop_for_all_coroutines() -> None:
    loop = ThreadLoop()

    async def here() -> int:
        return id(asyncio.get_running_loop())

    assert loop.run(here()) == loop.run(here())
    loop.close()
    loop.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "embedmark-loop"]


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
@pytest.mark.parametrize("inner", [False, True])
def test_thread_loop_raises_what_a_coroutine_raises(kind: type[BaseException], inner: bool) -> None:
    loop = ThreadLoop()

    async def fail() -> None:
        raise kind

    async def in_a_task() -> None:
        await asyncio.ensure_future(fail())

    work: Callable[[], Coroutine[Any, Any, None]] = in_a_task if inner else fail
    with pytest.raises(kind):
        loop.run(work())

    assert loop.run(asyncio.sleep(0, "still here")) == "still here"
    loop.close()


def test_interrupt_of_the_caller_cancels_the_coroutine(interruptible: None) -> None:
    import signal

    ended: list[str] = []
    started = threading.Event()

    async def work() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    def interrupt() -> None:
        started.wait()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    loop = ThreadLoop()
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        loop.run(work())

    assert ended == ["cancelled"]
    loop.close()
