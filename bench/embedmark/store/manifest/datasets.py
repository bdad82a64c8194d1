"""The datasets of a manifest. Only what readers rely on has a type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from embedmark.store.manifest.part import AT_NEED, Count, Number, Part
from embedmark.store.texts import Role, Texts


@dataclass(kw_only=True)
class MatrixFacts(Part):
    """A dataset's `matrix`: images, texts, and the similarities that the suite expects."""

    images: list[str]
    texts: list[str]
    expected: list[Number | None] = field(default_factory=list)


@dataclass(kw_only=True)
class SliceFacts(Part):
    """One of a dataset's `slices`: the values of a column, and for each pair which of them it has."""

    values: list[str]
    codes: list[Count]


@dataclass(kw_only=True)
class PublishedFacts(Part):
    """One of a dataset's `published` scores, times 100."""

    model: str
    metric: str | None = None
    value: Number
    source: str | None = None


@dataclass(kw_only=True)
class DecodingFacts(Part):
    """A dataset's `decoding`: how long its images took."""

    images: Count = 0
    seconds: Number = 0.0


@dataclass(kw_only=True)
class DatasetFacts(Part):
    """One of `datasets`."""

    name: str
    kind: str | None = None
    n_pairs: Count
    n_images: Count | None = field(default=None, metadata=AT_NEED)
    n_texts: Count | None = field(default=None, metadata=AT_NEED)
    matrix: MatrixFacts | None = field(default=None, metadata=AT_NEED)
    n_queries: Count | None = field(default=None, metadata=AT_NEED)
    n_documents: Count | None = field(default=None, metadata=AT_NEED)
    n_judged: Count | None = field(default=None, metadata=AT_NEED)
    lexical_overlap: Number | None = field(default=None, metadata=AT_NEED)
    sha256: str
    file_sha256: str | None = None
    source: str | None = None
    licence: str | None = None
    notes: list[str] = field(default_factory=list)
    characters: Count | None = field(default=None, metadata=AT_NEED)
    letters: str | None = field(default=None, metadata=AT_NEED)
    slices: dict[str, SliceFacts] = field(default_factory=dict, metadata=AT_NEED)
    published: list[PublishedFacts] = field(default_factory=list, metadata=AT_NEED)
    texts: dict[str, list[Any]] = field(default_factory=dict, metadata=AT_NEED)
    columns: dict[str, Any] = field(default_factory=dict, metadata=AT_NEED)
    decoding: DecodingFacts | None = field(default=None, metadata=AT_NEED)

    def kept(self, role: Role) -> Texts:
        """Return the texts that an earlier version kept in the manifest, by id."""
        if role == "pair":
            names, first, second = (self.texts.get(key, []) for key in ("pair_id", "sentence1", "sentence2"))
            return dict(zip(names, zip(first, second, strict=True), strict=True))
        return {name: (text, "") for name, text in zip(self.texts[f"{role}_id"], self.texts[role], strict=True)}
