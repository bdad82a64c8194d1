"""The provider interface: all that the author of a provider imports, together with `embedmark.errors`.

The smallest provider is one class with `info`, `load`, `encode` and `close`, and one entry point in the group
`embedmark.providers`. There is no base class: these are protocols, and any object of the right shape will do.

    class Length:
        '''Embeds a text as its number of characters and of words.'''

        info = ProviderInfo(plugin="length", model="length", kind="bi-encoder")

        def load(self) -> None: ...
        def close(self) -> None: ...

        def encode(self, texts):
            return Embeddings(np.array([[len(t) + 1, len(t.split())] for t in texts], dtype=np.float32))

What a provider never does: batch, sort, sleep, retry, cache, print, or show progress. The harness owns these.
A provider has exactly one of `encode` and `async aencode` (likewise `predict` and `apredict`, `search` and `asearch`).
"""

from __future__ import annotations

from embedmark.api.interface import (
    AsyncBiEncoder,
    AsyncCrossEncoder,
    BiEncoder,
    CrossEncoder,
    Embeddings,
    EmptyPolicy,
    ImageEncoder,
    Kind,
    Limits,
    PairPredictions,
    Provider,
    ProviderInfo,
    QueryEncoder,
    RateState,
    RefusedPolicy,
    Similarity,
    Usage,
)
from embedmark.api.models import resolve_model
from embedmark.api.rankers import AsyncRanker, Ranker, Rankings
from embedmark.api.secrets import scrub
from embedmark.files import install_command

__all__ = [
    "AsyncBiEncoder",
    "AsyncCrossEncoder",
    "AsyncRanker",
    "BiEncoder",
    "CrossEncoder",
    "Embeddings",
    "EmptyPolicy",
    "ImageEncoder",
    "Kind",
    "Limits",
    "PairPredictions",
    "Provider",
    "ProviderInfo",
    "QueryEncoder",
    "Ranker",
    "Rankings",
    "RateState",
    "RefusedPolicy",
    "Similarity",
    "Usage",
    "install_command",
    "resolve_model",
    "scrub",
]
