"""Where files are kept that embedmark fetches or makes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePath

PACKED = (".gz", ".bz2", ".zip", ".xz")  # endings of compressions, which leave the ending of what is packed
_MOST_JOINED = 3  # files whose names make a label
CACHE = "cache:"  # what a model of the cache is called in a suite: cache:NAME


def cache_dir() -> Path:
    """The base folder for all that embedmark fetches; it need not exist.

    The environment variable EMBEDMARK_CACHE, if set and not empty, else the operating system's cache folder
    for the user, such as ~/.cache/embedmark.
    """
    override = os.environ.get("EMBEDMARK_CACHE")
    if override:
        return Path(override).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("embedmark", appauthor=False))


def models_dir() -> Path:
    """The folder of the models that suites name as `cache:NAME`; it need not exist."""
    return cache_dir() / "models"


def vectors_dir() -> Path:
    """Return the folder of the vector cache; it need not exist. EMBEDMARK_VECTORS names another one."""
    override = os.environ.get("EMBEDMARK_VECTORS")
    return Path(override).expanduser() if override else cache_dir() / "vectors"


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` by way of a neighbour and a rename. Raises OSError, leaving `path` as it was."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def label_of(path: str | Sequence[str]) -> str:
    """Return the label of data without a name: the stem of its file, without the ending of a compression.

    >>> label_of("data/pairs.tsv.gz"), label_of(["a.tsv", "b.tsv"])
    ('pairs', 'a+b')
    """
    if not isinstance(path, str):
        labels = list(dict.fromkeys(label_of(each) for each in path))
        return "+".join(labels) if len(labels) <= _MOST_JOINED else f"{labels[0]}+{len(labels) - 1}"
    name = PurePath(path).name
    packed = next((ending for ending in PACKED if name.lower().endswith(ending)), "")
    inner = name[: len(name) - len(packed)]
    return PurePath(inner if PurePath(inner).suffix else name).stem
