"""Providers with known vectors and known timing, for tests that need no model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from embedmark.api import Embeddings, PairPredictions, ProviderInfo, Rankings, Usage
from embedmark.errors import ProviderError
from embedmark.testing.clock import FakeClock

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(slots=True)
class Timing:
    """How far a fake moves its clock. Nobody waits: the time is known exactly, and a test takes none.

    Attributes:
        clock: the clock that the code under test reads.
        load_s: seconds that load() takes.
        call_s: seconds a call takes, whatever it holds.
        item_s: seconds for each text, pair or image in a call, on top.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    load_s: float = 0.0
    call_s: float = 0.0
    item_s: float = 0.0


class _Fake:
    def __init__(self, info: ProviderInfo, timing: Timing | None) -> None:
        self.info = info
        self.timing = timing or Timing()
        self.loads = 0
        self.closes = 0
        self.calls: list[list[Any]] = []
        """The items of each call, in order."""

    def load(self) -> None:
        """Count, and let `load_s` pass."""
        self.loads += 1
        self.timing.clock.advance(self.timing.load_s)

    def close(self) -> None:
        """Count."""
        self.closes += 1

    def _took(self, items: Sequence[Any]) -> Usage:
        if not self.loads:
            raise ProviderError("the fake is not loaded", hint="call load() first")
        self.calls.append(list(items))
        self.timing.clock.advance(self.timing.call_s + self.timing.item_s * len(items))
        return Usage(tokens=sum(_tokens(item) for item in items))


class FakeBiEncoder(_Fake):
    """A bi-encoder whose vectors are given, or follow from the text alone (its SHA-256).

    Args:
        vectors: the vector of each text that a test cares about; all of one length.
        dim: length of a vector, where `vectors` does not say.
        timing: what a load and a call take, on a fake clock.
        model: name in `info`.

    A token is a word; the empty string has none.
    """

    def __init__(
        self,
        vectors: Mapping[str, Sequence[float]] | None = None,
        *,
        dim: int = 8,
        timing: Timing | None = None,
        model: str = "fake",
    ) -> None:
        self.vectors = {text: np.asarray(vector, dtype=np.float32) for text, vector in (vectors or {}).items()}
        lengths = {len(vector) for vector in self.vectors.values()} or {dim}
        if len(lengths) > 1:
            raise ValueError(f"the vectors have different lengths: {sorted(lengths)}")
        self._dim = lengths.pop()
        super().__init__(ProviderInfo("fake", model, "bi-encoder", dim=self._dim, device="cpu"), timing)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, dim); zero for a blank text that was not given one."""
        usage = self._took(texts)
        rows = [self.vectors.get(text, self._hashed(text)) for text in texts]
        return Embeddings(np.array(rows, dtype=np.float32).reshape(len(texts), self._dim), usage)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return words of each text."""
        return [_tokens(text) for text in texts]

    def _hashed(self, text: str) -> npt.NDArray[np.float32]:
        return hashed(text, self._dim) if text.strip() else np.zeros(self._dim, dtype=np.float32)


class FakeImageEncoder(FakeBiEncoder):
    """A FakeBiEncoder that takes images too: a vector follows from size and pixels."""

    def __init__(self, vectors: Mapping[str, Sequence[float]] | None = None, **keywords: Any) -> None:
        super().__init__(vectors, **keywords)
        self.info = ProviderInfo(
            "fake", self.info.model, "bi-encoder", dim=self._dim, device="cpu", modalities=("text", "image")
        )

    def encode_images(self, images: Sequence[Image]) -> Embeddings:
        """Return vectors float32 (n, dim)."""
        usage = self._took(images)
        rows = [hashed(f"{image.size} {image.tobytes().hex()}", self._dim) for image in images]
        return Embeddings(np.array(rows, dtype=np.float32).reshape(len(images), self._dim), usage)


class FakeCrossEncoder(_Fake):
    """A cross-encoder whose values are given, or follow from the pair alone; (a, b) and (b, a) differ.

    Args:
        values: the value of each pair that a test cares about.
        timing: what a load and a call take, on a fake clock.
        model: name in `info`.
    """

    def __init__(
        self,
        values: Mapping[tuple[str, str], float] | None = None,
        *,
        timing: Timing | None = None,
        model: str = "fake",
    ) -> None:
        self.values = dict(values or {})
        super().__init__(ProviderInfo("fake", model, "cross-encoder", device="cpu"), timing)

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        """Return values float32 (n,), between 0 and 1 where they were not given."""
        usage = self._took(pairs)
        values = [self.values.get((a, b), _unit(f"{len(a)} {a} {b}")) for a, b in pairs]
        return PairPredictions(np.array(values, dtype=np.float32), usage)


class FakeRanker(_Fake):
    """A ranker whose score is the number of different words that a query and a document share.

    Args:
        depth: documents that it returns for a query at most, however many it is asked for.
        timing: what a load and a call take, on a fake clock.
        model: name in `info`.
    """

    def __init__(self, *, depth: int | None = None, timing: Timing | None = None, model: str = "fake") -> None:
        super().__init__(ProviderInfo("fake", model, "ranker", device="cpu"), timing)
        self.documents: list[str] = []
        self._depth = depth

    def index(self, documents: Sequence[str]) -> None:
        """Keep the documents."""
        self._took(documents)
        self.documents = list(documents)

    def index_bytes(self) -> int:
        """Return the UTF-8 bytes of the documents."""
        return sum(len(document.encode("utf-8", "surrogatepass")) for document in self.documents)

    def search(self, queries: Sequence[str], k: int) -> Rankings:
        """Return the documents with most words in common; documents that share none are not returned."""
        usage = self._took(queries)
        words = [set(document.split()) for document in self.documents]
        scores = np.array([[len(set(query.split()) & have) for have in words] for query in queries], dtype=np.float64)
        scores = scores.reshape(len(queries), len(words))
        order = np.argsort(-scores, axis=1, kind="stable")[:, : min(k, self._depth or k)]
        kept = np.take_along_axis(scores, order, axis=1)
        return Rankings(np.where(kept > 0, order, -1), kept, usage)


def hashed(text: str, dim: int) -> npt.NDArray[np.float32]:
    """Return a float32 vector (dim,) of length 1 that follows from `text` alone, in every process."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=dim)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def _unit(text: str) -> float:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _tokens(item: Any) -> int:
    texts = item if isinstance(item, tuple) else (item,)
    return sum(len(text.split()) if isinstance(text, str) else 1 for text in texts)
