"""Stands in for a provider whose workers are on a cluster: async, and so packed, paced and committed as any other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from embedmark.api import Embeddings, Limits, PairPredictions, ProviderInfo, Rankings, Usage
from embedmark.distribute.cluster.pool import WorkerDiedError, WorkerPool
from embedmark.errors import BadResponseError, NotAvailableError

# A call that ended so many workers is to blame: it is lost, and the others go on.
_MOST_DEATHS: Final = 3
_FOREVER_S: Final = 1e9  # what computes on a node of our own has no deadline, unless the suite gives one


class ClusterProvider:
    """A provider in the workers of a cluster.

    The driver holds its budget, its journal and its ledger, as for a provider of one process.

    Args:
        info: before load().
        pool: its workers.
        tell: told of each worker that died.
    """

    is_spread, is_timed_out = True, False

    def __init__(self, info: ProviderInfo, pool: WorkerPool, tell: Callable[[str], None] = lambda _: None) -> None:
        self.pool = pool
        self.is_paid = False  # until a reply says that it sent a request
        self._tell = tell
        self._limits = _limits_of(info.limits, pool.size * pool.depth)
        self._info = replace(info, limits=self._limits)
        self._deaths: Counter[Any] = Counter()
        self.cpu_ns = 0
        self.peak_rss_mb = 0.0

    @property
    def info(self) -> ProviderInfo:
        """Return what the provider says of itself; as many calls may be under way as its workers take."""
        return self._info

    @property
    def alive(self) -> bool:
        """Return True if a worker is ready."""
        return any(slot.state == "ready" for slot in self.pool.slots)

    def load(self) -> None:
        """Start the workers and have each load the provider. Raises what load() raises there."""
        self._keep(self.pool.start())

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        reply: Embeddings = await self._ask("encode", list(texts))
        return reply

    async def aencode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Return the vectors of queries: of `encode`, if the provider has no other for them."""
        reply: Embeddings = await self._ask("encode_queries", list(texts))
        return reply

    async def apredict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        reply: PairPredictions = await self._ask("predict", list(pairs))
        return reply

    async def asearch(self, queries: Sequence[str], k: int) -> Rankings:
        reply: Rankings = await self._ask("search", (list(queries), k))
        return reply

    async def aindex(self, documents: Sequence[str]) -> Usage | None:
        usage: Usage | None = self._keep(self.pool.index(documents))
        return usage

    def encode_images(self, images: Sequence[Any]) -> Embeddings:
        import asyncio

        reply: Embeddings = asyncio.run(self._ask("encode_images", list(images)))
        return reply

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int] | None:
        """Return the counts as the provider has them; None if it cannot count."""
        counts: Sequence[int] | None = self._keep(self.pool.ask_now("count_tokens", list(texts)))
        return counts

    def index_bytes(self) -> int | None:
        """Return the size of the index of one worker; None if the provider does not say."""
        size: int | None = self._keep(self.pool.ask_now("index_bytes", None))
        return size

    def observed(self) -> Mapping[str, Any]:
        """Return what calls revealed to one of the workers."""
        facts: Mapping[str, Any] = self._keep(self.pool.ask_now("observed", None)) if self.alive else {}
        return facts

    def thread_pools(self) -> list[dict[str, Any]]:
        """Return the native thread pools of one of the workers."""
        pools: list[dict[str, Any]] = self._keep(self.pool.ask_now("thread_pools", None))
        return pools

    def close(self) -> None:
        """Close the provider in each worker, and end their processes."""
        self.pool.close()

    async def _ask(self, what: str, argument: Any) -> Any:
        alone = bool(self._deaths) and self._deaths[_key_of(argument)] > 0
        try:
            return self._keep(await self.pool.ask(what, argument, alone=alone))
        except WorkerDiedError as error:
            key = _key_of(argument)
            self._deaths[key] += 1
            self._tell(f"a worker died, and its calls are made again elsewhere: {error}")
            if self._deaths[key] >= _MOST_DEATHS:
                message = f"{_MOST_DEATHS} workers died during this call"
                raise BadResponseError(message, retryable=False, may_be_billed=self.is_paid) from None
            raise NotAvailableError("its worker died", retryable=True, may_be_billed=self.is_paid) from None

    def _keep(self, answer: Any) -> Any:
        """Return the value of an answer, and keep what it says of the process. Raises what the provider raised."""
        self.peak_rss_mb = max(self.peak_rss_mb, answer.peak_rss_mb)
        if answer.info is not None:
            self._info = replace(answer.info, limits=self._limits)
        if answer.error is not None:
            raise answer.error
        usage = getattr(answer.value, "usage", None)
        self.is_paid = self.is_paid or bool(getattr(usage, "requests", 0))
        return answer.value


def _limits_of(limits: Limits, most: int) -> Limits:
    """Return limits under which all workers are busy; a concurrency of the provider's own holds for all together."""
    own = limits.concurrency if limits.concurrency > 1 else most
    return replace(limits, concurrency=min(own, most), deadline_s=limits.deadline_s or _FOREVER_S)


def _key_of(argument: Any) -> Any:
    """Return what is the same when the same items are sent again."""
    items = argument[0] if isinstance(argument, tuple) else argument
    return tuple(item if isinstance(item, str | tuple) else id(item) for item in items or ())
