"""Providers that break the interface, one way each, around an honest one."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from time import sleep

import numpy as np

from embedmark.api import Embeddings, Limits, PairPredictions, ProviderInfo, Usage
from embedmark.errors import LimitExceededError, ProviderError, ProviderTimeoutError
from embedmark.testing.fakes import hashed


class Honest:
    """Embeds a text as a hash of it."""

    dim = 8

    def __init__(self) -> None:
        self.info = ProviderInfo(type(self).__name__, "cheat", "bi-encoder", dim=self.dim)

    def load(self) -> None:
        pass

    def close(self) -> None:
        pass

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([hashed(text, self.dim) for text in texts], dtype=np.float32).reshape(-1, self.dim)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        return Embeddings(self.rows(texts))


class HonestPairs(Honest):
    """Predicts a pair as a hash of it."""

    def __init__(self) -> None:
        self.info = ProviderInfo(type(self).__name__, "cheat", "cross-encoder")

    encode = None

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        return PairPredictions(self.rows([f"{a}\0{b}" for a, b in pairs])[:, 0].copy())


class OneShort(Honest):
    def encode(self, texts):
        return Embeddings(self.rows(texts)[:-1] if len(texts) > 1 else self.rows(texts))


class BareArray(Honest):
    def encode(self, texts):
        return self.rows(texts)


class Nan(Honest):
    def encode(self, texts):
        rows = self.rows(texts)
        rows[-1:, 0] = np.nan
        return Embeddings(rows)


class Float64(Honest):
    def encode(self, texts):
        return Embeddings(self.rows(texts).astype(np.float64))


class SortedByLength(Honest):
    """Sorts for speed, and forgets to put back."""

    def encode(self, texts):
        return Embeddings(self.rows(sorted(texts, key=len)))


class ZeroForSymbols(Honest):
    def encode(self, texts):
        rows = self.rows(texts)
        rows[[not any(char.isalnum() for char in text) for text in texts]] = 0
        return Embeddings(rows)


class Centred(Honest):
    """Subtracts the batch's mean: a vector depends on its neighbours."""

    def encode(self, texts):
        rows = self.rows(texts)
        return Embeddings(rows - 0.3 * rows.mean(axis=0) if len(rows) else rows)


class ScaledByBatch(Honest):
    """Directions are right, lengths are not."""

    def encode(self, texts):
        return Embeddings(self.rows(texts) * np.float32(len(texts)))


class Remembers(Honest):
    """Adds something of the call before."""

    last = np.zeros(Honest.dim, dtype=np.float32)

    def encode(self, texts):
        rows = self.rows(texts)
        self.last, before = rows.sum(axis=0), self.last
        return Embeddings(rows + 0.2 * before)


class Random(Honest):
    def load(self):
        self.rng = np.random.default_rng()

    def encode(self, texts):
        return Embeddings(self.rng.normal(size=(len(texts), self.dim)).astype(np.float32))


class HashSeeded(Honest):
    """Python's own hash(): another one in every process."""

    def encode(self, texts):
        return Embeddings(self.rows([str(hash(text)) for text in texts]))


class OneBuffer(Honest):
    """Gives the same array again and again."""

    buffer = np.zeros((64, Honest.dim), dtype=np.float32)

    def encode(self, texts):
        self.buffer[: len(texts)] = self.rows(texts)
        return Embeddings(self.buffer[: len(texts)])


class Unique(Honest):
    """Encodes each text once, and forgets to give its duplicates their rows."""

    def encode(self, texts):
        unique = list(dict.fromkeys(texts))
        return Embeddings(np.resize(self.rows(unique), (len(texts), self.dim)) if texts else self.rows([]))


class NoEmpty(Honest):
    def encode(self, texts):
        return Embeddings(np.stack([hashed(text, self.dim) for text in texts]))


class RefusesEmpty(Honest):
    """Refuses '', and its limits do not say so."""

    def encode(self, texts):
        if "" in texts:
            raise ProviderError("the empty string is refused")
        return Embeddings(self.rows(texts))


class TakesEmpty(Honest):
    """Takes '', and its limits say that it does not."""

    def __init__(self):
        super().__init__()
        self.info = replace(self.info, limits=Limits(empty_text=False))


class AsciiOnly(Honest):
    def encode(self, texts):
        for text in texts:
            text.encode("ascii" if "\u1112" in text else "utf-8")  # decomposed Korean
        return Embeddings(self.rows(texts))


class NoEmoji(Honest):
    def encode(self, texts):
        for text in texts:
            text.encode("utf-16-le" if all(ord(char) < 0x10000 for char in text) else "ascii")
        return Embeddings(self.rows(texts))


class ShortOnly(Honest):
    def encode(self, texts):
        if any(len(text) > 10_000 for text in texts):
            raise LimitExceededError("too long")
        return Embeddings(self.rows(texts))


class SlowReader(Honest):
    """No cheat: a server that does not read a long text within its deadline."""

    def encode(self, texts):
        if any(len(text) > 10_000 for text in texts):
            raise ProviderTimeoutError("no reply within 5 s")
        return Embeddings(self.rows(texts))


class NegativeUsage(Honest):
    def encode(self, texts):
        return Embeddings(self.rows(texts), Usage(tokens=-1))


class PaddedCount(Honest):
    def count_tokens(self, texts):
        return [max(map(len, texts))] * len(texts)


class ClosesOnce(Honest):
    open = True

    def load(self):
        self.open = True

    def close(self):
        if not self.open:
            raise RuntimeError("closed already")
        self.open = not hasattr(self, "asked")

    def encode(self, texts):
        self.asked = True
        return Embeddings(self.rows(texts))


class CloseNeedsLoad(Honest):
    def load(self):
        self.model = object()

    def close(self):
        del self.model


class Prints(Honest):
    def encode(self, texts):
        print(f"encoding {len(texts)} texts")
        return Embeddings(self.rows(texts))


class Progress(Honest):
    """A progress bar while loading, on stderr and behind Python's back."""

    def load(self):
        os.write(2, b"loading: 100%\n")


class Sleeps(Honest):
    def encode(self, texts):
        time.sleep(0.001)
        return Embeddings(self.rows(texts))


class SleepsByName(Honest):
    def encode(self, texts):
        sleep(0.001)
        return Embeddings(self.rows(texts))


class SleepsAsync(Honest):
    encode = None

    async def aencode(self, texts):
        await asyncio.sleep(0.001)
        return Embeddings(self.rows(texts))


class Exits(Honest):
    def encode(self, texts):
        sys.exit("no")


class OtherDim(Honest):
    def __init__(self):
        super().__init__()
        self.info = replace(self.info, dim=9)


class OtherModel(Honest):
    def load(self):
        self.info = replace(self.info, model="another")


class LeaksKey(Honest):
    def __init__(self):
        super().__init__()
        self.info = replace(self.info, recipe={"key": os.environ.get("CHEAT_API_KEY", "")})


class NotConcurrent(Honest):
    """Claims concurrency, and keeps the texts of a call where the next one overwrites them."""

    encode = None

    def __init__(self):
        super().__init__()
        self.info = replace(self.info, limits=Limits(concurrency=8))

    async def aencode(self, texts):
        self.texts = texts
        await asyncio.sleep(0)
        return Embeddings(self.rows(self.texts))


class RowsSwapped(HonestPairs):
    """Two pairs change places."""

    def predict(self, pairs):
        values = super().predict(pairs).values
        if len(values) > 1:
            values[[0, 1]] = values[[1, 0]]
        return PairPredictions(values)


class SidesSwapped(HonestPairs):
    """In a batch the longer text comes first, whatever the pair says."""

    def predict(self, pairs):
        if len(pairs) > 1:
            pairs = [(a, b) if len(a) >= len(b) else (b, a) for a, b in pairs]
        return super().predict(pairs)


class PairsAsColumn(HonestPairs):
    def predict(self, pairs):
        return PairPredictions(super().predict(pairs).values[:, None])


class HonestAsync(Honest):
    """Its connections are closed by aclose(), and close() relies on it."""

    encode = None
    open = False

    async def aencode(self, texts):
        self.open = True
        return Embeddings(self.rows(texts))

    async def aclose(self):
        self.open = False

    def close(self):
        if self.open:
            raise RuntimeError("connections are open")


class BadGoodbye(HonestAsync):
    async def aclose(self):
        await super().aclose()
        raise RuntimeError("no goodbye")
