"""`sbert`: bi-encoders of sentence-transformers, from the hub, a folder or a pip package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _disk, _torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_POOLINGS = ("cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")


class SbertProvider:
    """A bi-encoder: each text becomes one vector, by one forward pass.

    Options:
        model: hub id, folder, or package:IMPORT_NAME/SUBPATH.
        pooling: cls, mean, max, mean_sqrt_len_tokens, weightedmean or lasttoken; wins over the model's own.
        normalize: scale each vector to length 1.
        device: auto, cpu, cuda, cuda:N or mps; auto takes the first of cuda, mps and cpu that is there.
        revision: branch, tag or commit of a hub id.
        max_seq_length: tokens after which a text is cut; default: the model's own.
        threads: CPU threads of a call; default: as the process has them.
        prompt: text put before each text, such as "query: ".
        prompt_name: name of one of the model's own prompts.
        truncate_dim: keep the first dimensions only (Matryoshka models).
        dtype: float32, float16 or bfloat16, of weights and computation; vectors are float32 always.
        trust_remote_code: run Python code that comes with the model.
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
        dtype: str = "float32",
        trust_remote_code: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        _disk.require("sbert", "torch", "sentence_transformers")
        _disk.check_common(device, dtype, threads)
        _disk.check_positive("truncate_dim", truncate_dim)
        if pooling is not None and pooling not in _POOLINGS:
            raise UsageError(f"there is no pooling {pooling!r}", where="options.pooling", hint=", ".join(_POOLINGS))
        if prompt is not None and prompt_name is not None:
            raise UsageError("prompt and prompt_name are both given", where="options", hint="leave one of them out")
        self._place = _disk.model_place(model, revision)
        config = _disk.read_json(self._place, "config.json")
        st_config = _disk.read_json(self._place, "config_sentence_transformers.json")
        if _disk.is_cross_encoder(self._place, config, st_config):
            raise UsageError("this model is a cross-encoder", where=str(self._place), hint="use: cross-encoder")
        _disk.check_max_seq_length(max_seq_length, config)
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
        self._model_kwargs = dict(model_kwargs or {})
        self._model: SentenceTransformer | None = None
        given = {
            "pooling": pooling,
            "normalize": normalize,
            "max_seq_length": max_seq_length,
            "prompt": prompt,
            "prompt_name": prompt_name,
            "truncate_dim": truncate_dim,
            "dtype": dtype,
            "trust_remote_code": trust_remote_code,
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
        import torch
        from sentence_transformers import SentenceTransformer

        device = _torch.pick_device(self._device)
        source = _torch.locate(self._place, self._revision)
        with _torch.loading(source):
            model = SentenceTransformer(
                source.name,
                device=device,
                revision=source.revision,
                local_files_only=source.local_files_only,
                trust_remote_code=self._trust_remote_code,
                truncate_dim=self._truncate_dim,
                model_kwargs={**self._model_kwargs, "dtype": getattr(torch, self._dtype)},
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
        self._check_dim(model)
        self._model = model
        self._info = self._describe(model, own_pooling, source.revision)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Vectors float32 (n, d) of one call of SentenceTransformer.encode, all texts in one batch."""
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
        return Embeddings(vectors.astype("float32", copy=False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text with prompt and special tokens, before the model's limit cuts it."""
        model = self._loaded()
        prompt = self._prompt_text(model)
        encoded = model.tokenizer([prompt + text for text in texts], truncation=False, padding=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def sync(self) -> None:
        """Wait until the device has done all that was asked of it."""
        _torch.synchronize(self._info.device)

    def close(self) -> None:
        """Free the model."""
        if self._model is not None:
            self._model = None
            _torch.release(self._info.device)

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        return self._model

    def _set_pooling(self, model: SentenceTransformer) -> Any:
        """Put the asked-for pooling in place; returns the mode there was before, None if there is no such layer."""
        from sentence_transformers.sentence_transformer.modules import Pooling

        place = next((i for i, module in enumerate(model) if isinstance(module, Pooling)), None)
        if place is None:
            if self._pooling is not None:
                raise ProviderError(
                    "this model has no token vectors to pool", where="options.pooling", hint="leave it out"
                )
            return None
        own = model[place].pooling_mode
        if self._pooling is not None:
            model[place] = Pooling(model[place].embedding_dimension, self._pooling, model[place].include_prompt)
        return own

    def _check_dim(self, model: SentenceTransformer) -> None:
        with model.truncate_embeddings(None):
            dim = model.get_embedding_dimension()
        if self._truncate_dim is not None and dim is not None and self._truncate_dim > dim:
            raise ProviderError(
                f"truncate_dim {self._truncate_dim} is above the model's {dim} dimensions",
                where="options.truncate_dim",
                hint=f"give {dim} or less",
            )

    def _prompt_text(self, model: SentenceTransformer) -> str:
        if self._prompt is not None:
            return self._prompt
        name = self._prompt_name or model.default_prompt_name
        return str(model.prompts[name]) if name is not None else ""

    def _describe(self, model: SentenceTransformer, own: Any, revision: str | None) -> ProviderInfo:
        # Of a plain transformer sentence-transformers reads no layers, so what it pools with is not the model's.
        if own is not None and not model.module_kwargs:
            own = f"none; {own} is sentence-transformers' default"
        pooling = {"pooling": self._pooling, "pooling_of_model": own} if self._pooling else {"pooling": own}
        recipe = {
            **self._info.recipe,
            **pooling,
            "layers": [type(module).__name__ for module in model],
            "max_seq_length": model.max_seq_length,
            "prompt": self._prompt_text(model) or None,
        }
        return replace(
            self._info,
            dim=model.get_embedding_dimension(),
            revision=_torch.commit_of(model.config) or revision,
            max_tokens=model.max_seq_length,
            similarity="dot" if model.similarity_fn_name == "dot" else "cosine",
            device=str(model.device),
            recipe={key: value for key, value in recipe.items() if value is not None},
        )
