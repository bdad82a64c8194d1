"""One provider as the runner sees it: items in, one array out, in the order of the items."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedmark.api import Provider, Usage
from embedmark.calls.check import values_of, vectors_of
from embedmark.errors import BadResponseError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(eq=False, slots=True)
class Pass:
    """What one pass over a list of items gave.

    Attributes:
        values: float32 (n, d) of a bi-encoder, floating (n,) of a cross-encoder, in the order of the items.
        usage: the usage of all calls, added up.
        calls: how many calls the pass took.
    """

    values: npt.NDArray[np.floating[Any]]
    usage: Usage
    calls: int


class Caller:
    """Calls a provider in batches. Adapts both ways: sync or async provider, bi- or cross-encoder.

    Texts of a pass are sorted by length across the pass, longest first, so that a batch holds texts of like length
    and little padding; results are put back in place. (Unsorted batches of 32 ran MiniLM at 0.69 of a plain
    `encode` of all texts, which sorts too; sorted ones at 1.00.)
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.is_cross = provider.info.kind == "cross-encoder"
        name = "predict" if self.is_cross else "encode"
        self._sync: Callable[[Any], Any] | None = getattr(provider, name, None)
        self._async: Callable[[Any], Awaitable[Any]] | None = getattr(provider, f"a{name}", None)
        self._images: Callable[[Any], Any] | None = getattr(provider, "encode_images", None)
        self._take: Callable[[object, int], npt.NDArray[Any]] = values_of if self.is_cross else vectors_of
        self._runner: asyncio.Runner | None = None

    def run(self, items: Sequence[Any], batch_size: int) -> Pass:
        """One pass over `items` in batches of at most `batch_size`.

        Raises ProviderError, BadResponseError for a reply of the wrong shape, and whatever a broken provider raises.
        """
        order = longest_first(items)
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        replies = self._all([[items[i] for i in batch] for batch in batches])
        return self._put_back(batches, replies, len(items))

    def call(self, items: Sequence[Any]) -> Any:
        """One call with these items, as they are; the provider's reply, unchecked (check it off the clock)."""
        function = self._function(items)
        if function is not None:
            return function(items)
        return self._wait(self._one(items))

    def values(self, reply: object, n: int) -> npt.NDArray[Any]:
        """The array in a reply to call(). Raises BadResponseError."""
        return self._take(reply, n)

    def sync(self) -> None:
        """Wait until the device has finished, where the provider computes on one."""
        barrier = getattr(self.provider, "sync", None)
        if barrier is not None:
            barrier()

    def close(self) -> None:
        """Close the provider and the event loop. May be called twice."""
        self.provider.close()
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _all(self, batches: Sequence[Sequence[Any]]) -> list[Any]:
        function = self._function(batches[0]) if batches else self._sync
        if function is not None:
            return [function(batch) for batch in batches]
        replies: list[Any] = self._wait(self._gather(batches))
        return replies

    def _function(self, items: Sequence[Any]) -> Callable[[Any], Any] | None:
        """What these items go to: `encode_images` for images; None for what only an async provider takes."""
        return self._images if items and not isinstance(items[0], str | tuple) else self._sync

    async def _gather(self, batches: Sequence[Sequence[Any]]) -> list[Any]:
        gate = asyncio.Semaphore(self.provider.info.limits.concurrency)

        async def one(batch: Sequence[Any]) -> Any:
            async with gate:
                return await self._one(batch)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(batch)) for batch in batches]
        return [task.result() for task in tasks]

    async def _one(self, items: Sequence[Any]) -> Any:
        assert self._async is not None  # noqa: S101 - the registry admits exactly one of the two
        return await self._async(items)

    def _wait(self, work: Any) -> Any:
        if self._runner is None:
            self._runner = asyncio.Runner()
        try:
            return self._runner.run(work)
        except BaseExceptionGroup as group:
            # TaskGroup wraps even a single failure; the first one is the one to report.
            raise group.exceptions[0] from None

    def _put_back(self, batches: list[list[int]], replies: list[Any], n: int) -> Pass:
        import numpy as np

        arrays = [self._take(reply, len(batch)) for batch, reply in zip(batches, replies, strict=True)]
        if len({array.shape[1:] for array in arrays}) > 1:
            dims = sorted({array.shape[1] for array in arrays})
            raise BadResponseError(f"encode() returned vectors of different dimensions: {dims}")
        values = np.empty((n, *arrays[0].shape[1:]), dtype=arrays[0].dtype)
        for batch, array in zip(batches, arrays, strict=True):
            values[batch] = array
        return Pass(values, add_usage([reply.usage for reply in replies]), len(replies))


def longest_first(items: Sequence[Any]) -> list[int]:
    """Indexes of `items` by falling length in characters; of pairs, both texts together. Ties keep their order.

    Images keep theirs: a model scales them all to one size.
    """
    lengths = [len(item) if isinstance(item, str) else sum(map(len, item)) if isinstance(item, tuple) else 0
               for item in items]  # fmt: skip
    return sorted(range(len(items)), key=lambda i: -lengths[i])


def add_usage(usages: Sequence[Usage]) -> Usage:
    """The usage of several calls. A count that any of them does not know is unknown for all."""

    def total(counts: list[int | None]) -> int | None:
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None

    return Usage(
        tokens=total([usage.tokens for usage in usages]),
        requests=sum(usage.requests for usage in usages),
        truncated_texts=total([usage.truncated_texts for usage in usages]),
        truncated_tokens=total([usage.truncated_tokens for usage in usages]),
        rate=usages[-1].rate if usages else None,
    )
