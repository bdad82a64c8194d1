"""Providers and datasets as the manifest of a run lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.entries import ProviderFacts

CROSS = "cross-encoder"


class Labels(TypedDict):
    """The cells that begin a row of most tables."""

    provider: str
    kind: str
    model: str


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One provider of the manifest.

    Attributes:
        symmetric: whether the score of a pair is the mean of its two orders, two forward passes a pair.
        isolated: whether it ran in a process of its own.
        server_rate_per_s: arrivals a second in the server scenario, where the suite left the rate to the harness.
        server_images_per_s: likewise, of images.
        server_workers: calls that were under way at once there; None in runs that do not say.
    """

    name: str
    plugin: str
    model: str
    kind: str
    similarity: str
    untrained: bool
    symmetric: bool
    isolated: bool
    server_rate_per_s: float | None
    server_images_per_s: float | None
    status: str
    error: str
    server_workers: int | None = None

    @property
    def is_cross(self) -> bool:
        return self.kind == CROSS

    @property
    def encodes(self) -> bool:
        """Return True if it turns a text into a vector."""
        return self.kind == "bi-encoder"

    @property
    def similarity_shown(self) -> str:
        """The similarity of its vectors; "" where it has none."""
        return self.similarity if self.encodes else ""

    @property
    def unit(self) -> str:
        if self.is_cross:
            return "pair"
        return "text" if self.encodes else "query"

    @property
    def orders(self) -> int:
        """Forward passes that an item takes: 2 for the pairs of a symmetric cross-encoder."""
        return 2 if self.is_cross and self.symmetric else 1

    def labels(self) -> Labels:
        """Return the cells that begin a row of most tables."""
        return {"provider": self.name, "kind": self.kind, "model": self.model}


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """One dataset of the manifest.

    Attributes:
        kind: pairs, captions, graded, matrix or retrieval.
        n_pairs: pairs; of a retrieval dataset its queries.
        n_images, n_texts: 0 where it has no images.
        n_documents: 0 where there is nothing to search.
        lexical_overlap: how much of a query's wording its best relevant document repeats, 0 to 1.
    """

    name: str
    n_pairs: int
    sha256: str
    kind: str = "pairs"
    n_images: int = 0
    n_texts: int = 0
    n_documents: int = 0
    lexical_overlap: float = 0.0

    @property
    def has_images(self) -> bool:
        return self.kind in ("captions", "graded", "matrix")

    @property
    def measure(self) -> str:
        """The measure of a suite that its quality is measured by."""
        return "retrieval" if self.kind == "retrieval" else "accuracy"

    def units(self, provider: ProviderEntry) -> tuple[str, ...]:
        """Return what a provider is timed on here: images and texts where there are images, else its own unit."""
        return ("image", "text") if self.has_images else (provider.unit,)


def provider_entry(facts: ProviderFacts) -> ProviderEntry:
    """Return a provider's entry of the manifest; what it lacks is empty."""
    return ProviderEntry(
        name=facts.name,
        plugin=facts.plugin or "",
        model=facts.model or "",
        kind=facts.kind or "",
        similarity=facts.similarity or "cosine",
        untrained=facts.untrained,
        symmetric=facts.symmetric,
        isolated=facts.isolate == "process",
        server_rate_per_s=facts.server_rate_per_s,
        server_images_per_s=facts.server_images_per_s,
        server_workers=facts.server_workers,
        status=facts.status or "ok",
        error=facts.error or "",
    )


def dataset_entry(facts: DatasetFacts) -> DatasetEntry:
    """Return a dataset's entry of the manifest; what it lacks is 0."""
    return DatasetEntry(
        name=facts.name,
        n_pairs=facts.n_pairs,
        sha256=facts.sha256,
        kind=facts.kind or "pairs",
        n_images=facts.n_images or 0,
        n_texts=facts.n_texts or 0,
        n_documents=facts.n_documents or 0,
        lexical_overlap=float(facts.lexical_overlap or 0.0),
    )
