"""Memory while a million texts are streamed through the caller: it stays where it is."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import psutil
import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo, Usage
from embedmark.calls.caller import Caller

TEXTS, BATCH, DIM = 1_000_000, 500, 384


class Far:
    """A network provider without a network: what is measured is what the harness keeps."""

    info = ProviderInfo(plugin="far", model="far", kind="bi-encoder", dim=DIM,
                        limits=Limits(concurrency=16, empty_text=False))  # fmt: skip

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        return Embeddings(np.ones((len(texts), DIM), np.float32), Usage(tokens=len(texts), requests=1))


@pytest.mark.slow
def test_memory_stays_flat_over_a_million_texts() -> None:
    caller, process = Caller(Far()), psutil.Process(os.getpid())
    seen, readings = 0, []
    for values in caller.stream((f"text {i}" for i in range(TEXTS)), BATCH):
        seen += len(values)
        if seen % 100_000 == 0:
            readings.append(process.memory_info().rss / 1e6)
    caller.close()
    assert seen == TEXTS == caller.ledger.tokens
    print("\nMB after each 100,000 texts:", [round(reading) for reading in readings])
    # All vectors would be 1,536 MB, all texts some 60 MB.
    assert max(readings[1:]) - readings[0] < 20
