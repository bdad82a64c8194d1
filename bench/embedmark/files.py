"""Where files are kept that embedmark fetches or makes."""

from __future__ import annotations

import os
from pathlib import Path


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
