"""The kit checks an async provider inside a running event loop, as a notebook or an async test does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from embedmark.api import Embeddings, ProviderInfo
from embedmark.testing import Source, Subject


class Async:
    def __init__(self) -> None:
        self.info = ProviderInfo(plugin="async", model="m", kind="bi-encoder")

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        await asyncio.sleep(0)
        return Embeddings(np.array([[len(text), 1.0] for text in texts], dtype=np.float32))


def test_a_subject_is_called_inside_a_running_loop() -> None:
    async def cell() -> int:
        subject = Subject(Source(Async))
        subject.load()
        try:
            return len(subject.rows(["a", "bb"]))
        finally:
            subject.close()

    assert asyncio.run(cell()) == 2
