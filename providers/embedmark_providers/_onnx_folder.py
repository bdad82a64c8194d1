"""What a folder with an exported encoder says of itself: graph, tokenizer, limit, pooling; and the poolings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embedmark.errors import UsageError
from embedmark_providers import _disk, _folder, _folder_files

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

POOLINGS: Final = ("cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
_GRAPHS: Final = ("onnx/model.onnx", "model.onnx")
_DEFAULT_LIMIT: Final = 512
# Keys of 1_Pooling/config.json up to sentence-transformers 5; from 6 on `pooling_mode` names the mode.
_MODES: Final = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_KNOWN_LAYERS: Final = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with an export.

    Attributes:
        graph, tokenizer: files.
        config: config.json of the transformer.
        limit: tokens after which a text is cut.
        pooling: the model's own; mean where it says none, with a note.
        normalize: True if the model ends with a Normalize layer.
        lower_case: True if texts are put into lower case first.
        padding: keywords of tokenizers' enable_padding.
    """

    graph: Path
    tokenizer: Path
    config: dict[str, Any]
    limit: int
    pooling: str
    normalize: bool
    lower_case: bool
    padding: dict[str, Any]
    notes: tuple[str, ...]


def read(place: Path, file: str | None) -> Folder:
    """Read what a folder says. Raises UsageError: no graph, no tokenizer, or a layer that is not in the graph."""
    _folder_files.check_pointers(place)
    graph = _graph(place, file)
    tokenizer = place / "tokenizer.json"
    if not tokenizer.is_file():
        raise UsageError(
            "tokenizer.json is missing: the onnx provider reads fast tokenizers only",
            where=str(place),
            hint="AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) writes it",
        )
    config = _disk.read_json(place, "config.json")
    bert = _disk.read_json(place, "sentence_bert_config.json")
    own = _pooling(place)
    note = "this folder names no pooling; mean pooling is a default, not the model's (options.pooling chooses)"
    return Folder(
        graph=graph,
        tokenizer=tokenizer,
        config=config,
        limit=_limit(config, bert, _disk.read_json(place, "tokenizer_config.json")),
        pooling=own or "mean",
        normalize=any(_kind(layer) == "Normalize" for layer in _disk.layers(place)),
        lower_case=bool(bert.get("do_lower_case")),
        padding=_padding(config, _disk.read_json(place, "tokenizer_config.json")),
        notes=() if own else (note,),
    )


def _graph(place: Path, file: str | None) -> Path:
    names = (file,) if file is not None else _GRAPHS
    if file is not None and not (place / file).resolve().is_relative_to(place.resolve()):
        raise UsageError(f"{file!r} is outside of the model's folder", where="options.file", hint=f"file: {_GRAPHS[0]}")
    found = next((place / name for name in names if (place / name).is_file()), None)
    if found is None:
        there = sorted(str(path.relative_to(place)) for path in place.rglob("*.onnx"))
        hint = (
            f"options: {{file: {there[0]}}}" if there else "export the model first: docs/local-providers.md shows how"
        )
        raise UsageError(f"there is no {' or '.join(names)} in this folder", where=str(place), hint=hint)
    return found


def _kind(layer: dict[str, Any]) -> str:
    return str(layer.get("type")).rpartition(".")[2]


def _pooling(place: Path) -> str | None:
    kinds = [_kind(layer) for layer in _disk.layers(place)]
    if foreign := next((kind for kind in kinds if kind not in _KNOWN_LAYERS), None):
        raise UsageError(
            f"this model has a layer that its export does not contain: {foreign}",
            where=str(place / "modules.json"),
            hint="use: sbert",
        )
    for layer in _disk.layers(place):
        if _kind(layer) == "Pooling":
            config = _disk.read_json(place / str(layer.get("path") or ""), "config.json")
            if not _disk.names_pooling(config):
                return None  # sentence-transformers takes the mean then
            modes = [mode for key, mode in _MODES.items() if config.get(key)] or [str(config.get("pooling_mode"))]
            if len(modes) == 1 and modes[0] in POOLINGS:
                return str(modes[0])
            raise UsageError(f"the model pools by {modes}", where=str(place), hint=f"one of: {', '.join(POOLINGS)}")
    return None


def _limit(config: dict[str, Any], bert: dict[str, Any], tokenizer: dict[str, Any]) -> int:
    """Return sentence-transformers' limit: the folder's, else the smaller of positions and the tokenizer's."""
    rows = _folder.positions(config)
    own = bert.get("max_seq_length")
    if isinstance(own, int):
        return min(own, rows or own)
    told = tokenizer.get("model_max_length")
    known = [limit for limit in (rows, told) if isinstance(limit, int) and limit < 1_000_000]
    return min(known, default=_DEFAULT_LIMIT)


def _padding(config: dict[str, Any], tokenizer: dict[str, Any]) -> dict[str, Any]:
    token = tokenizer.get("pad_token") or "[PAD]"
    name = token.get("content", "[PAD]") if isinstance(token, dict) else str(token)
    return {"pad_id": int(config.get("pad_token_id") or 0), "pad_token": name}


def pool(tokens: npt.NDArray[Any], mask: npt.NDArray[np.int64], mode: str) -> npt.NDArray[np.float32]:
    """Return one vector a text (n, d) from token vectors (n, t, d) and the attention mask (n, t).

    As sentence_transformers' Pooling: lasttoken takes the last token that is not padding, on whichever side that is.
    """
    import numpy as np

    tokens = np.asarray(tokens, dtype=np.float32)
    weights = mask[:, :, None].astype(np.float32)
    if mode == "cls":
        first = mask.argmax(axis=1)
        return np.asarray(tokens[np.arange(len(tokens)), first])
    if mode == "lasttoken":
        last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
        return np.asarray(tokens[np.arange(len(tokens)), last])
    if mode == "max":
        return np.asarray(np.where(weights > 0, tokens, -np.inf).max(axis=1))
    if mode == "weightedmean":
        weights = weights * np.arange(1, mask.shape[1] + 1, dtype=np.float32)[None, :, None]
    total = np.maximum(weights.sum(axis=1), 1e-9)
    scale = np.sqrt(total) if mode == "mean_sqrt_len_tokens" else total
    return np.asarray((tokens * weights).sum(axis=1) / scale)
