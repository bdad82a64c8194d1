"""One provider as the runner sees it: items in, one array out, in the order of the items."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Limits, Provider, Usage
from embedmark.api.items import token_bound
from embedmark.calls.adapter import Adapter
from embedmark.calls.budget import Budget
from embedmark.calls.dispatch import Dispatcher, incomplete
from embedmark.calls.kept import Done, Keep, RequestLog, Terms
from embedmark.calls.ledger import Ledger, charge, requests_of
from embedmark.calls.order import (
    InOrder,
    blank_ranking,
    blank_row,
    both_orders,
    grouped_by_first,
    longest_first,
    mean_of_orders,
    put_back,
    sendable,
)
from embedmark.calls.pack import Batch, pack, slices
from embedmark.calls.refusals import Refusal
from embedmark.calls.replies import Pass, Prepared, Reply, add_usage, rankings_of, values_of, vectors_of
from embedmark.calls.split import AS_USUAL, Mode
from embedmark.errors import BadResponseError, LimitExceededError, ProviderError

if TYPE_CHECKING:
    import numpy.typing as npt

# stream() holds at most so many batches, for each call that may be under way, to put them in order.
_WINDOW = 4


class Caller:
    """Calls a provider in batches. Adapts both ways: sync or async provider, bi- or cross-encoder.

    An item is a text, a pair of texts, or a decoded image, which goes to `encode_images`.

    Texts of a pass are sorted by length across the pass, longest first, so that a batch holds texts of like length
    and little padding; results are put back in place. Length is in tokens where all of them were counted before, else
    in characters. (Unsorted batches of 32 ran MiniLM at 0.69 of a plain
    `encode` of all texts, which sorts too; sorted ones at 1.00.)

    A provider that computes here is called directly. An async one, and a sync one with limits of its own or a price
    of its tokens, goes through the Dispatcher: packed, paced, retried, split, within the budget. A sync one that raises
    a retryable error, or says that it has sent a request, is sent there from then on.

    Args:
        provider: constructed; loaded before the first call.
        budget: shared by all providers of a run; default: none.
        usd_per_1m_tokens: what its tokens cost, for the budget.
        usd_per_1k_searches: what its searches cost, where it bills these.
        now_ns: the clock that measures.
        timeout_s: seconds that one call may take; the provider is then called in a thread, which can be given up.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        budget: Budget | None = None,
        usd_per_1m_tokens: float | None = None,
        usd_per_1k_searches: float | None = None,
        now_ns: Callable[[], int] = time.perf_counter_ns,
        timeout_s: float | None = None,
    ) -> None:
        self.provider = provider
        self.is_cross = provider.info.kind == "cross-encoder"
        self.ledger = Ledger()
        self.token_counts: dict[Any, int] = {}
        """Tokens of the texts or pairs that were counted so far: a pass is sorted by them."""
        self.budget = budget or Budget()
        self._adapter = Adapter(provider, now_ns)
        self._take: Callable[[object, int], npt.NDArray[Any]] = values_of if self.is_cross else vectors_of
        if provider.info.kind == "ranker":
            self._take = self._rankings
        self._usd_per_1m_tokens, self._usd_per_1k_searches = usd_per_1m_tokens, usd_per_1k_searches
        self._now_ns = now_ns
        self._both_orders = self.is_cross and provider.info.symmetric
        self._dispatcher: Dispatcher | None = None
        self._refused: dict[Any, ProviderError] = {}
        self._timeout_s = timeout_s
        self._log: RequestLog | None = None
        self.tell: Callable[[float], None] = lambda _: None  # told of a wait for a rate limit, in seconds
        local = not self._adapter.is_async and provider.info.limits == Limits() and not usd_per_1m_tokens
        self._direct = local and timeout_s is None

    def log_requests(self, log: RequestLog) -> None:
        """Log every request in a run's journal from now on, before it is sent."""
        self._log = log

    def run(
        self, items: Sequence[Any], batch_size: int, *, average: bool = True, refused: list[Refusal] | None = None
    ) -> Pass:
        """One pass over `items` in batches of at most `batch_size`.

        The pairs of a symmetric cross-encoder are predicted in both orders and averaged, unless `average` is False.

        Args:
            refused: takes the items that the provider refuses alone while it takes others; their rows are NaN, and they
                are not sent again. Without it, the first one raises.

        Raises ProviderError, BadResponseError for a reply of the wrong shape, BudgetError, and whatever a broken
        provider raises.
        """
        ready = self.prepare(items, batch_size, average=average, refused=refused)
        return self.gather(ready, self.send(ready))

    def prepare(
        self, items: Sequence[Any], batch_size: int, *, average: bool = True, fixed: bool = False,
        refused: list[Refusal] | None = None,
    ) -> Prepared:  # fmt: skip
        """What send() takes, so that a clock need not run while items are put in order. Raises as run().

        With `fixed`, a batch that memory does not hold raises OutOfMemoryError, where it may be split otherwise.
        """
        both = self._both_orders and average
        ready = sendable(both_orders(items) if both else items, self.provider.info.limits)
        order = longest_first(ready.items, self.token_counts)
        if ready.empty:
            kept = set(ready.kept)
            order = [i for i in order if i in kept]
        if self.provider.info.limits.pairs_per_search and self.is_cross:
            order = grouped_by_first(ready.items, order)
        if self._refused:
            again = {i for i in order if ready.items[i] in self._refused}
            order = [i for i in order if i not in again]
            if refused is not None:
                refused += [Refusal(i, ready.items[i], self._refused[ready.items[i]]) for i in sorted(again)]
        return Prepared(ready.items, order, batch_size, both, ready.empty, fixed, refused)

    def send(self, ready: Prepared, into: list[Done] | None = None, keep: Keep | None = None) -> list[Done]:
        """Only the calls of a pass: what a clock should see. Raises as run().

        Args:
            ready: of prepare().
            into: takes each reply as it comes, for one who keeps what a failed pass has delivered. Without it, these
                are on the ledger as paid for and of no use.
            keep: takes each reply as it comes, in place of `into`, and what bad replies cost: the pass goes on.
        """
        done: list[Done] = [] if into is None else into
        try:
            if keep is None:
                self._collect(ready, done)
            else:
                done = into = keep.done
                self._collect_kept(ready, keep)
        except BaseException:
            if into is None:
                self._keep_attempts(done)
            raise
        if ready.refused and not done:
            raise ready.refused[0].error  # all of them: it is not for what one text holds
        self._refused.update((one.item, one.error) for one in ready.refused or ())
        return done

    def gather(self, ready: Prepared, done: list[Done]) -> Pass:
        """The replies of send() checked, and their values in the order of the items. Raises BadResponseError.

        Of a pass that failed, `done` may be what was delivered: all other values are NaN.
        """
        try:
            whole = self._put_back(done, len(ready.items), ready.empty)
        except BaseException:
            self._keep_attempts(done)
            raise
        return replace(whole, values=mean_of_orders(whole.values, len(ready.items) // 2)) if ready.both else whole

    def index(self, documents: Sequence[str]) -> Usage | None:
        """Give a ranker the documents that run() then searches; return what that used, if it says so. Raises as run().

        The call is not retried: a half-built index is the provider's to clear.
        """
        self.budget.check_time()
        return self._adapter.index(documents)

    def search(self, queries: Sequence[Any], depth: int, batch_size: int) -> Pass:
        """Return the documents that a ranker finds for each query, as float64 (n, depth, 2). Raises as run()."""
        self.depth = depth
        return self.run(queries, batch_size)

    def stream(self, items: Iterable[Any], batch_size: int) -> Iterator[npt.NDArray[Any]]:
        """Values of the items, batch by batch, in their order: for more items than fit into memory.

        Neither the items nor the results are held: items are taken as there is room, in their own order. An empty text
        that is skipped is a row of NaN. Raises as run().
        """
        limits = self.provider.info.limits
        line = InOrder(self._blank())

        def sent() -> Iterator[tuple[int, Any]]:
            for i, item in enumerate(items):
                ready = sendable([item], limits, first=i)
                if ready.kept:
                    yield i, ready.items[0]
                else:
                    line.skip(i)

        batches = pack(sent(), batch_size, limits, getattr(self.provider, "count_tokens", None))
        for done in self._careful(batches, _WINDOW * limits.concurrency) if not self._direct else self._plain(batches):
            yield from line.put(done.batch.indexes, self._take(done.reply, len(done.batch.items)))
        yield from line.rest()

    def call(self, items: Sequence[Any]) -> Reply:
        """One call with these items, as they are; the value is to be checked by values(), off the clock.

        Raises as run(), and LimitExceededError where the provider does not take so many at once, or an empty text that
        is never sent.
        """
        self.budget.check_time()
        if self._direct:
            sent = self._as_sent(items)
            try:
                value = self._adapter.call(sent)
            except ProviderError as error:
                self._go_careful(error)
            else:
                if requests_of(value):
                    self._charge(sent, value)
                return Reply(value)
        reply: Reply = self.wait(self.acall(items))
        return reply

    async def acall(self, items: Sequence[Any]) -> Reply:
        """As call(), for work that wait() runs: up to `workers` may be under way together.

        Not for a provider that computes here.
        """
        self.budget.check_time()
        ready = sendable(self._as_sent(items), self.provider.info.limits)
        if len(ready.kept) < len(ready.items):
            raise LimitExceededError(
                "an empty text is skipped here, and this call would send nothing in its place",
                hint="options: {empty: space} sends a space; or take the empty texts out of the dataset",
            )
        batch = Batch(ready.kept, ready.items, sum(token_bound(item) for item in ready.items))
        done = await self._one(batch)
        if len(done) > 1:
            self.ledger.attempts += [incomplete(one) for one in done]
            raise LimitExceededError(f"the provider does not take {len(items)} items in one call")
        return Reply(done[0].reply, done[0].service_ns, done[0].throttled_ns, done[0].retries)

    @property
    def depth(self) -> int:
        """Documents that a ranker is asked for, for each query."""
        return self._adapter.depth

    @depth.setter
    def depth(self, k: int) -> None:
        self._adapter.depth = k

    @property
    def workers(self) -> int:
        """Calls that may be under way at once: 1, or `limits.concurrency` of an async provider."""
        return self.provider.info.limits.concurrency if self._adapter.is_async else 1

    def values(self, reply: Reply, n: int) -> npt.NDArray[Any]:
        """The array in a reply to call(). Raises BadResponseError."""
        if self._both_orders:
            return mean_of_orders(self._take(reply.value, 2 * n), n)
        return self._take(reply.value, n)

    def sync(self) -> None:
        """Wait until the device has finished, where the provider computes on one."""
        self._adapter.sync()

    def wait(self, work: Any) -> Any:
        """Run a coroutine on the event loop of this provider's connections, to its end."""
        return self._adapter.wait(work)

    def close(self) -> None:
        """Close the provider, and the event loop even where that fails. May be called twice.

        A call that hangs in a thread is not waited for. Raises what the provider raises.
        """
        self._dispatcher = None
        self._adapter.close()

    def _keep_attempts(self, done: list[Done]) -> None:
        """These were paid for, and the pass that they belong to will have no row."""
        if self._direct:
            return
        self.ledger.attempts += [incomplete(one) for one in done]

    def _go_careful(self, error: ProviderError) -> None:
        if not error.retryable:
            raise error
        self._direct = False

    def _charge(self, items: Sequence[Any], value: Any) -> None:
        """It computes elsewhere after all: this reply is put on the books, and no other goes past them."""
        self._direct = False
        plugin, priced = self.provider.info.plugin, self._usd_per_1m_tokens is not None
        if self._log is not None:  # the first one that it sent unasked: known only now
            bounded = Batch(range(len(items)), items, sum(token_bound(item) for item in items))
            self._log.delivered(self._log.sent(bounded, retry=False), value.usage.tokens, 0)
        charge(items, value.usage, self.ledger, self.budget, priced=priced, plugin=plugin)

    def _collect(self, ready: Prepared, into: list[Done]) -> None:
        if self._direct:
            batches = slices(ready.order, ready.items, ready.batch_size)
            into.extend(self._plain(batches, Mode(ready.fixed, ready.refused)))
            return
        numbered = ((i, ready.items[i]) for i in ready.order)
        count = getattr(self.provider, "count_tokens", None)
        self.budget.check_time()
        batches = pack(
            numbered, ready.batch_size, self.provider.info.limits, count, refused=ready.refused, fixed=ready.fixed
        )
        self.wait(self._drain(batches, into, Mode(ready.fixed, ready.refused)))

    def _collect_kept(self, ready: Prepared, keep: Keep) -> None:
        mode = Mode(ready.fixed, ready.refused, keep)
        try:
            if self._direct:
                self._plain_kept(keep.rest(slices(ready.order, ready.items, ready.batch_size)), mode, keep)
                return
            numbered = ((i, ready.items[i]) for i in ready.order)
            count = getattr(self.provider, "count_tokens", None)
            self.budget.check_time()
            batches = pack(numbered, ready.batch_size, self.provider.info.limits, count, refused=ready.refused)
            self.wait(self._drain(keep.rest(batches), [], mode))
        finally:
            keep.flush()

    def _plain_kept(self, batches: Iterator[Batch], mode: Mode, keep: Keep) -> None:
        for batch in batches:
            if not self._direct:  # a call has shown that it computes elsewhere
                self.wait(self._drain(iter([batch.bounded()]), [], mode))
                continue
            start = self._now_ns()
            for done in self._plain(iter([batch]), mode):
                self._keep_plain(done, start, keep)

    def _keep_plain(self, done: Done, start: int, keep: Keep) -> None:
        """Commit a reply that was computed here, if its shape is right; a broken one costs its items."""
        try:
            self._take(done.reply, len(done.batch.items))
        except BadResponseError as error:
            keep.lose(done.batch, error)
            if keep.has_given_up:
                raise
        else:
            keep.add(done, took_ns=self._now_ns() - start)

    async def _drain(self, batches: Iterator[Batch], into: list[Done], mode: Mode) -> None:
        async for done in self._dispatch().stream(batches, mode=mode):
            into.append(done)

    def _plain(self, batches: Iterator[Batch], mode: Mode = AS_USUAL) -> Iterator[Done]:
        for batch in batches:
            self.budget.check_time()
            if self._direct:
                try:
                    value = self._adapter.call(batch.items)
                except ProviderError as error:
                    self._go_careful(error)
                else:
                    if requests_of(value):
                        self._charge(batch.items, value)
                    yield Done(batch, value, 0, 0, 0)
                    continue
            yield from self.wait(self._one(batch.bounded(), mode))

    def _careful(self, batches: Iterator[Batch], window: int) -> Iterator[Done]:
        # The loop runs only while the next result is wanted.
        self.budget.check_time()
        stream = self.wait(self._open(batches, window))
        try:
            while (done := self.wait(_next(stream))) is not None:
                yield done
        finally:
            self.wait(stream.aclose())

    async def _open(self, batches: Iterator[Batch], window: int) -> Any:
        return self._dispatch().stream(batches, window)

    async def _one(self, batch: Batch, mode: Mode = AS_USUAL) -> list[Done]:
        return await self._dispatch().one(batch, mode)

    def _dispatch(self) -> Dispatcher:
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(
                self._adapter.send, self._take, self.provider.info.limits, self.ledger, self.budget,
                terms=Terms(
                    self._usd_per_1m_tokens, self._timeout_s, self._log, self._tell,
                    usd_per_1k_searches=self._usd_per_1k_searches,
                ), now_ns=self._now_ns,
                room=None if self._adapter.is_async else self._adapter.room,
            )  # fmt: skip
        return self._dispatcher

    def _tell(self, wait_s: float) -> None:
        self.tell(wait_s)

    def _as_sent(self, items: Sequence[Any]) -> Sequence[Any]:
        return both_orders(items) if self._both_orders else items

    def _rankings(self, reply: object, n: int) -> npt.NDArray[Any]:
        return rankings_of(reply, n, self._adapter.depth)

    @property
    def is_direct(self) -> bool:
        """Return True if the provider computes here, so that nothing is paced, retried or billed."""
        return self._direct

    def blank(self) -> npt.NDArray[Any]:
        """Return the row of NaN that stands for an item without a value, shape (1, ...)."""
        return self._blank()

    def _blank(self) -> npt.NDArray[Any]:
        if self.provider.info.kind == "ranker":
            return blank_ranking(self._adapter.depth)
        return blank_row(None if self.is_cross else self.provider.info.dim or 1)

    def _put_back(self, done: list[Done], n: int, empty: int) -> Pass:
        rows = [(one.batch.indexes, self._take(one.reply, len(one.batch.items))) for one in done]
        return Pass(
            put_back(rows, n, self._blank()),
            add_usage([one.reply.usage for one in done]),
            len(done),
            None if self._direct else sum(one.retries for one in done),
            None if self._direct else sum(one.throttled_ns for one in done),
            empty,
        )


async def _next(stream: AsyncIterator[Done]) -> Done | None:
    return await anext(stream, None)
