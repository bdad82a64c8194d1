"""One provider as the runner sees it: items in, one array out, in the order of the items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from embedmark.api import Provider, Usage
from embedmark.calls.adapter import Adapter
from embedmark.calls.budget import Budget
from embedmark.calls.kept import Done, Keep, RequestLog, Terms
from embedmark.calls.ledger import Ledger
from embedmark.calls.order import both_orders, grouped_by_first, longest_first, mean_of_orders, sendable
from embedmark.calls.refusals import Refusal
from embedmark.calls.replies import Pass, Prepared, Reply
from embedmark.calls.retry import Tell, tell_nobody
from embedmark.calls.sender import Sender
from embedmark.calls.values import Values
from embedmark.errors import ProviderError
from embedmark.machine.process import perf_counter_ns

if TYPE_CHECKING:
    import numpy.typing as npt


class Caller:
    """Calls a provider in batches. Adapts both ways: sync or async provider, bi- or cross-encoder.

    An item is a text, a pair of texts, or a decoded image, which goes to `encode_images`. Texts of a pass are sorted by
    length across the pass, longest first, so that a batch holds texts of like length and little padding; results are
    put back in place. Length is in tokens where all of them were counted before, else in characters. (Unsorted batches
    of 32 ran MiniLM at 0.69 of a plain `encode` of all texts; sorted ones at 1.00.)

    A provider that computes here is called directly. An async one, and a sync one with limits of its own or a price
    of its tokens, goes through the Dispatcher: packed, paced, retried, split, within the budget. A sync one that raises
    a retryable error, or says that it has sent a request, is sent there from then on.

    Args:
        provider: constructed; loaded before the first call.
        budget: shared by all providers of a run; default: none.
        usd_per_1m_tokens, usd_per_1k_searches, usd_per_1k_images: its prices, for the budget; None: it bills none.
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
        usd_per_1k_images: float | None = None,
        now_ns: Callable[[], int] = perf_counter_ns,
        timeout_s: float | None = None,
    ) -> None:
        self.provider = provider
        self.is_cross = provider.info.kind == "cross-encoder"
        self.token_counts: dict[Any, int] = {}  # of the texts or pairs that were counted: a pass is sorted by them
        self.budget = budget or Budget()
        self._adapter = Adapter(provider, now_ns)
        self._values = Values(self._adapter)
        terms = Terms(usd_per_1m_tokens, timeout_s, None, self._tell, usd_per_1k_searches, usd_per_1k_images)
        self._sender = Sender(self._adapter, self._values.take, self.budget, terms, now_ns)
        self._both_orders = self.is_cross and provider.info.symmetric
        self._refused: dict[Any, ProviderError] = {}
        self.tell: Tell = tell_nobody

    @property
    def ledger(self) -> Ledger:
        """Counts of what was sent, delivered and billed."""
        return self._sender.ledger

    def _tell(self, wait_s: float, error: ProviderError | None) -> None:
        self.tell(wait_s, error)

    def log_requests(self, log: RequestLog) -> None:
        """Log every request in a run's journal from now on, before it is sent."""
        self._sender.log = log

    def run(
        self, items: Sequence[Any], batch_size: int, *, average: bool = True, refused: list[Refusal] | None = None
    ) -> Pass:
        """Make one pass over `items` in batches of at most `batch_size`.

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
        """Return what send() takes, so that no clock runs while items are put in order. Raises as run().

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
        """Make only the calls of a pass: what a clock should see. Raises as run().

        Args:
            ready: of prepare().
            into: takes each reply as it comes, for one who keeps what a failed pass has delivered. Without it, these
                are on the ledger as paid for and of no use.
            keep: takes each reply as it comes, in place of `into`, and what bad replies cost: the pass goes on.
        """
        done: list[Done] = [] if into is None else into
        try:
            if keep is None:
                self._sender.collect(ready, done)
            else:
                done = into = keep.done
                self._sender.collect_kept(ready, keep)
        except BaseException:
            if into is None:
                self._sender.keep_attempts(done)
            raise
        if ready.refused and not done:
            raise ready.refused[0].error  # all of them: it is not for what one text holds
        self._refused.update((one.item, one.error) for one in ready.refused or ())
        return done

    def gather(self, ready: Prepared, done: list[Done]) -> Pass:
        """Return the replies of send() checked, and their values in the order of the items. Raises BadResponseError.

        Of a pass that failed, `done` may be what was delivered: all other values are NaN.
        """
        try:
            whole = self._values.put_back(done, len(ready.items), ready.empty, counted=not self.is_direct)
        except BaseException:
            self._sender.keep_attempts(done)
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
        """Yield values of the items, batch by batch, in their order: for more items than fit into memory.

        Neither the items nor the results are held: items are taken as there is room, in their own order. An empty text
        that is skipped is a row of NaN. Raises as run().
        """
        return self._sender.stream(items, batch_size, self._values.take, self.blank())

    def call(self, items: Sequence[Any]) -> Reply:
        """Make one call with these items, as they are; values() is to check the reply, off the clock.

        Raises as run(), and LimitExceededError where the provider does not take so many at once, or an empty text that
        is never sent.
        """
        self.budget.check_time()
        found = self._sender.direct(self._as_sent(items)) if self._sender.is_direct else None
        if found is not None:
            return found
        return cast(Reply, self.wait(self.acall(items)))

    async def acall(self, items: Sequence[Any]) -> Reply:
        """Do the same as call(), for work that wait() runs: up to `workers` may be open together.

        Not for a provider that computes here.
        """
        return await self._sender.single(self._as_sent(items))

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
        """Return the array in a reply to call(). Raises BadResponseError."""
        if self._both_orders:
            return mean_of_orders(self._values.take(reply.value, 2 * n), n)
        return self._values.take(reply.value, n)

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
        self._sender.close()
        self._adapter.close()

    def _as_sent(self, items: Sequence[Any]) -> Sequence[Any]:
        return both_orders(items) if self._both_orders else items

    @property
    def is_direct(self) -> bool:
        """Return True if the provider computes here, so that nothing is paced, retried or billed."""
        return self._sender.is_direct

    def blank(self) -> npt.NDArray[Any]:
        """Return the row of NaN for an item without a value, shape (1, ...)."""
        return self._values.blank()
