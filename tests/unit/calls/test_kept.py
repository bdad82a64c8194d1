"""Kept passes: what was delivered stays, a bad reply costs its own items, and nothing is asked for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, Limits, ProviderInfo, Usage
from embedmark.calls.caller import Caller
from embedmark.calls.kept import Keep, RequestLog
from embedmark.calls.keys import item_keys
from embedmark.errors import BadResponseError, ProviderError
from embedmark.store.journal import Journal

TEXTS = [f"{'x' * i}" for i in range(1, 13)]


class Remote:
    """Vectors are lengths; `fail` says by its texts whether a call raises."""

    def __init__(self, fail: Any = None) -> None:
        self.info = ProviderInfo(plugin="r", model="r", kind="bi-encoder", dim=1, limits=Limits(concurrency=2))
        self.fail, self.calls = fail, []  # type: ignore[var-annotated]

    def load(self) -> None: ...

    def close(self) -> None: ...

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(list(texts))
        await asyncio.sleep(0)
        if self.fail is not None and (error := self.fail(texts)) is not None:
            raise error
        vectors = np.array([[len(text)] for text in texts], dtype=np.float32)
        return Embeddings(vectors, Usage(tokens=sum(map(len, texts)), requests=1))


class Reuser:
    """Computes here, and gives views of one buffer."""

    info = ProviderInfo(plugin="l", model="l", kind="bi-encoder", dim=1)

    def __init__(self) -> None:
        self.buffer = np.zeros((64, 1), dtype=np.float32)

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self.buffer[: len(texts), 0] = [len(text) for text in texts]
        return Embeddings(self.buffer[: len(texts)])


def keep_of(journal: Journal | None = None) -> Keep:
    log = None if journal is None else RequestLog(journal, "api")
    return Keep(item_keys(bytes(32), TEXTS), "job", log)


def lengths(keep: Keep) -> dict[int, float]:
    return {
        place: float(row[0])
        for one in keep.done
        for place, row in zip(one.batch.indexes, one.reply.vectors, strict=True)
    }


@pytest.mark.usefixtures("quick")
def test_a_bad_reply_costs_its_own_texts() -> None:
    caller = Caller(Remote(lambda texts: BadResponseError("not JSON") if TEXTS[4] in texts else None))
    keep = keep_of()

    caller.send(caller.prepare(TEXTS, 3), keep=keep)
    caller.close()

    lost = {place for one in keep.lost for place in one.indexes}
    assert 4 in lost
    assert len(lost) == 3
    assert lengths(keep) == {i: i + 1.0 for i in range(12) if i not in lost}


@pytest.mark.usefixtures("quick")
def test_a_server_that_only_sends_bad_replies_is_given_up() -> None:
    provider = Remote(lambda _texts: BadResponseError("not JSON"))
    caller = Caller(provider)

    with pytest.raises(BadResponseError):
        caller.send(caller.prepare(TEXTS, 1), keep=keep_of())
    caller.close()

    assert len(provider.calls) <= 12  # three or four batches, three times each


@pytest.mark.usefixtures("quick")
def test_interrupted_pass_resumes(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    broken = Caller(Remote(lambda texts: ProviderError("401") if TEXTS[2] in texts else None))
    first = keep_of(journal)
    with pytest.raises(ProviderError, match="401"):
        broken.send(broken.prepare(TEXTS, 3), keep=first)
    broken.close()
    journal.close()
    assert 0 < len(lengths(first)) < 12

    provider = Remote()
    caller = Caller(provider)
    second = keep_of(Journal(tmp_path))
    ready = caller.prepare(TEXTS, 3)
    second.recall(ready.items, ready.order, Embeddings)
    caller.send(ready, keep=second)
    caller.close()

    assert lengths(second) == {i: i + 1.0 for i in range(12)}
    asked = [text for call in provider.calls for text in call]
    assert sorted(asked) == sorted(text for i, text in enumerate(TEXTS) if i not in lengths(first))


def test_a_reused_buffer_is_copied() -> None:
    caller = Caller(Reuser())
    keep = keep_of()

    caller.send(caller.prepare(TEXTS, 3), keep=keep)

    assert lengths(keep) == {i: i + 1.0 for i in range(12)}
