"""The files of a model's folder: pointers in place of files, weights that are cut off, and a tokenizer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from embedmark.errors import ProviderError, UsageError
from embedmark_providers._disk import read_json

_LFS: Final = b"version https://git-lfs.github.com/spec/"
_MOST_HEADER: Final = 100_000_000  # bytes, as the safetensors library has it
# A tokenizer is one of these files; those of bytes and characters have none.
_TOKENIZERS: Final = ("tokenizer.json", "vocab.*", "*.model", "merges.txt", "tokenizer_*.json", "tokenization*.py",
                      "tekken.json", "*.tiktoken")  # fmt: skip
# A head without weights, and names that transformers changes at load, are far fewer than the rest.
_LEAST_NAMED: Final = 0.3
_WITHOUT_VOCABULARY: Final = ("byt5", "canine", "perceiver")


def check_pointers(place: Path) -> None:
    """Refuse a clone without git-lfs, which has small text files in place of weights and tokenizers."""
    for path in _files(place):
        if path.stat().st_size <= 1024 and path.read_bytes().startswith(_LFS):
            raise UsageError(
                f"{path.relative_to(place)} is a git-lfs pointer, not the file itself",
                where=str(path),
                hint=f"git -C {place} lfs pull, or download the model again",
            )


def check_safetensors(place: Path) -> None:
    """Refuse weights that are cut off, or that are another file under this name: a page of an error, say."""
    for path in _files(place):
        if path.suffix != ".safetensors":
            continue
        size, whole = path.stat().st_size, _whole_size(path)
        if whole is None:
            raise UsageError(
                f"{path.relative_to(place)} does not hold safetensors", where=str(path),
                hint="download the file again: it may be a page of an error, or a download that was broken off",
            )  # fmt: skip
        if size < whole:
            raise UsageError(
                f"{path.relative_to(place)} is cut off: it has {size:,} of {whole:,} bytes", where=str(path),
                hint="download the file again",
            )  # fmt: skip


def check_tokenizer(place: Path, folder: Path) -> None:
    """Refuse a transformer's folder without a tokenizer: transformers would make one without a vocabulary.

    Args:
        place: the model's folder.
        folder: in it, of the transformer.
    """
    config, own = read_json(folder, "config.json"), read_json(folder, "tokenizer_config.json")
    kind = f"{config.get('model_type', '')} {own.get('tokenizer_class', '')}".lower()
    exempt = ("preprocessor_config.json", "adapter_config.json")  # an image tower has none, an adapter its base's
    if any(name in kind for name in _WITHOUT_VOCABULARY) or any((folder / name).is_file() for name in exempt):
        return
    places = {folder, place}
    for pattern in _TOKENIZERS:
        found = (path for one in places for path in one.glob(pattern))
        if any(path.name != "tokenizer_config.json" for path in found):
            return
    raise UsageError(
        f"{folder.relative_to(place) / 'tokenizer.json'} is missing: the folder is incomplete",
        where=str(place),
        hint="download the whole model again, with its tokenizer",
    )


def _files(place: Path) -> Iterator[Path]:
    folders = [place, *(folder for folder in place.iterdir() if folder.is_dir() and not folder.name.startswith("."))]
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix in (".safetensors", ".bin", ".json", ".model", ".txt", ".onnx"):
                yield path


def _whole_size(path: Path) -> int | None:
    """Return the size that a file of safetensors must have, by its own header; None if it has no such header."""
    header = read_header(path)
    if header is None:
        return None
    with path.open("rb") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
    ends = [one["data_offsets"][1] for name, one in header.items() if name != "__metadata__"]
    return start + max(ends, default=0)


def read_header(path: Path) -> dict[str, Any] | None:
    """Return the header of a file of safetensors: each tensor's type, shape and place; None if it has none."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _MOST_HEADER:
            return None
        raw = file.read(length)
    if len(raw) < length and raw[:1] == b"{":  # cut off within the header
        return {"": {"data_offsets": [0, length]}}
    try:
        found = json.loads(raw)
        good = isinstance(found, dict) and all(
            isinstance(one["data_offsets"][1], int) for name, one in found.items() if name != "__metadata__"
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return found if good else None


def check_names(state: Mapping[str, Any], place: str) -> None:
    """Raise ProviderError if most weights of a loaded model are not in its folder: they are random then.

    transformers only logs that. Names differ in what is in front of them, so that their last parts are compared.

    Args:
        state: of the loaded model, by name.
        place: the folder that it was loaded from; a hub id passes.
    """
    if (Path(place) / "adapter_config.json").is_file():  # most weights are those of its base
        return
    headers = [read_header(path) or {} for path in Path(place).rglob("*.safetensors")]
    named = {end for header in headers for end in map(_end, header) if end is not None}
    wanted = [end for end in map(_end, state) if end is not None]
    there = sum(end in named for end in wanted)
    if named and there < _LEAST_NAMED * len(wanted):
        raise ProviderError(
            f"{len(wanted) - there} of {len(wanted)} weights of this model are not in its folder, and would be random",
            where=place,
            hint="config.json is of another model: download both again",
        )


def _end(name: str) -> str | None:
    """Return the last three parts of a weight's name; None if it has fewer."""
    parts = name.split(".")
    return ".".join(parts[-3:]) if len(parts) > 2 else None
