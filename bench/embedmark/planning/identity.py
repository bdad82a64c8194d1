"""Everything that changes a vector, as one digest: two runs whose digests agree may share vectors."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

from embedmark.api import resolve_model
from embedmark.errors import UsageError
from embedmark.planning.prices import is_remote
from embedmark.planning.providers import PlannedProvider
from embedmark.plugins.file import is_file
from embedmark.plugins.registry import installed_points
from embedmark.store.fingerprint import hash_path

_OWN = "embedmark"
# Libraries that compute the vectors of the built-in providers; of another plugin, every installed package may.
_LIBRARIES = (
    "torch", "transformers", "sentence-transformers", "tokenizers", "numpy", "scipy", "scikit-learn", "wordllama",
    "model2vec", "safetensors", "onnxruntime", "pillow", "torchvision", "tiktoken", "bm25s", "kiwipiepy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Space:
    """What a provider's vectors belong to.

    Attributes:
        digest: 32 bytes over everything that changes a vector, and so a key of every item.
        cacheable: False where something that changes a vector cannot be seen from here.
    """

    digest: bytes
    cacheable: bool


def vector_space(planned: PlannedProvider, folder: Path, packages: Mapping[str, str]) -> Space:
    """Return the space of a provider's vectors, without loading it. Hashes weights that are files.

    Args:
        planned: the provider.
        folder: what relative paths of the suite are relative to.
        packages: name and version of every installed distribution.
    """
    spec, info = planned.spec, planned.info
    remote = is_remote(planned.provider, info) or info.served_by is not None
    code, own = _code(spec.use, folder)
    weights, seen = ("remote", True) if remote else _weights(spec.model, spec.options.get("revision"), folder)
    libraries = {} if remote else {k: v for k, v in packages.items() if not own or k.lower() in _LIBRARIES}
    facts = {
        "plugin": info.plugin, "use": spec.use, "code": code, "model": spec.model or info.model, "weights": weights,
        "revision": info.revision, "kind": info.kind, "symmetric": info.symmetric, "recipe": dict(info.recipe),
        "options": {key: _option(value, folder) for key, value in spec.options.items()}, "served_by": info.served_by,
        "preset": getattr(spec, "preset", None), "libraries": libraries,
        "machine": "" if remote else f"{platform.machine()} {platform.system()}",
        "variables": {} if not remote else {k: v for k, v in os.environ.items() if k.endswith("_BASE_URL")},
    }  # fmt: skip
    text = json.dumps(facts, sort_keys=True, default=str)
    return Space(hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).digest(), seen and code is not None)


def _code(use: str, folder: Path) -> tuple[str | None, bool]:
    """Return what stands for a plugin's code, None where an edit would not show; and whether it is one of ours."""
    try:
        if is_file(use):
            path = (folder / Path(use.rpartition(":")[0]).expanduser()).resolve()
            return _with_imports(path), False
        found = [point for point in installed_points() if point.name == use]
        dist = found[0].dist if found else None
        if dist is None:
            return None, False
        if dist.name == _OWN:  # in a checkout it is edited between two runs: its files tell, and not its version
            module = found[0].module.partition(".")[0]
            root = next((Path(str(path)) for path in _roots(module)), None)
            return (hash_path(root) if root else None), True
        editable = '"editable": true' in (dist.read_text("direct_url.json") or "")
        return (None if editable else f"{dist.name} {dist.version}"), False
    except (OSError, PackageNotFoundError, SyntaxError):
        return None, False


def _roots(module: str) -> list[str]:
    from importlib.util import find_spec

    spec = find_spec(module)
    return list(spec.submodule_search_locations or ()) if spec else []


def _with_imports(path: Path, seen: frozenset[Path] = frozenset()) -> str:
    """Return the hash of a Python file, and of the files beside it that it imports."""
    total = hashlib.sha256(path.read_bytes())
    names = {name.partition(".")[0] for node in ast.walk(ast.parse(path.read_bytes())) for name in _imported(node)}
    for name in sorted(names):
        for beside in (path.parent / f"{name}.py", path.parent / name / "__init__.py"):
            if beside.is_file() and beside not in seen | {path}:
                total.update(_with_imports(beside, seen | {path}).encode())
    return total.hexdigest()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module else [alias.name for alias in node.names]
    return []


def _weights(model: str | None, revision: Any, folder: Path) -> tuple[str, bool]:
    """Return what stands for the weights, and whether a change of them would show."""
    if model is None:
        return "", True
    try:
        relative = model.startswith(("./", "../"))
        place = (folder / model) if relative else resolve_model(model)
    except UsageError:  # no path and no hub id: a name that only the plugin understands
        return "", True
    if isinstance(place, Path):
        try:
            return hash_path(place), True
        except OSError:
            return "", False
    return _hub_commit(place, str(revision or "main"))


def _hub_commit(model: str, revision: str) -> tuple[str, bool]:
    """Return the commit of a hub model in the hub's own cache; a name that the hub does not know is a plugin's."""
    try:
        home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache/huggingface")
        hub = Path(os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE") or home / "hub")
        folder = hub / f"models--{model.replace('/', '--')}"
        if not folder.is_dir():
            return "", "/" not in model
        ref = folder / "refs" / revision
        commit = ref.read_text(encoding="utf-8").strip() if ref.is_file() else revision
        return commit, (folder / "snapshots" / commit).is_dir()
    except (OSError, RuntimeError):  # no home folder
        return "", False


def _option(value: Any, folder: Path) -> Any:
    """Return an option's value, with the content of a file that it names."""
    if isinstance(value, str) and 0 < len(value) < 1024 and "\0" not in value:
        try:
            path = folder / Path(value).expanduser()
            if path.is_file():
                return [value, hash_path(path)]
        except (OSError, RuntimeError):
            return value
    return value
