"""How the batches of a pass go to a provider: directly where it computes here, else through the Dispatcher."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Limits
from embedmark.api.items import token_bounds
from embedmark.calls.adapter import Adapter
from embedmark.calls.budget import Budget
from embedmark.calls.dispatch import Dispatcher, incomplete
from embedmark.calls.kept import Done, Keep, RequestLog, Terms
from embedmark.calls.ledger import Ledger, charge, requests_of
from embedmark.calls.order import InOrder, sendable
from embedmark.calls.pack import Batch, pack, slices
from embedmark.calls.replies import Prepared, Reply
from embedmark.calls.split import AS_USUAL, Mode
from embedmark.errors import BadResponseError, LimitExceededError, ProviderError

if TYPE_CHECKING:
    import numpy.typing as npt

# stream() holds at most so many batches, for each call that may be under way, to put them in order.
_WINDOW = 4


class Sender:
    """Sends batches of one provider, and keeps its ledger.

    Args:
        adapter: the provider.
        check: raises BadResponseError for a reply to n items that does not hold n values.
        budget: shared by all providers of a run.
        terms: prices, the bound on a call, and who is told of a wait.
        now_ns: the clock that measures.

    Attributes:
        is_direct: True while nothing is paced, retried or billed. A provider that raises a retryable error, or says
            that it has sent a request, goes the careful way from then on.
        log: takes every request before it is sent, where a run has a journal.
    """

    def __init__(
        self,
        adapter: Adapter,
        check: Callable[[object, int], Any],
        budget: Budget,
        terms: Terms,
        now_ns: Callable[[], int],
    ) -> None:
        self.adapter = adapter
        self.budget = budget
        self.ledger = Ledger()
        self.log: RequestLog | None = None
        self._check = check
        self._terms = terms
        self._now_ns = now_ns
        self._dispatcher: Dispatcher | None = None
        is_billed = bool(terms.usd_per_1m_tokens or terms.usd_per_1k_images)
        local = not adapter.is_async and adapter.info.limits == Limits() and not is_billed
        self.is_direct = local and terms.timeout_s is None

    def close(self) -> None:
        """Forget the event loop's state; the adapter closes the provider."""
        self._dispatcher = None

    def direct(self, items: Sequence[Any]) -> Reply | None:
        """Return the reply of one call here; None if the provider turns out to need the careful way."""
        try:
            value = self.adapter.call(items)
        except ProviderError as error:
            self._go_careful(error)
            return None
        if requests_of(value):
            self._charge(items, value)
        return Reply(value)

    def keep_attempts(self, done: list[Done]) -> None:
        """These were paid for, and the pass that they belong to will have no row."""
        if self.is_direct:
            return
        self.ledger.attempts += [incomplete(one) for one in done]

    def _go_careful(self, error: ProviderError) -> None:
        if not error.retryable:
            raise error
        self.is_direct = False

    def _charge(self, items: Sequence[Any], value: Any) -> None:
        """It computes elsewhere after all: this reply is put on the books, and no other goes past them."""
        self.is_direct = False
        plugin, priced = self.adapter.info.plugin, self._terms.usd_per_1m_tokens is not None
        if self.log is not None:  # the first one that it sent unasked: known only now
            bounded = Batch(range(len(items)), items, token_bounds(items))
            self.log.delivered(self.log.sent(bounded, retry=False), value.usage.tokens, 0)
        charge(items, value.usage, self.ledger, self.budget, priced=priced, plugin=plugin)

    async def single(self, items: Sequence[Any]) -> Reply:
        """Send items as one call. Raises LimitExceededError if it would be split, or holds an empty text to skip."""
        self.budget.check_time()
        ready = sendable(items, self.adapter.info.limits)
        if len(ready.kept) < len(ready.items):
            raise LimitExceededError(
                "an empty text is skipped, so this call has nothing to send",
                hint="options: {empty: space} sends a space; or remove the empty texts from the dataset",
            )
        batch = Batch(ready.kept, ready.items, token_bounds(ready.items))
        done = await self.one(batch)
        if len(done) > 1:
            self.ledger.attempts += [incomplete(one) for one in done]
            raise LimitExceededError(f"the provider does not take {len(items)} items in one call")
        return Reply(done[0].reply, done[0].service_ns, done[0].throttled_ns, done[0].retries)

    def stream(
        self, items: Iterable[Any], batch_size: int, take: Callable[[object, int], Any], blank: npt.NDArray[Any]
    ) -> Iterator[npt.NDArray[Any]]:
        """Send items as there is room, and yield the values of each batch in the order of the items.

        Args:
            take: gives the values of a reply to n items.
            blank: the row of an item that is not sent, shape (1, ...).
        """
        limits = self.adapter.info.limits
        line = InOrder(blank)

        def sent() -> Iterator[tuple[int, Any]]:
            for i, item in enumerate(items):
                ready = sendable([item], limits, first=i)
                if ready.kept:
                    yield i, ready.items[0]
                else:
                    line.skip(i)

        batches = pack(sent(), batch_size, limits, self.adapter.count_tokens)
        window = _WINDOW * limits.concurrency
        for done in self.plain(batches) if self.is_direct else self.careful(batches, window):
            yield from line.put(done.batch.indexes, take(done.reply, len(done.batch.items)))
        yield from line.rest()

    def collect(self, ready: Prepared, into: list[Done]) -> None:
        """Send a pass, and append each reply as it comes."""
        if self.is_direct:
            batches = slices(ready.order, ready.items, ready.batch_size)
            into.extend(self.plain(batches, Mode(ready.fixed, ready.refused)))
            return
        self.budget.check_time()
        self.adapter.wait(self._drain(self._packed(ready), into, Mode(ready.fixed, ready.refused)))

    def _packed(self, ready: Prepared) -> Iterator[Batch]:
        """Return the requests of a pass; where nothing is billed or limited, their tokens are not counted."""
        limits, numbered = self.adapter.info.limits, ((i, ready.items[i]) for i in ready.order)
        if self.adapter.is_ours and not _bounds_requests(limits):
            return slices(ready.order, ready.items, ready.batch_size)
        count = self.adapter.count_tokens
        return pack(numbered, ready.batch_size, limits, count, refused=ready.refused, fixed=ready.fixed)

    def collect_kept(self, ready: Prepared, keep: Keep) -> None:
        """Send what of a pass is not kept yet, and keep each reply as it comes; the pass goes on after a bad one."""
        mode = Mode(ready.fixed, ready.refused, keep)
        try:
            if self.is_direct:
                self._plain_kept(keep.rest(slices(ready.order, ready.items, ready.batch_size)), mode, keep)
                return
            self.budget.check_time()
            self.adapter.wait(self._drain(keep.rest(self._packed(ready)), [], mode))
        finally:
            keep.flush()

    def _plain_kept(self, batches: Iterator[Batch], mode: Mode, keep: Keep) -> None:
        for batch in batches:
            if not self.is_direct:  # a call has shown that it computes elsewhere
                self.adapter.wait(self._drain(iter([batch.bounded()]), [], mode))
                continue
            start = self._now_ns()
            for done in self.plain(iter([batch]), mode):
                self._keep_plain(done, start, keep)

    def _keep_plain(self, done: Done, start: int, keep: Keep) -> None:
        """Commit a reply that was computed here, if its shape is right; a broken one costs its items."""
        try:
            self._check(done.reply, len(done.batch.items))
        except BadResponseError as error:
            keep.lose(done.batch, error)
            if keep.has_given_up:
                raise
        else:
            keep.add(done, took_ns=self._now_ns() - start)

    async def _drain(self, batches: Iterator[Batch], into: list[Done], mode: Mode) -> None:
        async for done in self._dispatch().stream(batches, mode=mode):
            into.append(done)

    def plain(self, batches: Iterator[Batch], mode: Mode = AS_USUAL) -> Iterator[Done]:
        """Send batches one by one, directly for as long as the provider computes here."""
        for batch in batches:
            self.budget.check_time()
            if self.is_direct:
                reply = self.direct(batch.items)
                if reply is not None:
                    yield Done(batch, reply.value, 0, 0, 0)
                    continue
            yield from self.adapter.wait(self.one(batch.bounded(), mode))

    def careful(self, batches: Iterator[Batch], window: int) -> Iterator[Done]:
        """Send batches through the dispatcher, which holds at most `window` replies out of order.

        The event loop runs only while the next result is wanted.
        """
        self.budget.check_time()
        stream = self.adapter.wait(self._open(batches, window))
        try:
            while (done := self.adapter.wait(_next(stream))) is not None:
                yield done
        finally:
            self.adapter.wait(stream.aclose())

    async def _open(self, batches: Iterator[Batch], window: int) -> Any:
        return self._dispatch().stream(batches, window)

    async def one(self, batch: Batch, mode: Mode = AS_USUAL) -> list[Done]:
        """Send one batch through the dispatcher; several replies where it was split."""
        return await self._dispatch().one(batch, mode)

    def _dispatch(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(
                self.adapter.send, self._check, self.adapter.info.limits, self.ledger, self.budget,
                terms=replace(self._terms, log=self.log), now_ns=self._now_ns,
                room=None if self.adapter.is_async else self.adapter.room,
            )  # fmt: skip
        return self._dispatcher


def _bounds_requests(limits: Limits) -> bool:
    return any((limits.inputs_per_request, limits.tokens_per_request, limits.tokens_per_input, limits.pairs_per_search))


async def _next(stream: AsyncIterator[Done]) -> Done | None:
    return await anext(stream, None)
