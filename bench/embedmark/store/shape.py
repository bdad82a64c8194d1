"""The shape that a manifest must have to be read: a run folder may come from anywhere, and be damaged or made up."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from embedmark.errors import RunDirectoryError
from embedmark.files import printable

_DEEPEST: Final = 40
_MOST_COUNT: Final = 10**18
_HINT: Final = "restore the folder as it was written, or run the suite again"
_FREE: Final = object()  # anything at all

_WORDS: Final[dict[type[Any], str]] = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false",
}  # fmt: skip
TEXT: Final = (str,)
COUNT: Final = (int,)
NUMBER: Final = (int, float)
FLAG: Final = (bool,)
# What readers rely on, by key; a key with "?" may be absent or null. [x] is a list of x, {"*": x} a mapping to x.
_PROVIDER: Final = {
    "name": TEXT, "plugin?": TEXT, "model?": TEXT, "kind?": TEXT, "similarity?": TEXT, "untrained?": FLAG,
    "symmetric?": FLAG, "isolate?": TEXT, "server_rate_per_s?": NUMBER, "server_images_per_s?": NUMBER,
    "server_workers?": COUNT, "status?": TEXT, "error?": TEXT, "recipe?": {}, "options?": {}, "ledger?": {},
    "limits?": {}, "dim?": COUNT, "max_tokens?": COUNT, "notes?": [TEXT], "observed?": {}, "thread_pools?": [{}],
    "modalities?": [TEXT], "revision?": TEXT, "device?": TEXT, "served_by?": TEXT,
}  # fmt: skip
_DATASET: Final = {
    "name": TEXT, "n_pairs": COUNT, "sha256": TEXT, "kind?": TEXT, "n_images?": COUNT, "n_texts?": COUNT,
    "n_documents?": COUNT, "lexical_overlap?": NUMBER, "source?": TEXT, "file_sha256?": TEXT, "licence?": TEXT,
    "notes?": [TEXT], "texts?": {"*": [_FREE]}, "columns?": {}, "decoding?": {},
}  # fmt: skip
_MEASURE: Final = {
    "accuracy?": {"resamples?": COUNT, "batch_size?": COUNT},
    "throughput?": {
        "batch_sizes?": [COUNT], "texts?": COUNT, "passes?": COUNT, "max_passes?": COUNT, "target?": NUMBER,
        "max_seconds?": NUMBER,
    },
    "latency?": {"scenarios?": [TEXT], "calls?": COUNT, "max_seconds?": NUMBER},
    "scaling?": {
        "sizes?": [COUNT], "project_to?": [COUNT], "repeats?": COUNT, "candidates?": COUNT, "top_k?": COUNT,
        "pairings?": [[TEXT]], "max_seconds?": NUMBER,
    },
    "cost?": {
        "hardware_usd_per_hour?": NUMBER, "prices?": {"*": {}}, "vector_usd_per_gb_month?": NUMBER, "machines?": TEXT,
        "usd_per?": {"*": NUMBER}, "source?": TEXT, "as_of?": TEXT,
        "volume?": {
            "documents": NUMBER, "queries_per_month": NUMBER, "changed_per_month?": NUMBER, "growth_per_month?": NUMBER,
            "tokens_per_document?": NUMBER, "tokens_per_query?": NUMBER, "p95_ms?": NUMBER, "peak_to_mean?": NUMBER,
        },
    },
    "compression?": {"dims?": [COUNT], "precisions?": [TEXT]},
    "retrieval?": {
        "k?": [COUNT], "candidates?": COUNT, "fusion?": [{"of": [TEXT], "weights?": [NUMBER], "k?": NUMBER}],
        "rerank?": [[TEXT]],
    },
}  # fmt: skip
_ENVIRONMENT: Final = {
    "python": TEXT, "cpu?": TEXT, "platform?": TEXT, "machine?": TEXT, "cores_logical?": COUNT, "cores_usable?": COUNT,
    "memory_mb?": NUMBER, "frequency_mhz?": NUMBER, "load_average?": [NUMBER], "thread_pools?": [{}],
    "thread_variables?": {}, "affinity?": [COUNT],
}  # fmt: skip
_PRICE: Final = {
    "provider?": TEXT, "model?": TEXT, "usd_per_1m_tokens?": NUMBER, "batch_usd_per_1m_tokens?": NUMBER,
    "usd_per_1k_searches?": NUMBER, "usd_per_1k_images?": NUMBER, "source?": TEXT, "as_of?": TEXT,
}  # fmt: skip
SHARD: Final = {
    "index": COUNT, "of": COUNT,
    "jobs": [{"label": TEXT, "provider": TEXT, "dataset": TEXT, "measure": TEXT, "shard": COUNT}],
}  # fmt: skip
MANIFEST: Final = {
    "embedmark_version": TEXT, "derived_by?": TEXT, "run_id": TEXT, "status": TEXT, "started_at": TEXT,
    "finished_at?": TEXT, "lang?": TEXT,
    "suite": {"name?": TEXT, "providers": [{"name": TEXT}], "datasets": [_FREE], "measure": _MEASURE, "seed?": COUNT},
    "providers": [_PROVIDER], "datasets": [_DATASET], "prices?": [_PRICE],
    "tokens?": {"*": {"*": {"*": COUNT}}}, "index?": {"*": {"*": {}}}, "done?": [TEXT],
    "warnings": [{"code": TEXT, "message": TEXT, "advice": TEXT, "data": {}}],
    "ends?": [{"provider?": TEXT, "measure?": TEXT, "why?": TEXT}],
    "shard?": SHARD, "merged?": {"of": COUNT, "shards": [{"index": COUNT}]},
    "host?": {"kernel_median_ns?": NUMBER, "log?": {}}, "environment": _ENVIRONMENT, "git?": {}, "packages?": {},
    "raw?": {"*": {"sha256": TEXT, "rows": COUNT, "row_checksums": TEXT, "column_checksums": {"*": TEXT}}},
}  # fmt: skip


def parse_manifest(data: bytes, path: Path) -> Any:
    """Return the JSON in `data`, its texts without control characters. Raises RunDirectoryError."""
    try:
        found = json.loads(data, parse_constant=_refuse)
        return _clean(found, "", 0)
    except RecursionError:
        raise RunDirectoryError("the manifest is nested too deeply", where=str(path), hint=_HINT) from None
    except ValueError as error:
        raise RunDirectoryError(f"the manifest cannot be read: {error}", where=str(path), hint=_HINT) from None


def check_manifest(manifest: Mapping[str, Any], path: Path) -> None:
    """Raise RunDirectoryError, with the key's path, where a key of a manifest is not what readers rely on.

    A key at the top may be absent: check_whole() asks for those that tables need.
    """
    for key, shape in MANIFEST.items():
        name, optional = key.removesuffix("?"), key.endswith("?")
        if manifest.get(name) is not None:
            _check(manifest[name], shape, name, path)
        elif name in manifest and not optional:
            raise _wrong(name, "is null", path)
    for kind in ("providers", "datasets"):
        names = [entry["name"] for entry in manifest.get(kind, ())]
        if twice := [name for name in names if names.count(name) > 1]:
            raise _wrong(kind, f"lists {twice[0]!r} twice", path)


def check_whole(manifest: Mapping[str, Any], path: Path) -> None:
    """Raise RunDirectoryError where a manifest lacks a key that tables and reports need."""
    for key in MANIFEST:
        if not key.endswith("?") and key not in manifest:
            raise _wrong(key, "is missing", path)
    for kind in ("providers", "datasets"):
        if not manifest[kind]:
            raise _wrong(kind, "is empty", path)


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}, which is not JSON")


def _clean(value: Any, at: str, depth: int) -> Any:
    """Return a JSON value with printable texts. Raises ValueError where it is too deep or a number too large."""
    if depth > _DEEPEST:
        raise ValueError(f"`{at}` is nested more than {_DEEPEST} levels deep")
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(key): _clean(inner, at or str(key), depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner, at, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"`{at}` holds a number that is not finite")
    if isinstance(value, int) and abs(value) > _MOST_COUNT:
        raise ValueError(f"`{at}` holds a number of {len(str(abs(value)))} digits")
    return value


def _check(value: Any, shape: Any, at: str, path: Path) -> None:
    if shape is _FREE:
        return
    if isinstance(shape, tuple):
        _check_type(value, shape, at, path)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise _wrong(at, f"is {_kind(value)}, and should be a list", path)
        for i, inner in enumerate(value):
            _check(inner, shape[0], f"{at}[{i}]", path)
    else:
        _check_keys(value, shape, at, path)


def _check_keys(value: Any, shape: Mapping[str, Any], at: str, path: Path) -> None:
    if not isinstance(value, dict):
        raise _wrong(at, f"is {_kind(value)}, and should be a mapping", path)
    if "*" in shape:
        for key, inner in value.items():
            _check(inner, shape["*"], _join(at, key), path)
        return
    for key, inner in shape.items():
        name, optional = key.removesuffix("?"), key.endswith("?")
        if value.get(name) is not None:
            _check(value[name], inner, _join(at, name), path)
        elif not optional:
            raise _wrong(_join(at, name), "is null" if name in value else "is missing", path)


def _check_type(value: Any, kinds: tuple[type[Any], ...], at: str, path: Path) -> None:
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(_WORDS[kind] for kind in kinds)
        raise _wrong(at, f"is {_kind(value)}, and should be {wanted}", path)
    if kinds == COUNT and int(value) < 0:
        raise _wrong(at, f"is {value}, and a count is never negative", path)


def _wrong(at: str, what: str, path: Path) -> RunDirectoryError:
    return RunDirectoryError(f"the manifest is damaged: `{at}` {what}", where=str(path), hint=_HINT)


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a mapping"
