"""Where a provider's vectors are kept: the run's journal, and the cache that runs share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.calls.kept import RequestLog
from embedmark.calls.keys import ItemKeys, item_keys
from embedmark.planning.identity import Space
from embedmark.store.vectors import Cached, VectorCache


@dataclass(eq=False, slots=True)
class Keeping:
    """What keeps one provider's vectors.

    Attributes:
        space: what its vectors belong to.
        cache: shared by runs; None where it is off, or cannot hold this provider's vectors.
        log: the requests of this provider in the run's journal; None where there is no journal.
        broken: called once with what is wrong where the cache fails; the run goes on without it.
    """

    space: Space
    cache: VectorCache | None = None
    log: RequestLog | None = None
    broken: Callable[[str], None] = lambda _: None

    def begin(self, job: str) -> None:
        """Log the requests that follow under the name of a job."""
        if self.log is not None:
            self.log.job = job

    def keys(self, items: Sequence[Any]) -> Sequence[bytes]:
        """Return the key of each item."""
        # Without a cache, few are asked for.
        return ItemKeys(self.space.digest, items) if self.cache is None else item_keys(self.space.digest, items)

    def facts(self) -> dict[str, Any] | None:
        """Return what an earlier run's load() revealed of the provider; None where no run has."""
        found: dict[str, Any] | None = self._try(lambda cache: cache.facts(self.space.digest))
        return found

    def has(self, keys: Sequence[bytes]) -> bool:
        """Return True if the cache has all of these keys."""
        return bool(self._try(lambda cache: cache.has(keys)))

    def find(self, keys: Sequence[bytes]) -> Cached | None:
        """Return what the cache has of these keys; None without a cache."""
        found: Cached | None = self._try(lambda cache: cache.get(keys))
        return found

    def put(self, keys: Sequence[bytes], values: Any, counts: Any, facts: dict[str, Any]) -> None:
        """Store finite rows, and what is known of the provider."""
        import numpy as np

        good = np.isfinite(values).reshape(len(values), -1).all(axis=1)
        chosen = [key for key, is_good in zip(keys, good.tolist(), strict=True) if is_good]

        def store(cache: VectorCache) -> None:
            cache.describe(self.space.digest, facts)
            cache.put(self.space.digest, chosen, values[good], counts[good])

        if chosen:
            self._try(store)

    def _try(self, work: Callable[[VectorCache], Any]) -> Any:
        if self.cache is None:
            return None
        try:
            return work(self.cache)
        except sqlite3.Error as error:
            self.cache = None
            self.broken(str(error))
            return None
