"""What a look at the disk and at the installed packages decides, before anything heavy is imported."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from embedmark.api import install_command, resolve_model
from embedmark.errors import UsageError

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_DTYPES = ("float32", "float16", "bfloat16")
PICKLES = ("pytorch_model", "model")  # files of this beginning and the ending .bin
PICKLE_HINT = "if you trust its author, options: {allow_pickle: true}; better, convert it to safetensors"
_AGAIN = "download the file again"
_DEFAULT_NUM_LABELS = 2  # transformers' PretrainedConfig, which leaves a default out of config.json


def require(extra: str, *packages: str) -> None:
    """Raise UsageError with the pip command if one of `packages` (top-level import names) is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"this provider needs {' and '.join(missing)}, not installed here", hint=install_command(extra)
        )


def model_place(model: str, revision: str | None) -> Path | str:
    """Return the folder of a local model, or its hub id. Raises UsageError: not there, or not a model folder."""
    place = resolve_model(model)
    if isinstance(place, str):
        return place
    if not place.is_dir() or not any((place / name).is_file() for name in ("config.json", "modules.json")):
        raise UsageError(
            "this is not a transformers or sentence-transformers model: it has no config.json and no modules.json",
            where=str(place),
            hint=_no_model_hint(place),
        )
    if revision is not None:
        raise UsageError(f"revision {revision!r} applies to hub ids; this model is a folder", where=str(place))
    return place


def _no_model_hint(place: Path) -> str:
    """Return what to do with a folder that holds no model itself: the folder in it that does, or another provider."""
    inside = sorted(path.parent for name in ("modules.json", "config.json") for path in place.glob(f"*/{name}"))
    inside += sorted(path.parent for path in place.glob("snapshots/*/config.json"))
    if inside:
        return f"give the folder in it that holds the model: {inside[-1]}"
    if place.is_dir() and any(place.glob("*.gguf")):
        return "llama.cpp or Ollama serves a GGUF file: use: openai, options: {base_url: ...}"
    return "give the folder that save_pretrained() wrote, with its weights and tokenizer"


def read_json(place: Path | str, name: str) -> dict[str, Any]:
    """Return the JSON object in file `name` of a model folder; empty where there is none, and for hub ids."""
    if isinstance(place, str) or not (place / name).is_file():
        return {}
    path = place / name
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"this file of the model is not JSON: {error}", where=str(path), hint=_AGAIN) from error
    return found if isinstance(found, dict) else {}


def has_pair_head(config: dict[str, Any], st_config: dict[str, Any]) -> bool:
    """Return True if a trained sequence-classification head is in the weights.

    Args:
        config: config.json of the model.
        st_config: its config_sentence_transformers.json.
    """
    architectures = config.get("architectures") or []
    return st_config.get("model_type") == "CrossEncoder" or any(
        str(name).endswith("ForSequenceClassification") for name in architectures
    )


def is_cross_encoder(place: Path | str, config: dict[str, Any], st_config: dict[str, Any]) -> bool:
    """Return True if a folder was saved as a cross-encoder. A bi-encoder's folder may name a head as well."""
    layers = isinstance(place, Path) and (place / "modules.json").is_file()
    return st_config.get("model_type") == "CrossEncoder" or (not layers and has_pair_head(config, st_config))


def check_weights(place: Path | str, allow_pickle: bool) -> None:
    """Raise UsageError if a folder of the model, or one of its layers, has its weights as a pickle only.

    A pickle can run any code when it is read. Of a hub id, `_torch.loading` finds the same at load.
    """
    if isinstance(place, str) or allow_pickle:
        return
    for folder in (place, *layer_folders(place)):
        pickles = sorted(path.name for path in folder.glob("*.bin") if path.name.startswith(PICKLES))
        if pickles and not any(folder.glob("*.safetensors")):
            raise UsageError(
                f"the weights of this model are a pickle ({pickles[0]}), which can run any code when it is read",
                where=str(folder),
                hint=PICKLE_HINT,
            )


def layers(place: Path | str) -> list[dict[str, Any]]:
    """Return what modules.json of a sentence-transformers folder lists; empty if there is none, and for hub ids."""
    if isinstance(place, str) or not (place / "modules.json").is_file():
        return []
    try:
        found = json.loads((place / "modules.json").read_text(encoding="utf-8"))
    except ValueError as error:
        where = str(place / "modules.json")
        raise UsageError(f"this file of the model is not JSON: {error}", where=where, hint=_AGAIN) from error
    return [layer for layer in found if isinstance(layer, dict)] if isinstance(found, list) else []


def names_pooling(config: dict[str, Any]) -> bool:
    """Return True if the configuration of a pooling layer turns a mode on: with a key of its own, or by its name."""
    return bool(config.get("pooling_mode")) or any(
        value for key, value in config.items() if key.startswith("pooling_mode_")
    )


def has_default_pooling(place: Path) -> bool:
    """Return True if a folder has a pooling layer that names no mode; False where there is no such folder."""
    folders = [place / str(one.get("path") or "") for one in layers(place) if str(one.get("type")).endswith(".Pooling")]
    return any(not names_pooling(read_json(folder, "config.json")) for folder in folders)


def layer_folders(place: Path) -> list[Path]:
    """Return the folders of the model's layers that are folders of their own and lie inside the model's."""
    folders = [place / str(layer.get("path") or "") for layer in layers(place)]
    return [folder for folder in folders if folder != place and folder.is_dir()]


def dimension(place: Path | str, config: dict[str, Any]) -> int | None:
    """Dimension of a folder's vectors before anything truncates them; None where the configuration does not say."""
    if isinstance(place, str):
        return None
    dim = config.get("hidden_size")
    for layer in layers(place):
        own = read_json(place / str(layer.get("path") or ""), "config.json")
        for key in ("word_embedding_dimension", "embedding_dimension", "out_features"):
            dim = own.get(key, dim)
    return dim if isinstance(dim, int) else None


def label_names(config: dict[str, Any]) -> list[str]:
    """Return the labels of a sequence-classification head, as config.json has them."""
    if config.get("id2label"):
        return [str(name) for name in config["id2label"].values()]
    return [f"LABEL_{i}" for i in range(int(config.get("num_labels", _DEFAULT_NUM_LABELS)))]


def check_common(device: str, dtype: str, threads: int | None) -> None:
    """Raise UsageError for a device, dtype or number of threads that cannot be."""
    if not _DEVICE.fullmatch(device):
        raise UsageError(
            f"there is no device {device!r}", where="options.device", hint="auto, cpu, cuda, cuda:1 or mps"
        )
    if dtype not in _DTYPES:
        raise UsageError(f"there is no dtype {dtype!r}", where="options.dtype", hint=f"one of: {', '.join(_DTYPES)}")
    check_positive("threads", threads)


def check_positive(option: str, value: int | None) -> None:
    """Raise UsageError unless `value` is None or an integer of 1 or more."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise UsageError(f"{option} is {value!r}", where=f"options.{option}", hint="give an integer of 1 or more")


def check_max_seq_length(max_seq_length: int | None, config: dict[str, Any]) -> None:
    """Raise UsageError for a max_seq_length that is no positive integer, or beyond the model's positions."""
    check_positive("max_seq_length", max_seq_length)
    positions = config.get("max_position_embeddings")
    if max_seq_length is not None and isinstance(positions, int) and max_seq_length > positions:
        raise UsageError(
            f"max_seq_length {max_seq_length} is above the {positions} positions of this model",
            where="options.max_seq_length",
            hint=f"give {positions} or less",
        )
