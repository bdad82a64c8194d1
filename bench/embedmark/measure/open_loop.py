"""The server scenario's open loop: calls begin when they are due, whatever became of the ones before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from embedmark.measure.call import Call, timed
from embedmark.measure.clock import Clock
from embedmark.measure.target import Target


def open_loop(target: Target, queries: Iterable[tuple[int, Any]], ends: int, clock: Clock, calls: list[Call]) -> None:
    """Send each query when it is due, and append its call to `calls` when it is done.

    A provider that computes here has one worker, first come, first served: a call that is due while the last one still
    runs waits, and the wait counts. An async one has as many workers as calls may be under way at once
    (`limits.concurrency`), and a call waits only when all of them are taken.

    Args:
        target: whom to call.
        queries: when each is due, in nanoseconds on `clock`, rising, and its item.
        ends: nothing is sent that is due after this.
        clock: measures, and waits.
        calls: what was done, in the order of completion. On an error or an interrupt it holds what was done till then.

    Raises what the provider raises: of several calls under way together, what failed first, after the others ended.
    """
    if target.caller.workers > 1:
        target.caller.wait(_side_by_side(target, queries, ends, clock, calls))
        return
    for due, item in queries:
        if due > ends:
            return
        clock.wait_until_ns(due)
        calls.append(timed(target, item, clock, queue_ns=max(0, clock.now_ns() - due)))


async def _side_by_side(
    target: Target, queries: Iterable[tuple[int, Any]], ends: int, clock: Clock, calls: list[Call]
) -> None:
    worker = asyncio.Semaphore(target.caller.workers)  # first come, first served
    failed = asyncio.Event()

    async def serve(due: int, item: Any) -> None:
        async with worker:
            if failed.is_set():
                return
            # Seldom early, often late by the time that the loop needed for other replies: that wait is the caller's.
            queued = max(0, clock.now_ns() - due)
            try:
                reply = await target.caller.acall([item])
                target.caller.values(reply, 1)
            except BaseException:
                failed.set()
                raise
            # The CPU time of calls that overlap cannot be told apart.
            calls.append(Call.of(reply, reply.service_ns or 0, queue_ns=queued, cpu_ns=None))

    under_way: list[asyncio.Task[None]] = []
    try:
        for due, item in queries:
            if due > ends or failed.is_set():
                break
            await clock.sleep_until_ns(due)
            under_way.append(asyncio.ensure_future(serve(due, item)))
        results = await asyncio.gather(*under_way, return_exceptions=True)
    except BaseException:  # an interrupt: what is under way is given up
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        raise
    for result in results:
        if isinstance(result, BaseException):
            raise result
