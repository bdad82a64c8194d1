"""An official dataset from a folder or an archive that the user has, each file held against what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedmark.datasets.columns import Column
from embedmark.datasets.decode import decode, read_bytes
from embedmark.datasets.gold import scores_in
from embedmark.datasets.load import dataset_of
from embedmark.datasets.model import PairDataset
from embedmark.datasets.official import Official
from embedmark.datasets.packed import Blob, is_packed, members, unpack
from embedmark.datasets.pairs import pick_pairs
from embedmark.datasets.parse import rows_in
from embedmark.datasets.read_file import ReadFile
from embedmark.errors import DatasetError, listing


def is_bundle(path: Path) -> bool:
    """Return True if the path is a folder or an archive."""
    if path.is_dir():
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_packed(file.read(512))


def load_official(entry: Official, path: Path, *, source: str, slices: Sequence[Column] = ()) -> PairDataset:
    """Return an official dataset from the folder, archive or file that the user has.

    Args:
        entry: which one.
        path: the folder or archive with its files, anywhere inside; or its only file.
        source: what the manifest says of where it came from.
        slices: columns whose values are kept beside the pairs.

    Raises:
        DatasetError: a file is missing; a file is the official one and another number of pairs was read.
    """
    files = read_official(entry, path, slices)
    notes = _notes(entry, files)
    # Of files that are not the official ones, nothing was published.
    mteb = "" if notes else entry.mteb
    return dataset_of(files, name=entry.name, source=source, licence=entry.licence or None, notes=notes, mteb=mteb)


def read_official(entry: Official, path: Path, slices: Sequence[Column] = ()) -> list[ReadFile]:
    """Return the files of an official dataset, read and checked. Raises DatasetError."""
    there = _files_in(path, entry)
    read = []
    for name in entry.files:
        blob = _blob(there, name, entry, path)
        text = decode(blob.data, entry.layout.encoding, blob.path)
        rows = rows_in(blob, entry.layout, text)
        gold = None
        if entry.gold:
            scores = _blob(there, name.replace("input", entry.gold), entry, path)
            gold = scores_in(scores, entry.layout, len(rows.rows))
        picked = pick_pairs(rows, entry.layout, gold, slices)
        _check_count(entry, name, blob, len(picked.pairs))
        read.append(ReadFile(blob, entry.layout, rows, picked))
    return read


def _files_in(path: Path, entry: Official) -> Mapping[str, Blob]:
    """By name every file in a folder, an archive, or of one file, with the official name where it has another."""
    if path.is_dir():
        found = [file for file in sorted(path.rglob("*")) if file.is_file()]
        return {_bare(file.name): Blob(file, b"") for file in reversed(found)}
    data = read_bytes(path)
    inside = members(path, data) if is_packed(data) else {"": data}
    if set(inside) == {""}:
        return {entry.files[0]: Blob(path, unpack(path, data).data)}
    return {_bare(Path(name).name): Blob(path / name, content) for name, content in inside.items()}


def _bare(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".bz2")


def _blob(there: Mapping[str, Blob], name: str, entry: Official, path: Path) -> Blob:
    found = there.get(name)
    if found is None:
        raise DatasetError(
            f"{entry.name} needs the file {name}, and it is not there",
            where=str(path),
            hint=f"its files are {listing(entry.files)}; get them from: {entry.source}",
        )
    data = found.data or read_bytes(found.path)
    return unpack(found.path, data) if is_packed(data) else Blob(found.path, data)


def _check_count(entry: Official, name: str, blob: Blob, n: int) -> None:
    facts = entry.facts(name)
    if facts is None or entry.layout.quoting == "lenient" or not _is_official(entry, name, blob):
        return
    if facts.pairs != n:
        raise DatasetError(
            f"{n:,} pairs were read of {name}, and the official file has {facts.pairs:,}",
            where=str(blob.path),
            hint="report this, with the version of embedmark",
        )


def _is_official(entry: Official, name: str, blob: Blob) -> bool:
    facts = entry.facts(name)
    return facts is not None and hashlib.sha256(blob.data).hexdigest() == facts.sha256


def _notes(entry: Official, files: Sequence[ReadFile]) -> list[str]:
    """Return what is said of files that are not the official ones, and of those that could not be checked."""
    other = [
        name
        for name, file in zip(entry.files, files, strict=True)
        if entry.facts(name) and not _is_official(entry, name, file.blob)
    ]
    unknown = [name for name in entry.files if entry.facts(name) is None]
    notes = []
    if other:
        notes.append(
            f"not the official files of {entry.name}: the hash of {listing(other)} is another one, so published scores "
            "are not comparable"
        )
    if unknown:
        notes.append(f"not checked: no hash of {listing(unknown)} is known")
    return notes
