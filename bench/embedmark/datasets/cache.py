"""Where pulled files are kept."""

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
