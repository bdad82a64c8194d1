"""What runs in a worker process: one provider, constructed and loaded once, and asked by name."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import time
from dataclasses import dataclass
from typing import Any, Final

from embedmark.api import Embeddings, PairPredictions, Rankings
from embedmark.distribute.cluster.recipe import ShippedRecipe
from embedmark.errors import BadResponseError
from embedmark.machine.describe import peak_rss_mb
from embedmark.machine.threads import thread_variables
from embedmark.plugins.portable import portable
from embedmark.plugins.serve import ProcessReply, answer_call

_REPLIES: Final[dict[str, type[Any]]] = {
    "encode": Embeddings, "encode_queries": Embeddings, "encode_images": Embeddings, "predict": PairPredictions,
    "search": Rankings,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a worker says once its provider is loaded.

    Attributes:
        load_s: seconds that load() took.
    """

    pid: int
    host: str
    load_s: float


class Worker:
    """One provider in a process of its own. A worker that Ray starts again loads again, at its first call."""

    def __init__(self, recipe: ShippedRecipe) -> None:
        self._recipe = recipe
        self._provider: Any = None
        self._documents: Any = None
        # One event loop for life: the connections of an async provider belong to the loop that they were made on.
        self._loop = asyncio.Runner()

    def load(self, documents: Any = None) -> ProcessReply:
        """Load the provider; give a ranker its documents, if there are any. Returns Loaded in a ProcessReply."""
        return self._answered(lambda: self._load(documents))

    def call(self, what: str, pickled: bytes) -> ProcessReply:
        """Call a method of the provider with a pickled argument."""
        return self._answered(lambda: self._ask(what, pickle.loads(pickled)))  # noqa: S301 - the driver's own

    def index(self, documents: Any) -> ProcessReply:
        """Give a ranker its documents."""
        return self._answered(lambda: self._ask("index", documents))

    def close(self) -> ProcessReply:
        """Close the provider; the process ends when it is told to."""
        return self._answered(self._close)

    def _load(self, documents: Any) -> Loaded:
        began = time.perf_counter()
        self._ready()
        took = time.perf_counter() - began
        if documents is not None:
            answer_call(self._provider, "index", documents, self._loop)
        return Loaded(os.getpid(), socket.gethostname(), took)

    def _ask(self, what: str, argument: Any) -> Any:
        self._ready()
        value = answer_call(self._provider, what, argument, self._loop)
        if what in _REPLIES and not isinstance(value, _REPLIES[what]):  # it may be nothing that can be sent
            wanted = _REPLIES[what].__name__
            raise BadResponseError(f"{what}() returned {type(value).__name__}, not embedmark.api.{wanted}")
        return value

    def _ready(self) -> None:
        if self._provider is not None:
            return
        from threadpoolctl import threadpool_limits

        threads = self._recipe.threads
        os.environ.update(thread_variables(threads))
        provider: Any = self._recipe.make()
        check = getattr(provider, "check", None)
        if callable(check):
            check()
        answer_call(provider, "load", None, self._loop)
        threadpool_limits(limits=threads)
        self._provider = provider

    def _close(self) -> None:
        provider, self._provider = self._provider, None
        if provider is None:
            return
        aclose = getattr(provider, "aclose", None)
        try:
            if aclose is not None:
                self._loop.run(aclose())
        finally:
            provider.close()

    def _answered(self, work: Any) -> ProcessReply:
        try:
            value, error = work(), None
        except BaseException as caught:  # noqa: BLE001 - a provider is somebody else's code, and the driver reports it
            value, error = None, portable(caught)
        info = self._provider.info if self._provider is not None else None
        return ProcessReply(value, error, info, time.process_time_ns(), peak_rss_mb())
