"""Run folders damaged at random, as files from strangers or a bad disk may be."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

_DEEP = 5_000
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 10**400, -(10**30), 1.5, 1e308, float("inf"), float("-inf"), float("nan"), "", "x",
    "\x1b[31mred\x07", "\u202eabc", "\ud800", "../../outside", "n" * 200_000, [], [1], ["x"], {}, {"x": 1}, [[[]]],
)  # fmt: skip
_CELLS = (
    "", "-inf", "inf", "nan", "1e400", "x", "-1", "1.5", "9" * 400, "'=1+1", "\x1b[2J", "\u202e", "\x00", "n" * 200_000,
    '"', ",", "\n", "0",
)  # fmt: skip


def mutate(folder: Path, rng: random.Random) -> str:
    """Damage one thing of a run folder, and return what was done."""
    kind = rng.choice([_value, _value, _value, _value, _missing, _missing, _json, _cell, _cell, _cell, _bytes, _file])
    return kind(folder, rng)


def _value(folder: Path, rng: random.Random) -> str:
    return _at_random_key(folder, rng, lambda inside, key: inside.__setitem__(key, rng.choice(_VALUES)))


def _missing(folder: Path, rng: random.Random) -> str:
    return _at_random_key(folder, rng, lambda inside, key: inside.__delitem__(key))


def _at_random_key(folder: Path, rng: random.Random, change: Callable[[Any, Any], None]) -> str:
    """Change one value at a random depth of the manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    inside: Any = manifest
    at: list[str] = []
    while True:
        keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        key = rng.choice(keys)
        at.append(str(key))
        below = inside[key]
        if not isinstance(below, dict | list) or not below or rng.random() < 0.2:
            break
        inside = below
    change(inside, key)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return f"{change.__code__.co_names[0]} at {'.'.join(at)}"


def _json(folder: Path, rng: random.Random) -> str:
    """Replace the whole manifest."""
    path = folder / "manifest.json"
    cut = path.read_text(encoding="utf-8")[: rng.randrange(5000)]
    deep = ("[" * _DEEP + "]" * _DEEP, '{"a":' * _DEEP + "1" + "}" * _DEEP)
    odd = ("[]", "1", "null", "", "{", "9" * 10_000)
    versions = tuple(f'{{"schema_version": {version}}}' for version in ("1", '"1"', "true"))
    text = rng.choice([cut, *deep, *odd, *versions])
    path.write_text(text, encoding="utf-8")
    return f"manifest of {text[:20]!r}"


def _cell(folder: Path, rng: random.Random) -> str:
    """Replace one cell of a raw file."""
    path = rng.choice(sorted(folder.glob("*.csv")))
    lines = path.read_text(encoding="utf-8").split("\n")
    row = rng.randrange(max(1, len(lines) - 1))
    cells = lines[row].split(",")
    column = rng.randrange(len(cells))
    cells[column] = rng.choice(_CELLS)
    lines[row] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"{path.name} row {row} column {column}: {cells[column][:20]!r}"


def _bytes(folder: Path, rng: random.Random) -> str:
    """Cut a file, or overwrite some of its bytes."""
    path = rng.choice([path for path in sorted(folder.iterdir()) if path.stat().st_size])
    data = bytearray(path.read_bytes())
    place = rng.randrange(len(data))
    data[place : place + 8] = rng.choice([b"", b"\x00" * 8, b"\xff\xfe", b"\xed\xa0\x80", os.urandom(8)])
    path.write_bytes(bytes(data if rng.random() < 0.7 else data[:place]))
    return f"{path.name} at byte {place}"


def _file(folder: Path, rng: random.Random) -> str:
    """Put a link, a pipe, a folder or nothing in a file's place."""
    raw = ["manifest.json", "samples.csv", "scores.csv", "failures.csv", "neighbours.csv", "judged.csv", "ranks.csv"]
    derived = ["summary.csv", "report.md", "report.html", "report.json", "volume.csv"]
    kept = ["journal.sqlite", "journal.sqlite-wal", "data.csv", "retrieval.csv", ".lock"]
    path = folder / rng.choice([*raw, *derived, *kept, ".summary.csv.partial", ".manifest.json.partial"])
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    what = rng.choice(["link", "pipe", "folder", "missing", "device", "sparse"])
    if what == "link":
        path.symlink_to(folder.parent / "outside.csv")
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "sparse":
        with path.open("wb") as file:
            file.truncate(2**40)
    return f"{what} for {path.name}"
