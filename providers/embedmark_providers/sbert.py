"""`sbert`: bi-encoders of sentence-transformers, from the hub, a folder or a pip package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _calibration, _device, _disk, _folder, _precision, _roles, _sbert_model, _torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_POOLINGS = ("cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")


class SbertProvider:
    """A bi-encoder: each text becomes one vector, by one forward pass.

    Options:
        model: hub id, folder, package:IMPORT_NAME/SUBPATH, or cache:NAME.
        pooling: cls, mean, max, mean_sqrt_len_tokens, weightedmean or lasttoken; wins over the model's own.
        normalize: scale each vector to length 1.
        device: auto, cpu, cuda, cuda:N or mps; auto takes the first of cuda, mps and cpu that is there.
        revision: branch, tag or commit of a hub id.
        max_seq_length: tokens after which a text is cut; default: the model's own.
        threads: CPU threads of a call; default: as the process has them.
        prompt: text put before each text, such as "query: ".
        prompt_name: name of one of the model's own prompts.
        query: a `prompt` or `prompt_name` for queries in place of the two above; a Router model takes its query route.
        document: the same for documents and for texts without a role, such as those of STS.
        truncate_dim: keep the first dimensions only (Matryoshka models).
        precision: float32; int8, 256 levels a dimension whose ranges are fixed at load; or binary, +1 and -1.
        calibration: for int8, a UTF-8 file with a text a line that the ranges are taken from; default: built-in texts.
        dtype: float32, float16 or bfloat16, of weights and computation; vectors are float32 always.
        trust_remote_code: run Python code that comes with the model.
        allow_pickle: read weights of which there is a pickle only, which can run any code when it is read.
        model_kwargs: further keywords for transformers' from_pretrained.

    Texts longer than max_seq_length are cut by the model: `count_tokens` tells the uncut length, `info.max_tokens`
    the limit.
    """

    def __init__(  # noqa: PLR0913 - each option of the suite is a keyword
        self,
        model: str,
        *,
        pooling: str | None = None,
        normalize: bool = False,
        device: str = "auto",
        revision: str | None = None,
        max_seq_length: int | None = None,
        threads: int | None = None,
        prompt: str | None = None,
        prompt_name: str | None = None,
        query: Mapping[str, Any] | None = None,
        document: Mapping[str, Any] | None = None,
        truncate_dim: int | None = None,
        precision: str = "float32",
        calibration: str | None = None,
        dtype: str = "float32",
        trust_remote_code: bool = False,
        allow_pickle: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        _disk.require("sbert", "torch", "sentence_transformers")
        _disk.check_common(device, dtype, threads)
        _disk.check_positive("truncate_dim", truncate_dim)
        if pooling is not None and pooling not in _POOLINGS:
            raise UsageError(f"there is no pooling {pooling!r}", where="options.pooling", hint=", ".join(_POOLINGS))
        if precision not in _precision.PRECISIONS:
            known = ", ".join(_precision.PRECISIONS)
            raise UsageError(f"there is no precision {precision!r}", where="options.precision", hint=f"one of: {known}")
        if calibration is not None and precision != "int8":
            raise UsageError("calibration is for precision int8 only", where="options.calibration", hint="leave it out")
        self._roles = _roles.read_roles(prompt, prompt_name, query, document)
        self._place = _disk.model_place(model, revision)
        config = _disk.read_json(self._place, "config.json")
        st_config = _disk.read_json(self._place, "config_sentence_transformers.json")
        if _disk.is_cross_encoder(self._place, config, st_config):
            raise UsageError("this model is a cross-encoder", where=str(self._place), hint="use: cross-encoder")
        _folder.check_dense(self._place)
        _folder.check_whole(self._place, trust_remote_code=trust_remote_code)
        _disk.check_weights(self._place, allow_pickle)
        _disk.check_max_seq_length(max_seq_length, config)
        _folder.check_limit(self._place, max_seq_length)
        self._check_dim(truncate_dim, _disk.dimension(self._place, config), UsageError)
        self._pooling = pooling
        self._normalize = normalize
        self._device = device
        self._revision = revision
        self._max_seq_length = max_seq_length
        self._threads = threads
        self._truncate_dim = truncate_dim
        self._dtype = dtype
        self._trust_remote_code = trust_remote_code
        self._allow_pickle = allow_pickle
        self._precision = precision
        self._calibration = None
        if precision == "int8":
            self._calibration = _calibration.read(calibration) if calibration else _calibration.built_in()
        self._quantise: Callable[[Any], Any] | None = _precision.binary if precision == "binary" else None
        self._model_kwargs = dict(model_kwargs or {})
        self._model: SentenceTransformer | None = None
        given = {
            "pooling": pooling,
            "normalize": normalize,
            "max_seq_length": max_seq_length,
            "prompt": prompt,
            "prompt_name": prompt_name,
            "query": query and self._roles["query"].facts(),
            "document": document and self._roles["document"].facts(),
            "truncate_dim": truncate_dim,
            "precision": precision,
            "calibration": self._calibration.facts() if self._calibration else None,
            "dtype": dtype,
            "trust_remote_code": trust_remote_code,
            "allow_pickle": allow_pickle or None,
            "model_kwargs": self._model_kwargs or None,
        }
        self._info = ProviderInfo(
            plugin="sbert",
            model=model,
            kind="bi-encoder",
            revision=revision,
            recipe={key: value for key, value in given.items() if value is not None},
        )

    @property
    def info(self) -> ProviderInfo:
        """Dimension, device, limit, similarity, commit and the model's own settings are known after load()."""
        return self._info

    def check(self) -> None:
        """Raise UsageError if a file of the folder is cut off, or the tokenizer is missing."""
        _folder.check_readable(self._place)

    def load(self) -> None:
        """Read the weights. Raises ProviderError: no such model, hub or device, or options that do not fit it."""
        from sentence_transformers import SentenceTransformer

        _folder.check_tokenizers(self._place)
        device = _device.pick(self._device)
        source = _torch.locate(self._place, self._revision)
        with _torch.loading(source):
            model = SentenceTransformer(
                source.name,
                device=device,
                revision=source.revision,
                local_files_only=source.local_files_only,
                trust_remote_code=self._trust_remote_code,
                truncate_dim=self._truncate_dim,
                model_kwargs=_torch.model_kwargs(
                    self._model_kwargs, self._dtype, source, allow_pickle=self._allow_pickle
                ),
            )
            own_pooling = _sbert_model.set_pooling(model, self._pooling)
            if self._max_seq_length is not None:
                model.max_seq_length = self._max_seq_length
            _torch.check_loaded(model, source)
        _roles.check_prompt_names(self._roles, model.prompts)
        with model.truncate_embeddings(None):
            self._check_dim(self._truncate_dim, model.get_embedding_dimension(), ProviderError)
        self._model = model
        if self._calibration is not None:
            self._quantise = _precision.int8_of(self._calibrate(self._calibration.texts))
        found = _sbert_model.describe(
            model, pooling=self._pooling, own_pooling=own_pooling, roles=self._roles, source=source
        )
        code = _torch.code_notes(trust_remote_code=self._trust_remote_code, allow_pickle=self._allow_pickle)
        recipe = {**self._info.recipe, **found.recipe}
        self._info = replace(self._info, **found.facts, notes=(*found.notes, *code), recipe=recipe)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d) of one call of SentenceTransformer.encode, all texts in one batch."""
        return self._encode(texts, "document")

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Do the same as encode(), with the prompt and the route of queries."""
        return self._encode(texts, "query")

    def _encode(self, texts: Sequence[str], role: _roles.Role) -> Embeddings:
        vectors = self._vectors(texts, role)
        return Embeddings(vectors if self._quantise is None else self._quantise(vectors))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return tokens of each text with prompt and special tokens, before the model's limit cuts it."""
        model = self._loaded()
        prompt = _sbert_model.prompt_text(model, self._roles["document"])
        return _torch.token_counts(model.tokenizer, [prompt + text for text in texts])

    def sync(self) -> None:
        """Wait until the device has done all that was asked of it."""
        _device.synchronize(self._info.device)

    def observed(self) -> Mapping[str, Any]:
        """Parameters, size of the weights in MB, and on CUDA the device and the most of its memory in use."""
        return _device.footprint(self._info.device, self._model)

    def close(self) -> None:
        """Free the model."""
        if self._model is not None:
            self._model = None
            _device.release(self._info.device)

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        return self._model

    def _vectors(self, texts: Sequence[str], role: _roles.Role = "document") -> Any:
        model = self._loaded()
        options = self._roles[role]
        route = {"task": role} if _sbert_model.is_router(model) else {}
        if not texts:
            raise ProviderError("encode() needs at least one text")
        with _torch.computing(self._threads):
            vectors = model.encode(
                list(texts),
                prompt=options.prompt,
                prompt_name=options.prompt_name,
                batch_size=len(texts),
                show_progress_bar=False,
                normalize_embeddings=self._normalize,
                **route,
            )
        return vectors.astype("float32", copy=False)

    def _calibrate(self, texts: Sequence[str]) -> Any:
        import numpy as np

        return np.vstack([self._vectors(texts[i : i + 32]) for i in range(0, len(texts), 32)])

    @staticmethod
    def _check_dim(truncate_dim: int | None, dim: int | None, error: type[UsageError] | type[ProviderError]) -> None:
        if truncate_dim is not None and dim is not None and truncate_dim > dim:
            raise error(
                f"truncate_dim {truncate_dim} is above the model's {dim} dimensions",
                where="options.truncate_dim",
                hint=f"give {dim} or less",
            )
