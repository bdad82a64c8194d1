"""The manifest: written so that a kill leaves the old one or the new one, never half of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embedmark.files import write_atomically


def derived_version(manifest: Mapping[str, Any]) -> str:
    """Return the version of embedmark that derived a run's tables.

    Before 0.2 a manifest did not say it: then it is the version that measured.
    """
    return str(manifest.get("derived_by") or manifest.get("embedmark_version") or "")


def write_manifest(path: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest` as UTF-8 JSON, keys in the order given, Korean text readable."""
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    write_atomically(path, text.encode("utf-8") + b"\n")
