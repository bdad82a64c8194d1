"""The protocols of a provider that searches documents, and what a search returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from embedmark.api.interface import Provider, Usage

if TYPE_CHECKING:  # numpy costs import time that `embedmark --help` must not pay
    import numpy as np
    import numpy.typing as npt


@dataclass(eq=False, slots=True)
class Rankings:
    """The documents that `search` found for each query, at most k of them.

    Attributes:
        documents: integers, shape (q, w) with w at most k: places in the list given to `index`, from 0, no place twice
            in a row. -1 fills the end of a row that found fewer.
        scores: floating point, shape (q, w); larger is a better match. Ignored where `documents` is -1.
        usage: what the call used.
    """

    documents: npt.NDArray[np.integer[Any]]
    scores: npt.NDArray[np.floating[Any]]
    usage: Usage = field(default_factory=Usage)


class Ranker(Provider, Protocol):
    """Searches documents, as BM25 and a search engine do. Optional: `index_bytes() -> int`, the size of the index."""

    def index(self, documents: Sequence[str]) -> Usage | None:
        """Replace the index by one of `documents`; return what that used if it is billed. Raises ProviderError."""

    def search(self, queries: Sequence[str], k: int) -> Rankings:
        """Return at most `k` documents for each query, rows in the order of `queries`. Raises ProviderError."""


class AsyncRanker(Provider, Protocol):
    """A Ranker whose calls wait on a network."""

    async def aindex(self, documents: Sequence[str]) -> Usage | None:
        """Do the same as Ranker.index, asynchronously."""

    async def asearch(self, queries: Sequence[str], k: int) -> Rankings:
        """Do the same as Ranker.search, asynchronously."""
