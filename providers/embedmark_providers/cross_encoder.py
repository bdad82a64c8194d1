"""`cross-encoder`: reads two texts together with a sentence-transformers CrossEncoder and predicts a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from embedmark.api import PairPredictions, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _device, _disk, _folder, _heads, _torch

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_HEAD_SEED = 0


class CrossEncoderProvider:
    """A cross-encoder: each pair of texts takes a forward pass of its own and becomes one score.

    Options:
        model: hub id, folder, package:IMPORT_NAME/SUBPATH, or cache:NAME, with a trained head of one label.
        label: of a model with several labels (NLI), the one whose probability is the score, such as entailment.
        symmetric: score both orders of a pair and take their mean: STS is symmetric, and cross-encoders are not. Takes
            two forward passes a pair.
        untrained_head: take a model without a head and put an untrained one on it, of a fixed seed: speed only.
        device: auto, cpu, cuda, cuda:N or mps; auto takes the first of cuda, mps and cpu that is there.
        revision: branch, tag or commit of a hub id.
        max_seq_length: tokens after which a pair is cut, its longer text first; default: the model's own.
        threads: CPU threads of a call; default: as the process has them.
        dtype: float32, float16 or bfloat16, of weights and computation; scores are float32 always.
        trust_remote_code: run Python code that comes with the model.
        allow_pickle: read weights of which there is a pickle only, which can run any code when it is read.
        model_kwargs: further keywords for transformers' from_pretrained.

    Scores pass through the activation that the model declares, a sigmoid if it declares none; with `label`, through a
    softmax over all labels.
    """

    def __init__(  # noqa: PLR0913 - each option of the suite is a keyword
        self,
        model: str,
        *,
        label: str | None = None,
        symmetric: bool = False,
        untrained_head: bool = False,
        device: str = "auto",
        revision: str | None = None,
        max_seq_length: int | None = None,
        threads: int | None = None,
        dtype: str = "float32",
        trust_remote_code: bool = False,
        allow_pickle: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        _disk.require("sbert", "torch", "sentence_transformers")
        _disk.check_common(device, dtype, threads)
        self._place = _disk.model_place(model, revision)
        config = _disk.read_json(self._place, "config.json")
        st_config = _disk.read_json(self._place, "config_sentence_transformers.json")
        _disk.check_max_seq_length(max_seq_length, config)
        self._untrained_head = untrained_head
        self._label = label
        if label is not None and untrained_head:
            raise UsageError("label and untrained_head are both given", where="options", hint="leave one of them out")
        _folder.check_whole(self._place, trust_remote_code=trust_remote_code)
        _disk.check_weights(self._place, allow_pickle)
        if not isinstance(self._place, str):  # what a hub id holds is known at load
            problem = _heads.problem(self._place, config, st_config, label=label, untrained_head=untrained_head)
            if problem:
                raise UsageError(problem[0], where=str(self._place), hint=problem[1])
        self._device = device
        self._revision = revision
        self._max_seq_length = max_seq_length
        self._threads = threads
        self._dtype = dtype
        self._trust_remote_code = trust_remote_code
        self._allow_pickle = allow_pickle
        self._column: int | None = None
        self._model_kwargs = dict(model_kwargs or {})
        self._model: CrossEncoder | None = None
        given = {
            "label": label,
            "symmetric": symmetric,
            "untrained_head": untrained_head or None,
            "max_seq_length": max_seq_length,
            "dtype": dtype,
            "trust_remote_code": trust_remote_code,
            "allow_pickle": allow_pickle or None,
            "model_kwargs": self._model_kwargs or None,
        }
        self._info = ProviderInfo(
            plugin="cross-encoder",
            model=model,
            kind="cross-encoder",
            revision=revision,
            untrained=untrained_head,
            symmetric=symmetric,
            recipe={key: value for key, value in given.items() if value is not None},
        )

    @property
    def info(self) -> ProviderInfo:
        """Device, limit, commit and the model's own settings are known after load()."""
        return self._info

    def check(self) -> None:
        """Raise UsageError if a file of the folder is cut off, or the tokenizer is missing."""
        _folder.check_readable(self._place)

    def load(self) -> None:
        """Read the weights. Raises ProviderError: no such model, hub or device, no head, or several labels."""
        import torch
        from sentence_transformers import CrossEncoder

        _folder.check_tokenizers(self._place)
        device = _device.pick(self._device)
        source = _torch.locate(self._place, self._revision)
        with _torch.loading(source), torch.random.fork_rng(devices=[]):
            self._check_hub_config(source.name, source.revision, local_files_only=source.local_files_only)
            torch.manual_seed(_HEAD_SEED)
            model = CrossEncoder(
                source.name,
                device=device,
                revision=source.revision,
                local_files_only=source.local_files_only,
                trust_remote_code=self._trust_remote_code,
                num_labels=1 if self._untrained_head else None,
                model_kwargs=_torch.model_kwargs(
                    self._model_kwargs, self._dtype, source, allow_pickle=self._allow_pickle
                ),
            )
            if self._max_seq_length is not None:
                model.max_seq_length = self._max_seq_length
            _torch.check_loaded(model, source)
        self._column = None if self._label is None else self._column_of(dict(model.config.id2label))
        self._model = model
        activation = type(model.activation_fn).__name__ if self._column is None else "Softmax"
        self._info = replace(
            self._info,
            revision=_torch.commit_of(model.config) or source.revision,
            max_tokens=model.max_seq_length,
            device=str(model.device),
            notes=_torch.code_notes(trust_remote_code=self._trust_remote_code, allow_pickle=self._allow_pickle),
            recipe={**self._info.recipe, "max_seq_length": model.max_seq_length, "activation": activation},
        )

    def predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        """Values float32 (n,) of one call of CrossEncoder.predict, all pairs in one batch; larger is more similar."""
        model = self._loaded()
        if not pairs:
            raise ProviderError("predict() needs at least one pair")
        with _torch.computing(self._threads):
            if self._column is None:
                values = model.predict(list(pairs), batch_size=len(pairs), show_progress_bar=False)
            else:
                values = self._probabilities(model, pairs)[:, self._column]
        return PairPredictions(values.astype("float32", copy=False))

    def count_tokens(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Return tokens of each pair, read together with its special tokens, before any limit cuts it."""
        return _torch.token_counts(self._loaded().tokenizer, list(pairs))

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

    def _loaded(self) -> CrossEncoder:
        if self._model is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        return self._model

    @staticmethod
    def _probabilities(model: CrossEncoder, pairs: Sequence[tuple[str, str]]) -> Any:
        import torch

        return model.predict(
            list(pairs),
            batch_size=len(pairs),
            show_progress_bar=False,
            activation_fn=torch.nn.Identity(),
            apply_softmax=True,
        )

    def _column_of(self, names: dict[int, str]) -> int:
        return next(int(i) for i, name in names.items() if name == self._label)

    def _check_hub_config(self, name: str, revision: str | None, *, local_files_only: bool) -> None:
        if not isinstance(self._place, str):
            return
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(
            name,
            revision=revision,
            local_files_only=local_files_only,
            trust_remote_code=self._trust_remote_code,
        )
        known = {"architectures": config.architectures, "id2label": config.id2label}
        problem = _heads.problem(self._place, known, {}, label=self._label, untrained_head=self._untrained_head)
        if problem:
            raise ProviderError(problem[0], where=name, hint=problem[1])
