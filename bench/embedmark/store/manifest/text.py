"""A manifest as text: read from a folder that may be damaged or made up, and written back.

It is written so that a kill leaves the old one or the new one, never half of it.
"""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any, Final

from embedmark.errors import RunDirectoryError
from embedmark.files import printable, write_atomically
from embedmark.store.columns import SCHEMA_VERSION
from embedmark.store.manifest.model import Manifest, damaged
from embedmark.store.manifest.part import WrongKeyError

_DEEPEST: Final = 40
_MOST_COUNT: Final = 10**18
_HINT: Final = "restore the folder as it was written, or run the suite again"


def parse_manifest(data: bytes, path: Path) -> Manifest:
    """Return the manifest in `data`, its texts without control characters.

    A key at the top may be absent: Manifest.check_whole() asks for those that tables need. Raises RunDirectoryError,
    which names the key.
    """
    found = _parse_json(data, path)
    _check_version(found, path)
    try:
        manifest = Manifest.from_json(found)
    except WrongKeyError as error:
        raise damaged(error.key, error.what, path) from None
    manifest.check_nulls(path)
    for kind, names in (
        ("providers", [entry.name for entry in manifest.providers]),
        ("datasets", [entry.name for entry in manifest.datasets]),
    ):
        if twice := [name for name in names if names.count(name) > 1]:
            raise damaged(kind, f"lists {twice[0]!r} twice", path)
    return manifest


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write `manifest` as UTF-8 JSON, keys in the order given, Korean text readable."""
    encoder = json.JSONEncoder(ensure_ascii=False, indent=1, allow_nan=False)
    data = io.BytesIO()  # the whole text as one string takes four bytes a character where one is an emoji
    for part in encoder.iterencode(manifest.to_json()):
        data.write(part.encode("utf-8"))
    data.write(b"\n")
    write_atomically(path, data.getvalue())


def _parse_json(data: bytes, path: Path) -> Any:
    try:
        return _clean(json.loads(data, parse_constant=_refuse), "", 0)
    except RecursionError:
        raise RunDirectoryError("the manifest is nested too deeply", where=str(path), hint=_HINT) from None
    except ValueError as error:
        raise RunDirectoryError(f"the manifest cannot be read: {error}", where=str(path), hint=_HINT) from None


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


def _check_version(found: Any, path: Path) -> None:
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version == SCHEMA_VERSION and not isinstance(version, bool):
        return
    writer = found.get("embedmark_version") if isinstance(found, dict) else None
    raise RunDirectoryError(
        f"this run has schema version {version!r}; this embedmark reads version {SCHEMA_VERSION}",
        where=str(path),
        hint=f"use embedmark {writer}" if writer else None,
    )
