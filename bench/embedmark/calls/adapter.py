"""One provider, sync or async, as a coroutine; its threads and its event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Final

from embedmark.api import Embeddings, PairPredictions, Provider, ProviderInfo, Rankings, Usage
from embedmark.api.items import Query
from embedmark.calls.loops import Loop, new_loop
from embedmark.calls.threads import Threads
from embedmark.errors import ProviderError, words_of
from embedmark.machine.process import perf_counter_ns

# The method that a provider's items go to, and `a` before it where it is async.
METHODS = {"bi-encoder": "encode", "cross-encoder": "predict", "ranker": "search"}


class Adapter:
    """Calls one provider's method, in a thread where it is sync, on the event loop of its connections where it is not.

    Args:
        provider: constructed; loaded before the first call.
        now_ns: the clock that measures; a thread takes the time of its call itself.

    Attributes:
        depth: documents that a ranker is asked for, for each query.
    """

    def __init__(self, provider: Provider, now_ns: Callable[[], int] = perf_counter_ns) -> None:
        name = METHODS[provider.info.kind]
        self._provider = provider
        self._now_ns = now_ns
        self.depth = 1
        self._sync: Callable[..., Any] | None = getattr(provider, name, None)
        self._async: Callable[..., Awaitable[Any]] | None = getattr(provider, f"a{name}", None)
        encodes = name == "encode"
        self._queries: Callable[[Any], Any] | None = getattr(provider, "encode_queries", None) if encodes else None
        self._aqueries: Callable[..., Any] | None = getattr(provider, "aencode_queries", None) if encodes else None
        self._images: Callable[[Any], Any] | None = getattr(provider, "encode_images", None)
        self._loop: Loop | None = None
        self._threads: Threads | None = None

    @property
    def info(self) -> ProviderInfo:
        """What the provider says of itself now: some of it is known only after load()."""
        return self._provider.info

    @property
    def count_tokens(self) -> Callable[[Sequence[str]], Sequence[int] | None] | None:
        """The provider's own counter of tokens; None if it has none."""
        return getattr(self._provider, "count_tokens", None)

    @property
    def is_ours(self) -> bool:
        """Return True for a provider that computes on machines of our own."""
        return bool(getattr(self._provider, "is_spread", False))

    @property
    def is_async(self) -> bool:
        """Return True if texts and pairs go to an async method."""
        return self._async is not None

    def call(self, items: Sequence[Any]) -> Any:
        """Return the reply of the sync method that these items go to, such as `encode_images` for images."""
        function = self._sync
        if _are_images(items):
            function = self._images
        elif _are_queries(items) and self._queries is not None:
            function = self._queries
        assert function is not None  # noqa: S101 - the plan checks modalities, and only sync providers get texts here
        with _ONLY_ERRORS:
            return owned(function(*self._arguments(items)))

    async def send(self, items: Sequence[Any]) -> tuple[Any, int | None]:
        """Return the reply, and the nanoseconds that a thread took for it; None of an async method."""
        if self._async is not None and not _are_images(items):
            function = self._aqueries if _are_queries(items) and self._aqueries is not None else self._async
            with _NOR_CANCELLED:
                return owned(await function(*self._arguments(items))), None
        return await self._pool().run(self._finished, items)

    def index(self, documents: Sequence[str]) -> Usage | None:
        """Give a ranker its documents; return what that used. Raises what the provider raises."""
        provider: Any = self._provider
        if self._async is not None:
            return self.wait(provider.aindex(documents))  # type: ignore[no-any-return]
        return provider.index(documents)  # type: ignore[no-any-return]

    async def room(self) -> None:
        """Wait until a thread is free, where calls go to threads."""
        await self._pool().room()

    def sync(self) -> None:
        """Wait until the device has finished, where the provider computes on one."""
        barrier = getattr(self._provider, "sync", None)
        if barrier is not None:
            barrier()

    def wait(self, work: Any) -> Any:
        """Run a coroutine on the event loop of this provider's connections, to its end."""
        if self._loop is None:
            self._loop = new_loop()
        return self._loop.run(work)

    def close(self) -> None:
        """Close the provider, and the event loop even where that fails. May be called twice.

        A call that hangs in a thread is not waited for. Raises what the provider raises.
        """
        aclose = getattr(self._provider, "aclose", None)
        with contextlib.ExitStack() as last:
            last.callback(self._close_loop)
            last.callback(self._provider.close)
            if aclose is not None and self._loop is not None:
                self.wait(aclose())

    def _arguments(self, items: Sequence[Any]) -> tuple[Any, ...]:
        """Return what the method is called with: plain texts, and for a ranker the depth."""
        plain = [str(item) for item in items] if _are_queries(items) else items
        plain = list(plain)  # its own: a provider may change the list that it is given
        return (plain, self.depth) if self._provider.info.kind == "ranker" else (plain,)

    def _close_loop(self) -> None:
        loop, threads = self._loop, self._threads
        self._loop = self._threads = None
        if threads is not None:
            threads.close()
        if loop is not None:
            loop.close()

    def _pool(self) -> Threads:
        if self._threads is None:
            self._threads = Threads(self._provider.info.limits.concurrency, self._now_ns)
        return self._threads

    def _finished(self, items: Sequence[Any]) -> Any:
        """Return the reply of a sync provider after its device's barrier: the thread takes its time for the service."""
        reply = self.call(items)
        self.sync()
        return reply


class OnlyErrors:
    """Turn what a provider raises beside Exception into a ProviderError: SystemExit, CancelledError, StopIteration.

    KeyboardInterrupt stays: the user's own cannot be told from a provider's. It is a class and not a generator, since
    a clock runs while it is entered and left.

    Args:
        cancelled: False leaves CancelledError as it is, where the harness itself may have cancelled the call.
    """

    __slots__ = ("_cancelled",)

    def __init__(self, *, cancelled: bool = True) -> None:
        self._cancelled = cancelled

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, KeyboardInterrupt):
            return
        if isinstance(error, Exception) and not isinstance(error, StopIteration | StopAsyncIteration):
            return
        if isinstance(error, asyncio.CancelledError) and not self._cancelled:
            return
        raise ProviderError(f"the provider raised {words_of(error)}") from error


_ONLY_ERRORS: Final = OnlyErrors()
_NOR_CANCELLED: Final = OnlyErrors(cancelled=False)


def owned(reply: Any) -> Any:
    """Return a reply with arrays of its own: a provider may use its buffers again. One of another type stays as is."""
    import numpy as np

    values = getattr(reply, "values", None) if isinstance(reply, PairPredictions) else None
    values = reply.vectors if isinstance(reply, Embeddings) else values
    if isinstance(values, np.ndarray):
        own = np.array(values, order="C")
        return replace(reply, vectors=own) if isinstance(reply, Embeddings) else replace(reply, values=own)
    if isinstance(reply, Rankings) and isinstance(reply.documents, np.ndarray) and isinstance(reply.scores, np.ndarray):
        return replace(reply, documents=np.array(reply.documents), scores=np.array(reply.scores))
    return reply


def _are_images(items: Sequence[Any]) -> bool:
    return bool(items) and not isinstance(items[0], str | tuple)


def _are_queries(items: Sequence[Any]) -> bool:
    return bool(items) and isinstance(items[0], Query)
