"""The sides of a comparison: read from folders, named so that no two are alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from embedmark.comparison.match import Side
from embedmark.derive.run import MeasuredRun
from embedmark.derive.verify import compare_raw
from embedmark.notices.records import broken_seal
from embedmark.store.read import foreign, read_run


def read_sides(folders: Sequence[Path]) -> list[Side]:
    """Read each folder as one side: a run, or a folder of runs that repeat each other. Raises RunDirectoryError."""
    return [_side(folder, label) for folder, label in zip(folders, side_labels(folders), strict=True)]


def side_labels(folders: Sequence[Path]) -> list[str]:
    """Return a name for each folder: its own, with as many of the folders above it as tell all of them apart.

    >>> side_labels([Path("/a/before/1"), Path("/a/after/1")])
    ['before/1', 'after/1']
    """
    parts = [folder.resolve().parts for folder in folders]
    # A number alone names nothing.
    depth = [2 if part[-1].isdigit() else 1 for part in parts]
    for _ in range(max(map(len, parts), default=0)):
        names = ["/".join(part[-d:]) for part, d in zip(parts, depth, strict=True)]
        alike = [{part for part, other in zip(parts, names, strict=True) if other == name} for name in names]
        depth = [d + (len(found) > 1) for d, found in zip(depth, alike, strict=True)]
    return [_numbered(names, i) for i in range(len(names))] if parts else []


def _numbered(names: Sequence[str], place: int) -> str:
    """Return the name at `place`, with a number behind it where the same folder was given before."""
    before = names[:place].count(names[place])
    return f"{names[place]} ({before + 1})" if before else names[place]


def _side(folder: Path, label: str) -> Side:
    inside = [] if (folder / "manifest.json").is_file() else sorted(folder.glob("*/manifest.json"))
    paths = tuple(path.parent for path in inside) or (folder,)
    return Side(label=label, runs=tuple(map(_measured, paths)), folders=paths)


def _measured(folder: Path) -> MeasuredRun:
    with foreign(folder):
        raw = read_run(folder)
        edits, _ = compare_raw(folder, raw.manifest)
        if edits:
            raw.manifest.warn(broken_seal(dict.fromkeys(edit.partition(":")[0] for edit in edits)))
        return MeasuredRun.of(raw)
