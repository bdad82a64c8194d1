"""The house: import-linter refuses each kind of violation, and no module takes an exported function's place."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import embedmark

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = [layer.split(" | ") for layer in CONTRACTS[0]["layers"] if not layer.startswith("(")]
TOP = sorted({
    path.name.removesuffix(".py")
    for path in (ROOT / "bench/embedmark").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").is_file()
} - {"__init__", "__main__"})  # fmt: skip


class House:
    """A copy of both packages, to plant modules in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        sources = shutil.ignore_patterns("__pycache__", "data", "templates")
        shutil.copytree(ROOT / "bench/embedmark", folder / "embedmark", ignore=sources)
        shutil.copytree(ROOT / "providers/embedmark_providers", folder / "embedmark_providers", ignore=sources)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def plant(self, module: str, *imports: str) -> None:
        """Write a module that imports these."""
        path = self.folder.joinpath(*module.split(".")).with_suffix(".py")
        path.write_text("".join(f"import {name}\n" for name in imports), encoding="utf-8")

    def lint(self) -> str:
        """Return what lint-imports says, in one line. Fails the test if it says nothing is broken."""
        command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"]
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [*command, "--no-cache"],
            cwd=self.folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stdout + done.stderr
        return " ".join(done.stdout.split())


@pytest.fixture
def house(tmp_path: Path) -> House:
    pytest.importorskip("importlinter")
    return House(tmp_path)


def member(room: str, house: House) -> str:
    """Return the name of a new module in a folder of the package; a room that is one module is replaced."""
    folder = house.folder / "embedmark" / room
    return f"embedmark.{room}.planted" if folder.is_dir() else f"embedmark.{room}"


def test_a_provider_may_import_nothing_but_api_and_errors(house: House) -> None:
    forbidden = [room for room in TOP if room not in ("api", "errors")]
    house.plant("embedmark_providers.planted", *(f"embedmark.{room}" for room in TOP))

    said = house.lint()

    assert [
        room for room in forbidden if f"embedmark_providers is not allowed to import embedmark.{room}:" not in said
    ] == []
    assert "not allowed to import embedmark.api:" not in said
    assert "not allowed to import embedmark.errors:" not in said


def test_modules_import_only_from_lower_layers(house: House) -> None:
    wrong: list[tuple[str, str]] = []
    for i, layer in enumerate(LAYERS):
        above = LAYERS[i - 1] if i else []
        for room in layer:
            others = [other for other in (*layer, *above) if other != room]
            wrong += [(room, other) for other in others]
            if others:
                house.plant(member(room, house), *(f"embedmark.{other}" for other in others))

    said = house.lint()

    missed = [pair for pair in wrong if "embedmark.{} is not allowed to import embedmark.{}:".format(*pair) not in said]
    assert missed == []


def test_new_module_needs_a_layer_and_the_core_stays_light(house: House) -> None:
    house.plant("embedmark.planted")
    house.plant("embedmark.stats.planted", "torch", "embedmark_providers.lexical")

    said = house.lint()

    assert "not listed as layers: - embedmark.planted" in said
    assert "embedmark is not allowed to import torch:" in said
    assert "embedmark is not allowed to import embedmark_providers:" in said


def test_no_module_imports_the_package_as_users_do(house: House) -> None:
    for package in ("embedmark.stats", "embedmark.cli", "embedmark_providers"):
        house.plant(f"{package}.planted", "embedmark")

    said = house.lint()

    for package in ("embedmark.stats", "embedmark.cli", "embedmark_providers"):
        assert f"{package}.planted is not allowed to import embedmark:" in said


def test_providers_are_forbidden_every_other_module() -> None:
    listed = {name.removeprefix("embedmark.") for name in CONTRACTS[1]["forbidden_modules"]}

    assert listed == set(TOP) - {"api", "errors"}


def circles(*packages: str) -> list[str]:
    """Return the modules that import one another, and what is between them; imports for types alone count."""
    graph = pytest.importorskip("grimp").build_graph(*packages, cache_dir=None)
    left = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    size = 0
    while size != len(left):
        size, imported = len(left), set().union(*left.values())
        left = {module: names & left.keys() for module, names in left.items() if module in imported and names}
    return sorted(left)


def test_no_modules_import_one_another() -> None:
    assert circles("embedmark", "embedmark_providers", "tools") == []


def test_circle_of_types_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planted").mkdir()
    (tmp_path / "planted/__init__.py").touch()
    (tmp_path / "planted/high.py").write_text("import planted.low\n")
    (tmp_path / "planted/low.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from planted.high import Thing\n"
    )
    (tmp_path / "planted/above.py").write_text("import planted.high\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert circles("planted") == ["planted.high", "planted.low"]


def test_architecture_names_every_room() -> None:
    picture = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("```")[1]

    assert [room for room in TOP if room not in picture.replace(",", " ").split()] == []


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield each private name that a test imports from a module of ours or patches; modules may be private."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module != "embedmark_providers":
            ours = (node.module or "").startswith(("embedmark", "tools"))
            names = [name.name for name in node.names] if ours else []
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".setattr"):
            names = [str(given.value) for given in node.args[:2] if isinstance(given, ast.Constant)]
        yield from (name for name in names if re.search(r"(^|\.)_(?!_)", name))


def test_tests_use_no_private_name() -> None:
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "tests").rglob("*.py")}

    assert [(file, name) for file, tree in trees.items() for name in private_names(tree)] == []


def test_folder_has_no_name_of_an_export() -> None:
    assert sorted({*TOP} & {*embedmark.__all__}) == []


EXPORTS = """
import importlib, pkgutil, sys
from pathlib import Path
import embedmark as em

def everything():
    for found in pkgutil.walk_packages(em.__path__, "embedmark."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)

if sys.argv[1] == "modules first":
    everything()
    names = {name: getattr(em, name) for name in em.__all__}
else:
    names = {name: getattr(em, name) for name in em.__all__}
    everything()
    assert all(getattr(em, name) is names[name] for name in em.__all__)

run = em.evaluate("pairs.csv", "./mine.py:Mine", out="a")
Path("suite.yaml").write_text(run.suite)
suite = em.load_suite("suite.yaml")
other = em.run(em.plan(suite), "b")
assert isinstance(suite, em.Suite) and isinstance(run, em.Run) and isinstance(other, em.Run)
assert em.read_run("a").status == "complete" and em.verify("a")
assert isinstance(em.compare(run, other), em.Comparison)
assert all(isinstance(notice, em.Notice) for notice in run.warnings)
try:
    em.read_run("nowhere")
except em.EmbedmarkError:
    print("all called:", *em.__all__)
"""
PROVIDER = """
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

class Mine:
    info = ProviderInfo(plugin="mine", model="m", kind="bi-encoder")
    def load(self): pass
    def close(self): pass
    def encode(self, texts):
        return Embeddings(np.array([[len(text), 1] for text in texts], dtype=np.float32))
"""


@pytest.mark.parametrize("order", ["modules first", "exports first"])
def test_each_export_is_callable_in_both_orders(tmp_path: Path, order: str) -> None:
    rows = [f"a{'b' * i},c{'d' * (9 - i)},{i}" for i in range(9)]
    (tmp_path / "pairs.csv").write_text("\n".join(["sentence1,sentence2,score", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "mine.py").write_text(PROVIDER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "EMBEDMARK_CACHE": str(tmp_path / "cache")}

    done = subprocess.run(
        [sys.executable, "-c", EXPORTS, order],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[2:] == embedmark.__all__
