"""The provider under test, watched: every call and every reply goes through here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from embedmark.api import ProviderInfo, Usage
from embedmark.calls.adapter import METHODS
from embedmark.calls.loops import Loop, new_loop
from embedmark.calls.replies import values_of, vectors_of
from embedmark.errors import BadResponseError
from embedmark.language import translatable
from embedmark.plugins.shape import source_file
from embedmark.testing.drift import row_drift
from embedmark.testing.probes import LONG, TEXTS
from embedmark.testing.source import Source
from embedmark.testing.verdicts import CheckFailed
from embedmark.testing.watch import Watch

DEFAULT_TOLERANCE = 1e-4
IDENTICAL = translatable("identical")


class Subject:
    """A provider, and what was seen of it so far.

    Args:
        source: what to construct. Constructing raises RegistryError and UsageError.
        tolerance: the largest 1 - cosine at which two vectors of one text still count as the same.

    Attributes:
        provider: constructed, not loaded.
        info_before: what it said of itself before load().
        is_cross: whether it predicts pairs.
        watch: what it wrote and where it waited.
        usages: the usage of every reply.
        cosine_drift, drift_batch: filled by the check of batch sizes.
    """

    def __init__(self, source: Source, *, tolerance: float = DEFAULT_TOLERANCE) -> None:
        self.source = source
        self.tolerance = tolerance
        self.provider: Any = source.create()
        self.info_before: ProviderInfo = self.provider.info
        self.is_cross = self.info_before.kind == "cross-encoder"
        self.watch = Watch(source_file(type(self.provider)))
        self.usages: list[Usage] = []
        self.cosine_drift: float | None = None
        self.drift_batch: int | None = None
        self._loop: Loop | None = None

    @property
    def method(self) -> str:
        """Return the method that is called: encode, predict or search, with an `a` in front where it is async."""
        name = METHODS[self.info_before.kind]
        return name if callable(getattr(self.provider, name, None)) else f"a{name}"

    def load(self) -> None:
        """Load it, watched."""
        with self.watch.over("load()"):
            self.provider.load()

    def close(self) -> None:
        """Close it as the harness does, aclose() before close(), watched; and its event loop."""
        aclose = getattr(self.provider, "aclose", None)
        try:
            if aclose is not None and self._loop is not None:  # the harness asks only what it has called
                with self.watch.over("aclose()"):
                    self.wait(aclose)
            with self.watch.over("close()"):
                self.provider.close()
        finally:
            if self._loop is not None:
                self._loop.close()
                self._loop = None

    @cached_property
    def probe(self) -> list[Any]:
        """Sixteen different items; fewer where one request holds fewer."""
        limit = self.provider.info.limits.inputs_per_request
        return self.items(TEXTS)[:limit]

    @cached_property
    def batch(self) -> npt.NDArray[Any]:
        """The reply to the probe in one call."""
        return self.rows(self.probe)

    @cached_property
    def singles(self) -> npt.NDArray[Any]:
        """The replies to the probe one by one, as one array."""
        return np.concatenate([self.rows([item]) for item in self.probe])

    def drift(self, a: npt.NDArray[Any], b: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return how far apart two replies to the same items are, (n,), on the scale of 1 - cosine."""
        return row_drift(a, b, spread=float(np.ptp(self.batch)) if self.is_cross else 1.0)

    def same(self, a: npt.NDArray[Any], b: npt.NDArray[Any], otherwise: str) -> str:
        """Return in words how far apart two replies are. Raises CheckFailed, with `otherwise`, beyond the tolerance."""
        found = self.drift(a, b)
        worst = int(found.argmax())
        if not found[worst] <= self.tolerance:
            raise CheckFailed(f"{otherwise}: item {worst} drifts by {found[worst]:.2g} (tolerance {self.tolerance:g})")
        return f"drift {found[worst]:.1e}" if found[worst] > 0 else IDENTICAL

    def items(self, texts: Sequence[str], beside: Sequence[str] | None = None) -> list[Any]:
        """Return texts as the provider takes them: themselves, or pairs with `beside` (default: with the next text)."""
        if not self.is_cross:
            return list(texts)
        others = beside or [*texts[1:], texts[0]]
        return list(zip(texts, others, strict=True))

    def call(self, items: Sequence[Any], method: str | None = None) -> Any:
        """Make one call, watched, and return its reply."""
        name = method or self.method
        function = getattr(self.provider, name)
        # A profile function makes a tokenizer in Python several times slower: not for 100,000 characters.
        short = not any(LONG in (item if isinstance(item, tuple) else (item,)) for item in items)
        with self.watch.over(f"{name}()", waits=short):
            reply = self.wait(lambda: function(items)) if name.startswith("a") else function(items)
        if isinstance(getattr(reply, "usage", None), Usage):
            self.usages.append(reply.usage)
        return reply

    def rows(self, items: Sequence[Any], method: str | None = None) -> npt.NDArray[Any]:
        """Return one call's vectors (n, d) or values (n,). Raises CheckFailed for a reply of the wrong shape."""
        return self.array(self.call(items, method), len(items))

    def stack(self, replies: Sequence[Any]) -> npt.NDArray[Any]:
        """Return replies to single items, as one array."""
        return np.concatenate([self.array(reply, 1) for reply in replies])

    def array(self, reply: Any, n: int) -> npt.NDArray[Any]:
        """Return vectors (n, d) or values (n,) of a reply. Raises CheckFailed for a reply of the wrong shape."""
        try:
            return values_of(reply, n) if self.is_cross else vectors_of(reply, n)
        except BadResponseError as error:
            raise CheckFailed(error.message) from None

    def wait(self, work: Callable[[], Any]) -> Any:
        """Run what an async provider has to do, on one event loop for its whole life."""
        if self._loop is None:
            self._loop = new_loop()

        async def run() -> Any:
            return await work()

        return self._loop.run(run())

    def finite(self, rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the same rows. Raises CheckFailed for NaN and infinity."""
        bad = np.flatnonzero(~np.isfinite(rows.reshape(len(rows), -1)).all(axis=1))
        if len(bad):
            raise CheckFailed(f"row {bad[0]} of {len(rows)} is not finite")
        return rows
