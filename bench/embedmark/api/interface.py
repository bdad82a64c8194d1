"""The protocols of a provider, and the values that its calls return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:  # numpy and Pillow cost import time that `embedmark --help` must not pay
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

Kind = Literal["bi-encoder", "cross-encoder", "ranker"]
Similarity = Literal["cosine", "dot"]
EmptyPolicy = Literal["error", "skip", "space"]
RefusedPolicy = Literal["error", "skip"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request to the provider may hold. None means: no limit known.

    Attributes:
        inputs_per_request: texts (or pairs) in one call.
        tokens_per_request: tokens in one call, all texts together.
        tokens_per_input: tokens in one text; longer texts are refused, not cut.
        empty_text: whether the empty string may be sent.
        concurrency: calls that may be under way at once.
        requests_per_minute, tokens_per_minute: what the account allows, where the user knows it; None: follow the
            rate-limit headers, or what refusals teach.
        deadline_s: seconds that one call may take, with its retries and the waits between them; a single attempt may
            take half of it. None: 120.
        empty: what becomes of the empty string where it may not be sent: an `error`, a row of NaN (`skip`), or a
            `space` in its place.
        refused: what becomes of one text that the provider does not take while it takes others (too long, filtered):
            its score is missing in both cases; `error` is a failure of the run, `skip` a warning.
        pairs_per_search: of a cross-encoder that bills searches: pairs with the same first text are sent together, up
            to this many in one call, whatever the batch size, and no others with them.
    """

    inputs_per_request: int | None = None
    tokens_per_request: int | None = None
    tokens_per_input: int | None = None
    empty_text: bool = True
    concurrency: int = 1
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    deadline_s: float | None = None
    empty: EmptyPolicy = "error"
    refused: RefusedPolicy = "error"
    pairs_per_search: int | None = None


@dataclass(frozen=True, slots=True)
class RateState:
    """What a server said of its rate limits in one reply. Counts of requests and tokens; resets in seconds."""

    limit_requests: int | None = None
    remaining_requests: int | None = None
    reset_requests_s: float | None = None
    limit_tokens: int | None = None
    remaining_tokens: int | None = None
    reset_tokens_s: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What one call used. None means: the provider does not know, which is not the same as 0.

    Attributes:
        tokens: non-padding tokens processed, or tokens billed where a server bills them.
        requests: requests sent over a network. A provider that says any is held to the budget from then on, and its
            calls are paced and retried.
        truncated_texts: texts that the model's limit cut.
        truncated_tokens: tokens lost to that limit.
        rate: the server's rate limits, where it tells them.
        searches: searches billed, by a reranker that bills these.
    """

    tokens: int | None = None
    requests: int = 0
    truncated_texts: int | None = None
    truncated_tokens: int | None = None
    rate: RateState | None = None
    searches: int | None = None


@dataclass(eq=False, slots=True)
class Embeddings:
    """What `encode` returns.

    Attributes:
        vectors: float32, shape (n, d), one row for each text, in the order of the texts. Neither copied nor frozen.
        usage: what the call used.
    """

    vectors: npt.NDArray[np.float32]
    usage: Usage = field(default_factory=Usage)


@dataclass(eq=False, slots=True)
class PairPredictions:
    """What `predict` returns.

    Attributes:
        values: floating point, shape (n,), one for each pair, in the order of the pairs; larger is more similar.
        usage: what the call used.
    """

    values: npt.NDArray[np.floating[Any]]
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What a provider is. Readable before `load()`; what only loading reveals (dim, device) may be None until then.

    Attributes:
        plugin: the entry-point name, such as `sbert`.
        model: the model as the user named it.
        kind: `bi-encoder` (encodes texts), `cross-encoder` (predicts pairs) or `ranker` (searches documents).
        dim: dimension of a vector; None until loaded, and for cross-encoders and rankers.
        revision: commit or version of the weights, if known.
        max_tokens: tokens after which the model cuts a text, if it does.
        similarity: the similarity that the model was made for.
        device: where it computes, such as `cpu` or `cuda:0`.
        modalities: `("text",)`, or `("text", "image")` for an ImageEncoder.
        limits: what one request may hold.
        untrained: True where the weights hold no trained head, so that times are real and scores mean nothing;
            the harness then leaves accuracy empty and says why.
        symmetric: of a cross-encoder: True where the score of a pair is the mean of its two orders. `predict` scores
            one order, as ever; the harness asks for both, takes the mean, and counts two forward passes a pair.
        notes: what a reader of the results should know of this provider, a sentence each.
        served_by: the host that answers, where it is not the plugin's own service: built-in prices do not hold there.
        recipe: all that changes a vector or a score (pooling, precision, prompt, ...), of JSON types; never a key.
    """

    plugin: str
    model: str
    kind: Kind
    dim: int | None = None
    revision: str | None = None
    max_tokens: int | None = None
    similarity: Similarity = "cosine"
    device: str | None = None
    modalities: tuple[str, ...] = ("text",)
    limits: Limits = field(default_factory=Limits)
    untrained: bool = False
    symmetric: bool = False
    notes: tuple[str, ...] = ()
    served_by: str | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.notes, str):  # one sentence, and not a list of letters
            object.__setattr__(self, "notes", (self.notes,))


class Provider(Protocol):
    """What every provider has. Construction is cheap and loads nothing; `load()` is timed.

    The constructor gets `model=` if the suite gives one, and each key of `options` as a keyword. Optional methods:
    `count_tokens(items) -> Sequence[int]`, the tokens of each text (of each pair, for a cross-encoder) as the model
    counts them, before any limit cuts; `sync()`, a device barrier that the harness calls before it reads the clock;
    `check()`, which raises UsageError for what disk and environment lack, such as a key, and is called before a run
    but not before a plan; `observed() -> Mapping`, facts of JSON types that only calls reveal, for the manifest; and
    `async aclose()`, awaited before `close()`.
    """

    @property
    def info(self) -> ProviderInfo: ...

    def load(self) -> None:
        """Make ready for calls: read weights, open connections. Raises ProviderError."""

    def close(self) -> None:
        """Give back what load() took. May be called twice, and before load()."""


class BiEncoder(Provider, Protocol):
    """Turns each text into a vector."""

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d), rows in the order of `texts`. Raises ProviderError."""


class QueryEncoder(BiEncoder, Protocol):
    """A BiEncoder that encodes search queries in another way than documents, such as with another prompt.

    The harness calls `encode_queries` for queries, and `encode` for everything else. If async: `aencode_queries`.
    """

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d) in the space of `encode`, in the order of `texts`. Raises ProviderError."""


class AsyncBiEncoder(Provider, Protocol):
    """A BiEncoder whose calls wait on a network."""

    async def aencode(self, texts: Sequence[str]) -> Embeddings:
        """Do the same as BiEncoder.encode, asynchronously."""


class CrossEncoder(Provider, Protocol):
    """Reads two texts together and predicts how similar they are."""

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        """Return values float (n,), in the order of `pairs`. Raises ProviderError."""


class AsyncCrossEncoder(Provider, Protocol):
    """A CrossEncoder whose calls wait on a network."""

    async def apredict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        """Do the same as CrossEncoder.predict, asynchronously."""


class ImageEncoder(BiEncoder, Protocol):
    """A BiEncoder that also turns images into vectors of the same space."""

    def encode_images(self, images: Sequence[Image]) -> Embeddings:
        """Return vectors float32 (n, d) of RGB PIL images, in the order of `images`. Raises ProviderError."""
