"""A provider in a process of its own: its memory is its own, and its death is not ours.

Texts and vectors travel through a pipe, which costs about a millisecond a call: isolate to learn about memory, not to
compare latencies of providers that answer in microseconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from embedmark.api import Embeddings, PairPredictions, ProviderInfo, Rankings, Usage
from embedmark.errors import (
    BadResponseError,
    NotAvailableError,
    OutOfMemoryError,
    ProviderError,
    ProviderTimeoutError,
    words_of,
)
from embedmark.machine.describe import peak_rss_mb
from embedmark.machine.threads import thread_variables
from embedmark.plugins.portable import portable
from embedmark.plugins.registry import create
from embedmark.plugins.serve import ProcessReply, answer_call

_GOODBYE_SECONDS = 10
_SIGKILL = 9  # the name is not there on every system


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the other process makes the provider: the arguments of registry.create()."""

    use: str
    model: str | None
    options: Mapping[str, Any]
    folder: Path
    threads: int | None


class IsolatedProvider:
    """Stands in for a provider that lives in another process. Its calls are sync, whatever the provider's are.

    A call that takes over `timeout_s` seconds is given up, and its process killed; loading is not bounded."""

    is_spread, is_paid, is_timed_out = False, True, True

    def __init__(self, recipe: Recipe, info: ProviderInfo, timeout_s: float | None = None) -> None:
        self._recipe = recipe
        self._timeout_s = timeout_s
        self._info = info
        self._pipe: Connection | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._turn = threading.Lock()  # one question at a time through the pipe, whatever asks
        self._left = False  # somebody stopped waiting: the next answer in the pipe is to an old question
        self.cpu_ns = 0
        self.peak_rss_mb = 0.0

    @property
    def info(self) -> ProviderInfo:
        return self._info

    @property
    def alive(self) -> bool:
        """Return True if its process runs."""
        return self._process is not None and self._process.is_alive()

    def load(self) -> None:
        """Start the process and load the provider there; again, if it has died. Raises ProviderError."""
        self.close()
        self._left = False
        context = multiprocessing.get_context("spawn")
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(other_end, self._recipe), daemon=True)
        self._process.start()
        other_end.close()
        self._ask("load")

    def encode(self, texts: Sequence[str]) -> Embeddings:
        reply: Embeddings = self._ask("encode", list(texts))
        return reply

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Return the vectors of queries: of `encode`, if the provider has no other for them."""
        reply: Embeddings = self._ask("encode_queries", list(texts))
        return reply

    def index(self, documents: Sequence[str]) -> Usage | None:
        usage: Usage | None = self._ask("index", list(documents))
        return usage

    def search(self, queries: Sequence[str], k: int) -> Rankings:
        reply: Rankings = self._ask("search", (list(queries), k))
        return reply

    def index_bytes(self) -> int | None:
        """Return the size of the index; None if the provider does not say."""
        size: int | None = self._ask("index_bytes")
        return size

    def encode_images(self, images: Sequence[Any]) -> Embeddings:
        reply: Embeddings = self._ask("encode_images", list(images))
        return reply

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        reply: PairPredictions = self._ask("predict", list(pairs))
        return reply

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int] | None:
        """Return the tokens as the provider counts them; None if it cannot."""
        counts: Sequence[int] | None = self._ask("count_tokens", list(texts))
        return counts

    def observed(self) -> Mapping[str, Any]:
        """Return what the provider says that its calls revealed; {} of one that says nothing. Raises ProviderError."""
        facts: Mapping[str, Any] = self._ask("observed") if self.alive else {}
        return facts

    def thread_pools(self) -> list[dict[str, Any]]:
        """Return the native thread pools of its process, as environment.thread_pools() does. Raises ProviderError."""
        pools: list[dict[str, Any]] = self._ask("thread_pools")
        return pools

    def close(self) -> None:
        """Close the provider and end its process. May be called twice."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is None or pipe is None:
            return
        if not self._left:
            with contextlib.suppress(OSError):  # it may have died already
                pipe.send(("stop", None))
            process.join(_GOODBYE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
        pipe.close()

    def _ask(self, what: str, argument: Any = None) -> Any:
        if self._pipe is None or self._process is None:
            raise ProviderError(f"{what}() before load()")
        try:
            with self._turn:
                if self._left:
                    raise NotAvailableError("an earlier call timed out, and its process is still busy with it")
                self._left = True
                self._pipe.send((what, argument))
                if what != "load" and not self._pipe.poll(self._timeout_s):
                    self._process.kill()
                    late = f"no reply within {self._timeout_s:g} s (timeout_s); its process was killed"
                    raise ProviderTimeoutError(late, retryable=False, hint="allow more beside `use:`: timeout_s: ...")
                answer: ProcessReply = self._pipe.recv()
                self._left = False
        except (EOFError, OSError):
            self._left = False  # there will be no late answer
            self._process.join(_GOODBYE_SECONDS)
            raise _death(self._process.exitcode) from None
        self.cpu_ns = answer.cpu_ns
        self.peak_rss_mb = max(self.peak_rss_mb, answer.peak_rss_mb)  # it may be the second process of this provider
        if answer.info is not None:
            self._info = answer.info
        if answer.error is not None:
            raise answer.error
        return answer.value


def _death(code: int | None) -> ProviderError:
    """Return what to say of a process that ended unasked, by its exit code."""
    if code == -_SIGKILL:
        return OutOfMemoryError(
            "its process was killed (signal SIGKILL), probably by the system because memory ran out",
            hint="a smaller batch size or model",
        )
    how = f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit code {code}"
    return NotAvailableError(f"its process has died ({how})", hint="a smaller batch or model, if memory ran out")


def _reply(pipe: Connection, answer: ProcessReply) -> None:
    """Send an answer, or the error that its value cannot be sent: a generator, a lock, a lambda."""
    try:
        pipe.send(answer)
    except (OSError, EOFError):  # the parent has gone
        raise
    except Exception as error:  # noqa: BLE001 - pickling runs code of the provider's objects
        what = BadResponseError(
            f"the reply is {type(answer.value).__name__}, which cannot be sent from the provider's own process: "
            f"{words_of(error)}",
            hint="return Embeddings, or PairPredictions, of NumPy arrays; or leave out `isolate: process`",
        )
        pipe.send(replace(answer, value=None, error=portable(what), info=None))


def _serve(pipe: Connection, recipe: Recipe) -> None:
    """Run in the other process: construct, then answer until told to stop."""
    os.dup2(2, 1)  # what a provider prints is not among the results
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    if recipe.threads is not None:
        os.environ.update(thread_variables(recipe.threads))
    provider: Any = None
    # One event loop for life: the connections of an async provider belong to the loop that they were made on.
    with asyncio.Runner() as loop:
        while True:
            try:
                what, argument = pipe.recv()
            except EOFError:
                return
            if what == "stop":
                break
            try:
                if provider is None:
                    provider = create(recipe.use, model=recipe.model, options=recipe.options, folder=recipe.folder)
                value, error = answer_call(provider, what, argument, loop), None
                info = provider.info
            except BaseException as caught:  # noqa: BLE001 - whatever it is, the parent reports it
                value, error, info = None, portable(caught), None
            _reply(pipe, ProcessReply(value, error, info, time.process_time_ns(), peak_rss_mb()))
        aclose = getattr(provider, "aclose", None)
        try:
            if aclose is not None:
                loop.run(aclose())
        finally:
            if provider is not None:
                provider.close()
