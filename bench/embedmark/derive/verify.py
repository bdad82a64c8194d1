"""Return True if a run directory is what was measured and what follows from it, down to the cell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedmark.errors import RunDirectoryError
from embedmark.files import check_plain, read_plain
from embedmark.store.columns import ALL_RAW
from embedmark.store.digests import find_edits, parse
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import MOST_RAW, read_manifest


@dataclass(frozen=True, slots=True)
class Verification:
    """What differs between a run's files and what was measured; true if nothing does.

    Attributes:
        findings: a line each, beginning with the file's name and a colon.
        sealed: False if the run was killed before its raw rows were sealed, so that only derived cells were checked.
        derived_by: the version of embedmark that derived the tables, if it is another one than this. Its tables are
            not checked: this version may derive other ones from the same rows.
    """

    findings: tuple[str, ...]
    sealed: bool
    derived_by: str = ""

    def __bool__(self) -> bool:
        return not self.findings


def compare_raw(folder: Path, manifest: Manifest | None = None) -> tuple[list[str], bool]:
    """Return what differs from the checksums in the manifest, a line each; and whether the run has checksums at all.

    Raises RunDirectoryError.

    Args:
        folder: of the run.
        manifest: of the run, if it is already read.
    """
    written = (manifest or read_manifest(folder)).raw
    if not written:
        return [], False
    findings: list[str] = []
    for name in written:
        if name not in ALL_RAW:
            raise RunDirectoryError(
                f"the manifest is damaged: `raw.{name}` is not a raw file of a run",
                where=str(folder / "manifest.json"),
                hint=f"the raw files of a run are {', '.join(ALL_RAW)}; no other file is read",
            )
        try:
            if _sha256(folder / name) == written[name].sha256:
                continue
            data = read_plain(folder / name, MOST_RAW)
        except FileNotFoundError:
            findings.append(f"{name}: missing")
            continue
        except OSError as error:
            findings.append(f"{name}: {error.strerror or error}")
            continue
        if edits := find_edits(data, written[name]):
            header, rows = parse(data)
            findings += [_describe(name, edit.row, edit.column, edit.what, header, rows) for edit in edits]
    return findings, True


def _sha256(path: Path) -> str:
    """Return the hash of a plain file, which need not fit into memory. Raises OSError."""
    check_plain(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compare_derived(
    folder: Path, files: Mapping[str, bytes], same_apart: Callable[[bytes, bytes], bool] = lambda _a, _b: False
) -> list[str]:
    """Return what differs between the derived files of a run and `files`, derived again just now; a line each.

    Args:
        same_apart: whether a report differs only in what does not follow from the raw rows: figures and sentences,
            where another version of matplotlib or a dataset that has moved explains it.
    """
    findings: list[str] = []
    for name, expected in files.items():
        try:
            found = read_plain(folder / name, MOST_RAW)
        except OSError:
            findings.append(f"{name}: missing (embedmark report {folder} makes it again)")
            continue
        if found != expected and not (name.endswith(".html") and same_apart(found, expected)):
            findings += list(_cells(name, found, expected) if name.endswith(".csv") else _lines(name, found, expected))
    return findings


def _describe(name: str, row: int, column: str, what: str, header: list[str], rows: list[list[str]]) -> str:
    if row == 0:
        return f"{name}: edited"
    place = f"{name}: row {row}" + (f", column {column}" if column else "")
    if column and what == "edited":
        return f"{place}: edited; it now says {rows[row - 1][header.index(column)]!r}"
    return f"{place}: {what}"


def _cells(name: str, found: bytes, expected: bytes) -> Iterator[str]:
    header, rows = parse(expected)
    header_found, rows_found = parse(found)
    if header != header_found:
        yield f"{name}: its columns are not those of a run"
        return
    if len(rows) != len(rows_found):
        yield f"{name}: {len(rows_found)} rows; {len(rows)} follow from the raw rows"
    before = None
    for number, (now, then) in enumerate(zip(rows_found, rows, strict=False), start=1):
        for column, a, b in zip(header, now, then, strict=True):
            if a != b:
                before = number
                yield f"{name}: row {number}, column {column}: {a!r}; {b!r} follows from the raw rows"
    if before is None and len(rows) == len(rows_found):
        yield f"{name}: same cells, other bytes (line ends or quotes)"


def _lines(name: str, found: bytes, expected: bytes) -> Iterator[str]:
    a, b = found.splitlines(), expected.splitlines()
    first = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    yield f"{name}: line {first + 1} is not what follows from the raw rows"
