"""What a model's folder is, and what it lacks: decided from its files, before anything heavy is imported.

Of a hub id the same is known at load only, from what the libraries raise (see `_torch.loading`).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

from embedmark.errors import UsageError
from embedmark_providers._disk import layers, read_json
from embedmark_providers._folder_files import check_pointers, check_safetensors, check_tokenizer

_WEIGHTS: Final = ("*.safetensors", "*.bin")
# Files that a layer of sentence-transformers cannot be made without. Normalize has none: its folder is often absent.
_NEEDED: Final = {
    "Pooling": ("config.json",),
    "Dense": ("config.json", _WEIGHTS),
    "LayerNorm": ("config.json",),
    "Dropout": ("config.json",),
    "WeightedLayerPooling": ("config.json", _WEIGHTS),
    "LSTM": ("lstm_config.json", _WEIGHTS),
    "CNN": ("cnn_config.json", _WEIGHTS),
    "BoW": ("config.json",),
    "WordEmbeddings": ("wordembedding_config.json", _WEIGHTS),
    "WordWeights": ("config.json", _WEIGHTS),
    "StaticEmbedding": ("tokenizer.json", _WEIGHTS),
    "Router": ("router_config.json",),
    "Asym": ("config.json",),
}
# Layers with a table of positions that each token needs; others (rotary, relative) read any length.
_ABSOLUTE: Final = {"bert", "roberta", "xlm-roberta", "camembert", "mpnet", "distilbert", "electra", "albert", "ernie"}
# Of these the table has padding_idx + 1 rows in front that no token uses.
_OFFSET: Final = {"roberta", "xlm-roberta", "camembert", "mpnet"}
_DENSE: Final = (
    "`embedmark providers list` shows what is installed; a plugin can measure it, and use: sbert takes dense models"
)


def check_whole(place: Path | str, *, trust_remote_code: bool) -> None:
    """Raise UsageError if a folder lacks something that loading needs: a file, a package, leave to run its code.

    Args:
        place: a model folder; a hub id passes.
        trust_remote_code: Python code in the folder may run.
    """
    if isinstance(place, str):
        return
    check_pointers(place)
    _check_code(place, trust_remote_code)
    _check_adapter(place)
    for layer in layers(place):
        _check_layer(place, layer)
    _check_transformer_weights(place)


def check_readable(place: Path | str | None) -> None:
    """Raise UsageError if a folder's weights are cut off or no weights, or it has no tokenizer; a hub id passes."""
    if isinstance(place, Path):
        check_safetensors(place)
        check_tokenizers(place)


def check_tokenizers(place: Path | str) -> None:
    """Raise UsageError if a transformer of a folder has no tokenizer: its texts would all be unknown words."""
    if isinstance(place, Path):
        for folder in _transformers(place):
            check_tokenizer(place, folder)


def check_dense(place: Path | str) -> None:
    """Raise UsageError if a folder holds a model whose texts do not become one dense vector each."""
    if not isinstance(place, str):
        _check_kind(place)


def check_limit(place: Path | str, max_seq_length: int | None) -> None:
    """Raise UsageError if the folder's own limit is above its positions, and the suite's `max_seq_length` is None."""
    if not isinstance(place, str) and max_seq_length is None:
        _check_limit(place)


def positions(config: dict[str, Any]) -> int | None:
    """Return the tokens that a model with a table of positions can read; None if it has no such table.

    Args:
        config: config.json of the transformer.
    """
    kind, rows = config.get("model_type"), config.get("max_position_embeddings")
    if kind not in _ABSOLUTE or not isinstance(rows, int):
        return None
    if config.get("position_embedding_type", "absolute") != "absolute":
        return None
    if kind not in _OFFSET:
        return rows
    padding = config.get("pad_token_id", 1)
    return rows - (padding if isinstance(padding, int) else 1) - 1


def limit_message(limit: int, rows: int) -> tuple[str, str]:
    """Return the message and the hint for a model whose own limit is above its positions."""
    return (
        f"the model's own max_seq_length is {limit}, above the {rows} positions that it has: a long text would fail",
        f"options: {{max_seq_length: {rows}}}",
    )


def _check_kind(place: Path) -> None:
    st_config = read_json(place, "config_sentence_transformers.json")
    config = read_json(place, "config.json")
    kinds = [str(layer.get("type")) for layer in layers(place)]
    named = f"{place.name} {config.get('_name_or_path', '')}".lower()
    masked = [name for name in config.get("architectures") or [] if str(name).endswith("ForMaskedLM")]
    sparse = st_config.get("model_type") == "SparseEncoder" or any(".sparse_encoder." in kind for kind in kinds)
    if sparse or (not kinds and masked and "splade" in named):
        raise UsageError(
            "this model is a SparseEncoder (SPLADE): a text becomes weights of words, not a dense vector",
            where=str(place),
            hint=_DENSE,
        )
    colbert = (
        st_config.get("model_type") == "ColBERT"
        or any(kind.startswith("pylate.") for kind in kinds)
        or "HF_ColBERT" in (config.get("architectures") or [])
        or (place / "artifact.metadata").is_file()
    )
    if colbert:
        raise UsageError(
            "this model is a ColBERT: a text becomes a vector for each token, compared by late interaction",
            where=str(place),
            hint=_DENSE,
        )


def _check_code(place: Path, trust_remote_code: bool) -> None:
    if trust_remote_code:
        return
    own = [str(layer.get("type")) for layer in layers(place)]
    foreign = [kind for kind in own if (place / f"{kind.partition('.')[0]}.py").is_file()]
    config = read_json(place, "config.json")
    needs = bool(foreign) or ("auto_map" in config and not _known_to_transformers(str(config.get("model_type") or "")))
    if needs:
        raise UsageError(
            f"this model comes with its own Python code ({foreign[0] if foreign else config['model_type']})",
            where=str(place),
            hint="if you trust its author, options: {trust_remote_code: true}",
        )


def _known_to_transformers(model_type: str) -> bool:
    """Return True if transformers ships this architecture; looks for its folder and imports nothing."""
    found = importlib.util.find_spec("transformers")
    places = list(found.submodule_search_locations or []) if found else []
    return not places or (Path(places[0]) / "models" / model_type.replace("-", "_")).is_dir()


def _check_adapter(place: Path) -> None:
    if (place / "adapter_config.json").is_file() and importlib.util.find_spec("peft") is None:
        base = read_json(place, "adapter_config.json").get("base_model_name_or_path")
        raise UsageError(
            f"this folder holds an adapter of {base!r}, which the package peft loads, not installed here",
            where=str(place / "adapter_config.json"),
            hint="pip install peft",
        )


def _check_layer(place: Path, layer: dict[str, Any]) -> None:
    kind = str(layer.get("type")).rpartition(".")[2]
    folder = place / str(layer.get("path") or "")
    if folder != place and not folder.resolve().is_relative_to(place.resolve()):
        raise UsageError(f"modules.json names a folder outside of the model: {layer.get('path')}", where=str(place))
    if kind == "Transformer":
        _need(place, folder, "config.json")
        return
    for needed in _NEEDED.get(kind, ()):
        _need(place, folder, needed)


def _need(place: Path, folder: Path, needed: str | tuple[str, ...]) -> None:
    patterns = (needed,) if isinstance(needed, str) else needed
    if any(True for pattern in patterns for _ in folder.glob(pattern)):
        return
    missing = folder.relative_to(place) / (needed if isinstance(needed, str) else "model.safetensors")
    raise UsageError(
        f"{missing} is missing: the folder is incomplete",
        where=str(place),
        hint="download the whole model again, with its subfolders",
    )


def _transformers(place: Path) -> list[Path]:
    """Return the folders that hold a transformer: those that modules.json or a router names, or the model's own."""
    listed = layers(place)
    found = [place / str(one.get("path") or "") for one in listed if str(one.get("type")).endswith(".Transformer")]
    for layer in listed:
        folder = place / str(layer.get("path") or "")
        types = read_json(folder, "router_config.json").get("types") or {}
        found += [folder / name for name, kind in types.items() if str(kind).endswith(".Transformer")]
    return found if listed else [place]


def _check_transformer_weights(place: Path) -> None:
    for folder in _transformers(place):
        missing = _missing_weights(folder)
        if missing is None:
            continue
        exported = sorted(path.relative_to(place) for path in place.rglob("*.onnx"))
        if exported:
            raise UsageError(
                f"this folder holds an exported model only ({exported[0]}), no weights for torch",
                where=str(place),
                hint="use: onnx",
            )
        raise UsageError(
            f"{folder.relative_to(place) / missing} is missing: the folder is incomplete",
            where=str(place),
            hint="download the whole model again",
        )


def _missing_weights(folder: Path) -> str | None:
    """Return the name of a file of weights that a transformer's folder lacks; None if it lacks none."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = set((read_json(folder, index.name).get("weight_map") or {}).values())
        return next((str(shard) for shard in sorted(shards) if not (folder / str(shard)).is_file()), None)
    there = any(True for pattern in _WEIGHTS for _ in folder.glob(pattern))
    return None if there or (folder / "adapter_config.json").is_file() else "model.safetensors"


def _check_limit(place: Path) -> None:
    for folder in _transformers(place):
        rows = positions(read_json(folder, "config.json"))
        limit = read_json(folder, "sentence_bert_config.json").get("max_seq_length")
        if rows is not None and isinstance(limit, int) and limit > rows:
            message, hint = limit_message(limit, rows)
            raise UsageError(message, where=str(folder / "sentence_bert_config.json"), hint=hint)
