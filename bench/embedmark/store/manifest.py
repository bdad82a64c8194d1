"""Writing a file so that a kill leaves the old one or the new one, never half of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a neighbour and a rename. Raises OSError, leaving `path` as it was."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest` as UTF-8 JSON, keys in the order given, Korean text readable."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomically(path, text.encode("utf-8") + b"\n")
