"""`sbert`: bi-encoders of sentence-transformers, from the hub, a folder or a pip package."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _calibration, _device, _disk, _precision, _torch

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
        if prompt is not None and prompt_name is not None:
            raise UsageError("prompt and prompt_name are both given", where="options", hint="leave one of them out")
        self._place = _disk.model_place(model, revision)
        config = _disk.read_json(self._place, "config.json")
        st_config = _disk.read_json(self._place, "config_sentence_transformers.json")
        if _disk.is_cross_encoder(self._place, config, st_config):
            raise UsageError("this model is a cross-encoder", where=str(self._place), hint="use: cross-encoder")
        _disk.check_weights(self._place, allow_pickle)
        _disk.check_max_seq_length(max_seq_length, config)
        self._check_dim(truncate_dim, _disk.dimension(self._place, config), UsageError)
        self._pooling = pooling
        self._normalize = normalize
        self._device = device
        self._revision = revision
        self._max_seq_length = max_seq_length
        self._threads = threads
        self._prompt = prompt
        self._prompt_name = prompt_name
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

    def load(self) -> None:
        """Read the weights. Raises ProviderError: no such model, hub or device, or options that do not fit it."""
        from sentence_transformers import SentenceTransformer

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
            own_pooling = self._set_pooling(model)
            if self._max_seq_length is not None:
                model.max_seq_length = self._max_seq_length
        if self._prompt_name is not None and self._prompt_name not in model.prompts:
            raise ProviderError(
                f"the model has no prompt {self._prompt_name!r}",
                where="options.prompt_name",
                hint=f"one of: {', '.join(model.prompts)}; or give prompt:",
            )
        with model.truncate_embeddings(None):
            self._check_dim(self._truncate_dim, model.get_embedding_dimension(), ProviderError)
        self._model = model
        if self._calibration is not None:
            self._quantise = _precision.int8_of(self._calibrate(self._calibration.texts))
        self._info = self._describe(model, own_pooling, source.revision)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Vectors float32 (n, d) of one call of SentenceTransformer.encode, all texts in one batch."""
        vectors = self._vectors(texts)
        return Embeddings(vectors if self._quantise is None else self._quantise(vectors))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with prompt and special tokens, before the model's limit cuts it."""
        model = self._loaded()
        prompt = self._prompt_text(model)
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

    def _vectors(self, texts: Sequence[str]) -> Any:
        model = self._loaded()
        if not texts:
            raise ProviderError("encode() needs at least one text")
        with _torch.computing(self._threads):
            vectors = model.encode(
                list(texts),
                prompt=self._prompt,
                prompt_name=self._prompt_name,
                batch_size=len(texts),
                show_progress_bar=False,
                normalize_embeddings=self._normalize,
            )
        return vectors.astype("float32", copy=False)

    def _calibrate(self, texts: Sequence[str]) -> Any:
        import numpy as np

        return np.vstack([self._vectors(texts[i : i + 32]) for i in range(0, len(texts), 32)])

    def _set_pooling(self, model: SentenceTransformer) -> str | None:
        """Put the asked-for pooling in place; returns the mode there was before, None if there is no such layer."""
        from sentence_transformers.sentence_transformer.modules import Pooling

        place = next((i for i, module in enumerate(model) if isinstance(module, Pooling)), None)
        if place is None:
            if self._pooling is not None:
                raise ProviderError(
                    "this model has no token vectors to pool", where="options.pooling", hint="leave it out"
                )
            return None
        modes = model[place].pooling_mode
        own = modes if isinstance(modes, str) else "+".join(modes)
        if self._pooling is not None:
            model[place] = Pooling(model[place].embedding_dimension, self._pooling, model[place].include_prompt)
        return own

    @staticmethod
    def _check_dim(truncate_dim: int | None, dim: int | None, error: type[UsageError] | type[ProviderError]) -> None:
        if truncate_dim is not None and dim is not None and truncate_dim > dim:
            raise error(
                f"truncate_dim {truncate_dim} is above the model's {dim} dimensions",
                where="options.truncate_dim",
                hint=f"give {dim} or less",
            )

    def _prompt_text(self, model: SentenceTransformer) -> str:
        if self._prompt is not None:
            return self._prompt
        name = self._prompt_name or model.default_prompt_name
        return str(model.prompts[name]) if name is not None else ""

    def _describe(self, model: SentenceTransformer, own: str | None, revision: str | None) -> ProviderInfo:
        # Of a plain transformer sentence-transformers reads no layers, so what it pools with is not the model's.
        plain = own is not None and not model.module_kwargs
        pooling = {"pooling": self._pooling or own, "pooling_of_model": "none" if plain else own}
        recipe = {
            **self._info.recipe,
            **pooling,
            "layers": [type(module).__name__ for module in model],
            "max_seq_length": model.max_seq_length,
            "prompt": self._prompt_text(model) or None,
        }
        limit = model.max_seq_length  # StaticEmbedding has none, and says infinity
        return replace(
            self._info,
            dim=model.get_embedding_dimension(),
            revision=_torch.commit_of(model.config) or revision,
            max_tokens=limit if isinstance(limit, int) else None,
            similarity="dot" if model.similarity_fn_name == "dot" else "cosine",
            device=str(model.device),
            notes=tuple(self._notes(own, plain)),
            recipe={key: value for key, value in recipe.items() if value is not None and value != math.inf},
        )

    def _notes(self, own: str | None, plain: bool) -> list[str]:
        notes = []
        if plain and self._pooling is None:
            notes.append(
                f"this model has no pooling layer; {own} pooling is sentence-transformers' default, not the model's "
                "(options.pooling chooses)"
            )
        elif not plain and self._pooling not in (None, own):
            notes.append(f"options.pooling wins: {self._pooling} pooling, where the model's own is {own}")
        code = _torch.code_notes(trust_remote_code=self._trust_remote_code, allow_pickle=self._allow_pickle)
        return [*notes, *code]
