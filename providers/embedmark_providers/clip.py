"""`clip`: texts and images in one space, with CLIP models of sentence-transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError
from embedmark_providers import _device, _disk, _folder, _torch

if TYPE_CHECKING:
    from PIL.Image import Image
    from sentence_transformers import SentenceTransformer

# Text towers that were trained into the space of another model, which has the image tower.
_IMAGE_TOWERS = {"clip-ViT-B-32-multilingual-v1": "clip-ViT-B-32"}
# SigLIP learnt from texts of a fixed length, padding read along: padded to the longest text of a batch, as
# sentence-transformers does, a vector would be another one, and depend on its neighbours.
_FIXED_LENGTH = ("siglip", "siglip2")
_EXAMPLES = "clip-ViT-B-32, or google/siglip-base-patch16-224"


class ClipProvider:
    """A bi-encoder of texts and images: each becomes one vector of the same space, by one forward pass.

    Options:
        model: hub id, folder, or package:IMPORT_NAME/SUBPATH, of a model with a text and an image tower.
        image_model: where the image tower is, if `model` has none; known for clip-ViT-B-32-multilingual-v1.
        normalize: scale each vector to length 1.
        device: auto, cpu, cuda, cuda:N or mps; auto takes the first of cuda, mps and cpu that is there.
        revision: branch, tag or commit of a hub id; of `model` only.
        threads: CPU threads of a call; default: as the process has them.
        dtype: float32, float16 or bfloat16, of weights and computation; vectors are float32 always.
        trust_remote_code: run Python code that comes with the model.
        allow_pickle: read weights of which there is a pickle only, which can run any code when it is read.
        model_kwargs: further keywords for transformers' from_pretrained.

    Texts longer than the model's limit (77 tokens for CLIP, 64 for SigLIP) are cut by the model: `count_tokens` tells
    the uncut length, `info.max_tokens` the limit. Images are scaled and cropped by the model's own processor.
    """

    def __init__(  # noqa: PLR0913 - each option of the suite is a keyword
        self,
        model: str,
        *,
        image_model: str | None = None,
        normalize: bool = False,
        device: str = "auto",
        revision: str | None = None,
        threads: int | None = None,
        dtype: str = "float32",
        trust_remote_code: bool = False,
        allow_pickle: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        _disk.require("clip", "torch", "sentence_transformers", "PIL")
        _disk.check_common(device, dtype, threads)
        image_model = image_model or _IMAGE_TOWERS.get(model.rsplit("/", maxsplit=1)[-1])
        self._place = _disk.model_place(model, revision)
        self._image_place = None if image_model is None else _disk.model_place(image_model, None)
        _check_has_images(model, self._image_place or self._place)
        for place in (self._place, self._image_place):
            if place is not None:
                _folder.check_whole(place, trust_remote_code=trust_remote_code)
                _disk.check_weights(place, allow_pickle)
        self._normalize = normalize
        self._device = device
        self._revision = revision
        self._threads = threads
        self._dtype = dtype
        self._trust_remote_code = trust_remote_code
        self._allow_pickle = allow_pickle
        self._model_kwargs = dict(model_kwargs or {})
        self._texts: SentenceTransformer | None = None
        self._images: SentenceTransformer | None = None
        given = {
            "image_model": image_model,
            "normalize": normalize,
            "dtype": dtype,
            "trust_remote_code": trust_remote_code,
            "allow_pickle": allow_pickle or None,
            "model_kwargs": self._model_kwargs or None,
        }
        self._info = ProviderInfo(
            plugin="clip",
            model=model,
            kind="bi-encoder",
            revision=revision,
            modalities=("text", "image"),
            recipe={key: value for key, value in given.items() if value is not None},
        )

    @property
    def info(self) -> ProviderInfo:
        """Dimension, device, limit, similarity and commit are known after load()."""
        return self._info

    def check(self) -> None:
        """Raise UsageError if a file of the folder is cut off, or the tokenizer is missing."""
        _folder.check_readable(self._place)
        _folder.check_readable(self._image_place)

    def load(self) -> None:
        """Read the weights. Raises ProviderError: no such model, hub or device, or a model without an image tower."""
        _folder.check_tokenizers(self._place)
        device = _device.pick(self._device)
        source = _torch.locate(self._place, self._revision)
        texts = images = self._read(source, device)
        if self._image_place is not None:
            images = self._read(_torch.locate(self._image_place, None), device)
        for modality, tower, name in (
            ("text", texts, self._place),
            ("image", images, self._image_place or self._place),
        ):
            if modality not in tower.modalities:
                raise ProviderError(
                    f"{str(name)!r} has no {modality} tower; it reads {', '.join(map(str, tower.modalities))}",
                    hint="options: {image_model: ...} names the image model that its texts were trained to match"
                    if modality == "image"
                    else f"use a model of texts and images, such as {_EXAMPLES}",
                )
        dims = texts.get_embedding_dimension(), images.get_embedding_dimension()
        if None not in dims and dims[0] != dims[1]:
            raise ProviderError(
                f"texts become vectors of {dims[0]} dimensions and images of {dims[1]}: they share no space",
                where="options.image_model",
                hint="give the model that the text tower was trained to match",
            )
        if _model_type(texts) in _FIXED_LENGTH:
            given = texts[0].processing_kwargs
            texts[0].processing_kwargs = {**given, "text": {**given.get("text", {}), "padding": "max_length"}}
        self._texts, self._images = texts, images
        self._info = self._describe(texts, images, source.revision)

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d) of one call of SentenceTransformer.encode, all texts in one batch."""
        return self._encode(self._texts, list(texts), "text")

    def encode_images(self, images: Sequence[Image]) -> Embeddings:
        """Vectors float32 (n, d) of RGB PIL images, all in one batch; the model's processor scales and crops them."""
        return self._encode(self._images, list(images), "image")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return tokens of each text with special tokens, before the model's limit cuts it."""
        tokenizer = self._loaded(self._texts).tokenizer
        encoded = tokenizer(list(texts), truncation=False, padding=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def sync(self) -> None:
        """Wait until the device has done all that was asked of it."""
        _device.synchronize(self._info.device)

    def observed(self) -> Mapping[str, Any]:
        """Parameters, size of the weights in MB, and on CUDA the device and the most of its memory in use."""
        return _device.footprint(self._info.device, self._texts, self._images)

    def close(self) -> None:
        """Free the model."""
        if self._texts is not None:
            self._texts = self._images = None
            _device.release(self._info.device)

    def _read(self, source: _torch.ModelSource, device: str) -> SentenceTransformer:
        from sentence_transformers import SentenceTransformer

        with _torch.loading(source):
            return SentenceTransformer(
                source.name,
                device=device,
                revision=source.revision,
                local_files_only=source.local_files_only,
                trust_remote_code=self._trust_remote_code,
                model_kwargs=_torch.model_kwargs(
                    self._model_kwargs, self._dtype, source, allow_pickle=self._allow_pickle
                ),
            )

    def _encode(self, tower: SentenceTransformer | None, items: list[Any], what: str) -> Embeddings:
        model = self._loaded(tower)
        if not items:
            raise ProviderError(f"there must be at least one {what} to encode")
        with _torch.computing(self._threads):
            vectors = model.encode(
                items, batch_size=len(items), show_progress_bar=False, normalize_embeddings=self._normalize
            )
        return Embeddings(vectors.astype("float32", copy=False))

    def _loaded(self, tower: SentenceTransformer | None) -> SentenceTransformer:
        if tower is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        return tower

    def _describe(self, texts: Any, images: Any, revision: str | None) -> ProviderInfo:
        recipe = {**self._info.recipe, "layers": [type(module).__name__ for module in texts]}
        if _model_type(texts) in _FIXED_LENGTH:
            recipe["text_padding"] = "max_length"
        if images is not texts:
            recipe["image_revision"] = _torch.commit_of(images.config)
        return replace(
            self._info,
            dim=images.get_embedding_dimension(),
            revision=_torch.commit_of(texts.config) or revision,
            max_tokens=texts.max_seq_length,
            similarity="dot" if texts.similarity_fn_name == "dot" else "cosine",
            device=str(images.device),
            notes=_torch.code_notes(trust_remote_code=self._trust_remote_code, allow_pickle=self._allow_pickle),
            recipe={key: value for key, value in recipe.items() if value is not None},
        )


def _model_type(tower: Any) -> str:
    return str(getattr(tower.config, "model_type", ""))


def _check_has_images(model: str, place: Path | str) -> None:
    """Raise UsageError for a folder whose configuration has no image tower; what a hub id holds is known at load."""
    if isinstance(place, str):
        return
    modules = _disk.layers(place)
    folder = place / str(modules[0].get("path") or "") if modules else place
    config = _disk.read_json(folder, "config.json")
    if "vision_config" not in config and config:
        kind = config.get("model_type") or "another kind of model"
        raise UsageError(
            f"{model!r} reads texts only: it is a {kind} without an image tower",
            where=str(folder),
            hint=f"use: sbert for texts; for images, a model such as {_EXAMPLES}, or options: {{image_model: ...}}",
        )
