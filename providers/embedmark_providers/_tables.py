"""What the static provider reads: tables of token vectors in their three formats, behind one small interface."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from embedmark.api import resolve_model
from embedmark.errors import NotAvailableError, ProviderError, UsageError
from embedmark_providers import _disk, _torch

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from model2vec import StaticModel
    from wordllama import WordLlamaInference

_WORDLLAMA_WEIGHTS = "weights/l2_supercat_256.safetensors"
_WORDLLAMA_DIMS = (64, 128, 256)  # Matryoshka sizes that WordLlama was trained for, up to the packaged 256


class Table(Protocol):
    """A table of token vectors. What only loading tells is None before it."""

    format: str
    dim: int | None
    max_tokens: int | None
    revision: str | None
    normalizes: bool

    @property
    def loaded(self) -> bool: ...

    def load(self) -> None:
        """Raises ProviderError."""

    def facts(self) -> dict[str, Any]:
        """Return what a recipe records."""

    def means(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Return the mean of the vectors of each text's tokens, float32 (n, d); zeros for a text without tokens."""

    def count(self, texts: list[str]) -> list[int]:
        """Return tokens of each text, uncut."""

    def close(self) -> None: ...


class WordLlama:
    """WordLlama's packaged weights: 32,000 tokens x 256 dimensions, 16-bit on disk."""

    format = "wordllama"
    max_tokens: int | None = None
    revision: str | None = None
    normalizes = False

    def __init__(self, truncate_dim: int | None) -> None:
        _disk.require("static", "wordllama")
        if truncate_dim is not None and truncate_dim not in _WORDLLAMA_DIMS:
            raise UsageError(
                f"truncate_dim is {truncate_dim!r}", where="options.truncate_dim", hint="one of: 64, 128, 256"
            )
        self.folder = Path(resolve_model("package:wordllama"))
        if not (self.folder / _WORDLLAMA_WEIGHTS).is_file():
            raise UsageError(
                "this wordllama ships no weights",
                where=str(self.folder / _WORDLLAMA_WEIGHTS),
                hint='pip install "wordllama>=0.4"',
            )
        self.truncate_dim = truncate_dim
        self.dim: int | None = truncate_dim or _WORDLLAMA_DIMS[-1]
        self._model: WordLlamaInference | None = None

    @property
    def loaded(self) -> bool:
        return self._model is not None

    def load(self) -> None:
        before = logging.root.level, logging.root.handlers[:]
        try:
            import wordllama  # calls logging.basicConfig(INFO) when imported: that would show every library's chatter
        finally:
            logging.root.setLevel(before[0])
            logging.root.handlers[:] = before[1]
        try:
            self._model = wordllama.WordLlama.load(
                cache_dir=self.folder, dim=_WORDLLAMA_DIMS[-1], trunc_dim=self.truncate_dim, disable_download=True
            )
        except Exception as error:
            raise ProviderError(f"WordLlama's weights cannot be read: {error}", where=str(self.folder)) from error
        self.revision = f"wordllama {wordllama.__version__}"

    def facts(self) -> dict[str, Any]:
        return {"weights": Path(_WORDLLAMA_WEIGHTS).stem, "truncate_dim": self.dim}

    def means(self, texts: list[str]) -> npt.NDArray[np.float32]:
        assert self._model is not None  # noqa: S101 - the provider has looked
        vectors: npt.NDArray[np.float32] = self._model.embed(texts, batch_size=len(texts))
        return vectors

    def count(self, texts: list[str]) -> list[int]:
        assert self._model is not None  # noqa: S101
        return [sum(encoding.attention_mask) for encoding in self._model.tokenize(texts)]

    def close(self) -> None:
        self._model = None


class StaticFolder:
    """A model2vec model, or a sentence-transformers model of a StaticEmbedding layer; model2vec reads both.

    The two differ in what they do with a text: model2vec leaves out unknown tokens and cuts at its `max_length`,
    StaticEmbedding does neither. Each is read as its own library would.
    """

    dim: int | None = None
    max_tokens: int | None = None
    normalizes = False
    format = "model2vec or StaticEmbedding"

    def __init__(self, place: Path | str, truncate_dim: int | None, revision: str | None) -> None:
        _disk.require("static", "model2vec")
        self.place, self.truncate_dim, self.revision = place, truncate_dim, revision
        if isinstance(place, Path):
            self.format = static_format(place)
        self._model: StaticModel | None = None

    @property
    def loaded(self) -> bool:
        return self._model is not None

    def load(self) -> None:
        from model2vec import StaticModel

        folder = self._fetch()
        try:
            self.format = static_format(folder)
        except UsageError as error:  # of a folder, the constructor has seen it
            raise ProviderError(error.message, where=str(self.place), hint=error.hint) from error
        try:
            with _torch.silenced("model2vec"):
                model = StaticModel.from_pretrained(folder)
        except Exception as error:
            raise ProviderError(f"{str(self.place)!r} cannot be loaded: {_torch.one_line(error)}") from error
        whole = int(model.embedding.shape[1])
        if self.truncate_dim is not None and self.truncate_dim > whole:
            raise ProviderError(
                f"truncate_dim {self.truncate_dim} is above the model's {whole} dimensions",
                where="options.truncate_dim",
                hint=f"give {whole} or less",
            )
        model.embedding = model.embedding[:, : self.truncate_dim]
        if self.format == "model2vec":
            self.max_tokens, self.normalizes = model.max_length, model.normalize
        else:
            model.unk_token_id = None
            kinds = [str(layer.get("type", "")) for layer in _disk.layers(folder)]
            self.normalizes = any(kind.endswith("Normalize") for kind in kinds)
        self.dim = self.truncate_dim or whole
        self._model = model

    def facts(self) -> dict[str, Any]:
        return {"format": self.format}

    def means(self, texts: list[str]) -> npt.NDArray[np.float32]:
        import numpy as np

        assert self._model is not None  # noqa: S101
        vectors = self._model.encode(
            texts, max_length=self.max_tokens, normalize=False, batch_size=len(texts), use_multiprocessing=False
        )
        as_float32: npt.NDArray[np.float32] = vectors.astype(np.float32, copy=False)
        return as_float32

    def count(self, texts: list[str]) -> list[int]:
        assert self._model is not None  # noqa: S101
        self._model._set_max_length_in_tokenizer(None)
        return [len(ids) for ids in self._model.tokenize(texts)]

    def close(self) -> None:
        self._model = None

    def _fetch(self) -> Path:
        """Return the folder; of a hub id, its snapshot in the hub's cache. Raises NotAvailableError."""
        if isinstance(self.place, Path):
            return self.place
        from huggingface_hub import snapshot_download
        from huggingface_hub.utils.tqdm import disable_progress_bars

        source = _torch.locate(self.place, self.revision)
        disable_progress_bars()
        try:
            found = snapshot_download(
                source.name,
                revision=source.revision,
                local_files_only=source.local_files_only,
                allow_patterns=["*.json", "*.safetensors"],
            )
        except Exception as error:
            if source.local_files_only:
                raise _torch.not_cached(source.name) from error
            raise NotAvailableError(f"{source.name!r} cannot be fetched: {_torch.one_line(error)}") from error
        self.revision = source.revision
        return Path(found)


def static_format(folder: Path) -> str:
    """`model2vec` or `StaticEmbedding`, by what a folder holds. Raises UsageError: neither."""
    kinds = [str(layer.get("type", "")).rpartition(".")[2] for layer in _disk.layers(folder)]
    config = _disk.read_json(folder, "config.json")
    if "embedding_dtype" in config or config.get("model_type") == "model2vec":
        return "model2vec"
    if kinds[:1] == ["StaticEmbedding"]:
        return "model2vec" if config else "StaticEmbedding"
    raise UsageError(
        "this is not a static model: it has neither model2vec's config.json nor a StaticEmbedding layer",
        where=str(folder),
        hint="use: sbert reads sentence-transformers and transformers models",
    )
