"""Sends batches over a network: several at once, paced, retried, split, within a budget, all of it on the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

from embedmark.api import Limits
from embedmark.calls.accounts import Accounts
from embedmark.calls.budget import Budget
from embedmark.calls.kept import Done, Keep, Terms
from embedmark.calls.ledger import Attempt, Ledger
from embedmark.calls.outcomes import outcomes_of
from embedmark.calls.pace import Pacer, Ticket
from embedmark.calls.pack import Batch
from embedmark.calls.retry import DEADLINE_S, attempts
from embedmark.calls.split import AS_USUAL, Mode, Splitter
from embedmark.errors import BadResponseError, ProviderError, ProviderTimeoutError, RateLimitError

# Gives the provider's value, and its service time in nanoseconds where that was taken elsewhere: in a thread.
Send = Callable[[Sequence[Any]], Awaitable[tuple[Any, int | None]]]


def incomplete(done: Done) -> Attempt:
    """Return the row of a delivered request whose pass, or whose call, came to nothing."""
    return Attempt(len(done.batch.items), done.reply.usage.tokens, done.service_ns)


class Dispatcher:
    """The careful way to call a provider. One event loop only."""

    def __init__(
        self, send: Send, check: Callable[[Any, int], object], limits: Limits, ledger: Ledger, budget: Budget, *,
        terms: Terms, now_ns: Callable[[], int], room: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self._send = send
        self._check = check
        self._limits = limits
        self._ledger = ledger
        self._accounts = Accounts(ledger, budget, terms)
        self._now_ns = now_ns
        self._room = room  # a wait until a thread is free, where calls need one
        self._timeout_s, self._tell = terms.timeout_s, terms.tell
        self._kept: Keep | None = None  # of the pass under way
        self._pacer = Pacer(limits, lambda: now_ns() / 1e9, terms.tell)
        self._deadline_s = limits.deadline_s or DEADLINE_S
        self._splitter = Splitter(self._call, ledger, self._keep)
        self._stopping = False
        self._waiting: set[asyncio.Task[Any]] = set()

    async def stream(
        self, batches: Iterator[Batch], window: int | None = None, mode: Mode = AS_USUAL
    ) -> AsyncIterator[Done]:
        """Send all batches, `limits.concurrency` at once, and give each delivered request as it comes.

        On the first failure nothing more is sent; what is under way may finish, so that no reply that was paid for is
        lost without need; then the failure is raised.

        Args:
            batches: taken one by one, as there is room.
            window: batches that may be begun ahead of the oldest one under way. None: any number.
            mode: whether sizes are fixed, and what becomes of items that are refused alone.
        """
        self._begin()
        self._kept = mode.keep
        running: dict[asyncio.Task[list[Done]], int] = {}
        ready: list[Done] = []
        failure: BaseException | None = None
        begun, more = 0, True

        def room() -> bool:
            ahead = begun - min(running.values(), default=begun)
            return (
                more and failure is None and len(running) < self._limits.concurrency and ahead < (window or begun + 1)
            )

        try:
            while True:
                while room():
                    try:
                        batch = next(batches, None)
                    except Exception as error:  # noqa: BLE001 - packing refuses a text: as any other failure
                        failure = error
                        break
                    more = batch is not None
                    if batch is not None:
                        running[asyncio.ensure_future(self._whole(batch, mode))] = begun
                        begun += 1
                if not running:
                    break
                finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                delivered, raised = outcomes_of(finished, running)
                ready += delivered
                failure = failure or raised
                while ready:
                    yield ready.pop(0)
                if failure is not None:
                    self._stop()
        finally:
            self._keep([*ready, *await self._abandon(running)])
            self._kept = None
        if failure is not None:
            raise failure

    async def one(self, batch: Batch, mode: Mode = AS_USUAL) -> list[Done]:
        """Send one batch; several where it had to be split. `mode` as in stream()."""
        self._begin()
        return await self._splitter.send(batch, mode)

    async def _whole(self, batch: Batch, mode: Mode) -> list[Done]:
        """Send a batch. Where replies are kept, a bad one costs its own items, and the others of the batch go on."""
        delivered: list[Done] = []
        rest: Batch | None = batch
        while rest is not None:
            try:
                return [*delivered, *await self._splitter.send(rest, mode)]
            except BadResponseError:
                if self._kept is None or self._kept.has_given_up:
                    raise
                rest = self._kept.left(rest, {one.index for one in mode.refused or ()})
        return delivered

    def _begin(self) -> None:
        self._stopping = False
        self._splitter.begin()

    def _stop(self) -> None:
        self._stopping = True
        for task in self._waiting:
            task.cancel()

    async def _abandon(self, running: dict[asyncio.Task[list[Done]], int]) -> list[Done]:
        """Give up what is under way; what was delivered already."""
        for task in running:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
        return [done for result in results if not isinstance(result, BaseException) for done in result]

    def _keep(self, delivered: Sequence[Done]) -> None:
        """Give rows of their own to replies that were paid for and that no one will get."""
        if self._kept is None:
            self._ledger.attempts += [incomplete(done) for done in delivered]

    async def _call(self, batch: Batch, patience: int | None) -> Done:
        begun = self._now_ns()
        paced = 0  # waits for the rate limit do not count against the deadline: they are ours, not the server's
        retries = -1

        def left_s() -> float:
            return self._deadline_s - (self._now_ns() - begun - paced) / 1e9

        task = asyncio.current_task()
        try:
            async for attempt in attempts(left_s, lambda: self._stopping, patience, self._tell):
                with attempt:
                    retries += 1
                    self._ledger.retries += retries > 0
                    since = self._now_ns()
                    self._wait_begins(task)
                    ticket = await self._pacer.acquire(batch.tokens)
                    paced += self._now_ns() - since
                    await self._thread(left_s())
                    self._waiting.discard(task)
                    start = self._now_ns()
                    reply, service_ns, number = await self._attempt(batch, ticket, left_s(), retry=retries > 0)
                    self._ledger.throttled_ns += start - begun
                    done = Done(batch, reply, service_ns, start - begun, retries)
                    return self._accounts.commit(done, number, self._kept)
                self._wait_begins(task)  # stamina sleeps now
        except BadResponseError as error:
            if self._kept is not None:
                self._kept.lose(batch, error)
            raise
        finally:
            self._waiting.discard(task)
        raise AssertionError("stamina raises the last error")

    def _wait_begins(self, task: asyncio.Task[Any] | None) -> None:
        if self._stopping:
            raise asyncio.CancelledError
        if task is not None:
            self._waiting.add(task)

    async def _thread(self, left_s: float) -> None:
        """Wait for a thread, before any time-out begins: those of calls that were given up are taken while they run."""
        if self._room is None:
            return
        try:
            async with asyncio.timeout(max(0.001, left_s)):
                await self._room()
        except TimeoutError:
            self._pacer.done()
            raise ProviderTimeoutError(
                "an earlier call timed out and is still running, so no other call can start",
                retryable=False,
                may_be_billed=False,
                hint="check the server, or set a shorter timeout in the provider's own client",
            ) from None
        except BaseException:
            self._pacer.done()
            raise

    async def _attempt(
        self, batch: Batch, ticket: Ticket, left_s: float, *, retry: bool
    ) -> tuple[Any, int, int | None]:
        try:
            number = self._accounts.begin(batch, retry=retry)
        except BaseException:
            self._pacer.done()
            raise
        start = self._now_ns()
        limit_s = max(0.001, min(left_s, self._deadline_s / 2, self._timeout_s or left_s))
        try:
            try:
                async with asyncio.timeout(limit_s):
                    reply, service_ns = await self._send(batch.items)
            except TimeoutError:
                raise ProviderTimeoutError(
                    self._too_late(limit_s), hint="check the server, or allow more: options: {deadline_s: ...}"
                ) from None
            except asyncio.CancelledError:
                if (task := asyncio.current_task()) is None or task.cancelling():
                    raise
                raise ProviderError("the provider raised CancelledError, although the call was not cancelled") from None
            service_ns = self._now_ns() - start if service_ns is None else service_ns
            self._check(reply, len(batch.items))
        except BaseException as error:
            self._accounts.lost(batch, error, self._now_ns() - start, number)
            if isinstance(error, RateLimitError):
                self._pacer.refused(ticket, error.retry_after)
            raise
        finally:
            self._pacer.done()
        self._accounts.delivered(batch, reply.usage)
        self._pacer.delivered(ticket, reply.usage.tokens, reply.usage.rate)
        return reply, service_ns, number

    def _too_late(self, limit_s: float) -> str:
        if self._timeout_s is not None and limit_s >= self._timeout_s:
            return f"no complete reply within {limit_s:.3g} s (timeout_s: {self._timeout_s:g})"
        return f"no complete reply within {limit_s:.3g} s (half of deadline_s: {self._deadline_s:g})"
