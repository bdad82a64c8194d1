"""A folder as one side of a comparison: a run, or several runs that repeat each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from embedmark.comparison.model import Side
from embedmark.derive.run import MeasuredRun
from embedmark.store.read import read_run


def read_sides(folders: Sequence[Path]) -> list[Side]:
    """Return a side for each folder, labeled by its name, or by its path if two have the same name.

    Raises RunDirectoryError.
    """
    names = [folder.resolve().name for folder in folders]
    return [
        _side(folder, str(folder) if names.count(name) > 1 else name)
        for folder, name in zip(folders, names, strict=True)
    ]


def _side(folder: Path, label: str) -> Side:
    inside = [] if (folder / "manifest.json").is_file() else sorted(folder.glob("*/manifest.json"))
    paths = [path.parent for path in inside] or [folder]
    return Side(label, tuple(MeasuredRun.of(read_run(path)) for path in paths))
