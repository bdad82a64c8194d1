"""`static`: one vector a token, looked up and averaged; no transformer runs. WordLlama, model2vec, StaticEmbedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _disk
from embedmark_providers._tables import StaticFolder, Table, WordLlama

_WORDLLAMA = "package:wordllama"


class StaticProvider:
    """Static embeddings: a text is the mean of its tokens' vectors.

    Reads WordLlama's packaged weights, model2vec models, and sentence-transformers models of a StaticEmbedding layer.

    Options:
        model: package:wordllama, or a folder, cache:NAME, package:IMPORT_NAME/SUBPATH or hub id of the other two.
        truncate_dim: keep the first dimensions only, of models trained for it (WordLlama: 64 or 128).
        normalize: scale each vector to length 1; default: as the model says (WordLlama: no).
        revision: branch, tag or commit of a hub id.

    A text without tokens (the empty string) becomes the zero vector, whose cosine with anything is undefined.
    """

    def __init__(
        self,
        model: str = _WORDLLAMA,
        *,
        truncate_dim: int | None = None,
        normalize: bool | None = None,
        revision: str | None = None,
    ) -> None:
        _disk.check_positive("truncate_dim", truncate_dim)
        self._normalize = normalize
        self._table = _table(model, truncate_dim, revision)
        self._info = ProviderInfo(
            plugin="static",
            model=model,
            kind="bi-encoder",
            dim=self._table.dim,
            revision=revision,
            device="cpu",
            recipe={"format": self._table.format, **_without_none(truncate_dim=truncate_dim, normalize=normalize)},
        )

    @property
    def info(self) -> ProviderInfo:
        """Dimension, token limit and revision (a commit, or a package's version) are known after load()."""
        return self._info

    def load(self) -> None:
        """Read weights and tokenizer. Raises ProviderError: damaged files, no such model of the hub."""
        table = self._table
        table.load()
        normalize = table.normalizes if self._normalize is None else self._normalize
        self._info = replace(
            self._info,
            dim=table.dim,
            max_tokens=table.max_tokens,
            revision=table.revision or self._info.revision,
            recipe={**self._info.recipe, **table.facts(), "normalize": normalize},
        )

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d); the zero vector for a text without tokens."""
        import numpy as np

        self._check_loaded()
        if not texts:
            raise ProviderError("encode() needs at least one text")
        vectors: Any = self._table.means(list(texts))
        if self._info.recipe["normalize"]:
            # Not by the libraries, of which one divides the zero vector of an empty text by its length.
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
            vectors = vectors / np.where(lengths > 0, lengths, 1)
        return Embeddings(vectors.astype(np.float32, copy=False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return tokens of each text, before any limit cuts it; static models add no special tokens."""
        self._check_loaded()
        return self._table.count(list(texts))

    def close(self) -> None:
        """Free the weights."""
        self._table.close()

    def _check_loaded(self) -> None:
        if not self._table.loaded:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")


def _table(model: str, truncate_dim: int | None, revision: str | None) -> Table:
    """Return what reads `model`, by what its folder holds. Raises UsageError: not a static model."""
    if model == _WORDLLAMA:
        if revision is not None:
            raise UsageError(f"revision {revision!r} applies to hub ids; this model is a package", where=model)
        return WordLlama(truncate_dim)
    return StaticFolder(_disk.model_place(model, revision), truncate_dim, revision)


def _without_none(**facts: Any) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}
