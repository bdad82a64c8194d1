"""What the harness makes of a provider that reuses its buffers, or raises what is no Exception."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, ProviderInfo, Usage
from embedmark.calls.caller import Caller
from embedmark.errors import BadResponseError, ProviderError, RateLimitError
from embedmark.machine.process import put_back


class Faulty:
    """Answers with views of one buffer, until it raises `fault`."""

    info = ProviderInfo(plugin="faulty", model="faulty", kind="bi-encoder")

    def __init__(self, fault: BaseException | None = None, usage: Any = None) -> None:
        self.fault, self.usage = fault, usage or Usage()
        self.buffer = np.zeros((64, 2), dtype=np.float32)

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        if self.fault is not None:
            raise self.fault
        self.buffer[: len(texts), 0] = [len(text) for text in texts]
        return Embeddings(self.buffer[: len(texts)], self.usage)


class AsyncFaulty(Faulty):
    encode = None  # type: ignore[assignment]

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        return Faulty.encode(self, texts)


class UnprintableError(ValueError):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("kind", [Faulty, AsyncFaulty])
def test_reply_is_copied_before_the_next_call(kind: type[Any]) -> None:
    texts = ["a" * n for n in range(1, 9)]

    values = Caller(kind()).run(texts, 2).values

    assert values[:, 0].tolist() == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("kind", [Faulty, AsyncFaulty])
@pytest.mark.parametrize(
    "fault", [SystemExit(0), asyncio.CancelledError(), GeneratorExit(), type("E", (BaseException,), {})()]
)  # fmt: skip
def test_exit_of_a_provider_is_a_provider_error(kind: type[Any], fault: BaseException) -> None:
    with pytest.raises(ProviderError, match=r"the provider raised"):
        Caller(kind(fault)).run(["a", "b"], 2)


def test_call_that_cancels_itself_is_a_failure() -> None:
    class Itself(AsyncFaulty):
        async def aencode(self, texts: Sequence[str]) -> Embeddings:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)
            return await super().aencode(texts)

    with pytest.raises(ProviderError, match="cancelled"):
        Caller(Itself()).run(["a", "b"], 1)


@pytest.mark.parametrize(
    "usage", [7, Usage(tokens=True), Usage(tokens="7"), Usage(tokens=-1), Usage(tokens=10**400), Usage(requests=1.5)]  # type: ignore[arg-type]
)  # fmt: skip
def test_usage_that_is_no_count_is_a_bad_reply(usage: Any) -> None:
    with pytest.raises(BadResponseError, match="usage"):
        Caller(Faulty(usage=usage)).run(["a"], 1)


def test_message_that_is_no_text_becomes_one() -> None:
    assert ProviderError(12345).message == "12345"  # type: ignore[arg-type]
    assert "str() fails" in ProviderError(UnprintableError()).message  # type: ignore[arg-type]
    assert RateLimitError("slow", retry_after="5").retry_after is None  # type: ignore[arg-type]


def test_a_stream_of_a_providers_own_is_put_back() -> None:
    stream = sys.stdout

    with put_back():
        sys.stdout = io.StringIO()

    assert sys.stdout is stream


def test_folder_and_clock_are_restored_after_a_job(tmp_path: Path) -> None:
    folder, clock, stream = Path.cwd(), time.perf_counter_ns, sys.stdout

    with put_back(), np.errstate():
        os.chdir(tmp_path)
        time.perf_counter_ns = lambda: 0
        sys.stdout = None  # type: ignore[assignment]

    assert Path.cwd() == folder
    assert time.perf_counter_ns is clock
    assert sys.stdout is stream
