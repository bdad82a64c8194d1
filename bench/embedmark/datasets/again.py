"""The sentences of a finished run: from its folder where they were kept, else from the data, found by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embedmark.datasets.entry import load_entry
from embedmark.datasets.model import Dataset, PairDataset
from embedmark.datasets.named import load_named
from embedmark.errors import DatasetError
from embedmark.files import label_of
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.model import Manifest

Sentences = Mapping[str, tuple[str, str]]  # by pair id


class _OfDataset(Sentences):
    """The sentences of a dataset, looked up one by one: there may be ten million, and a page shows forty."""

    def __init__(self, dataset: PairDataset) -> None:
        self._dataset = dataset
        self._places: dict[str, int] = {}

    def __getitem__(self, pair_id: str) -> tuple[str, str]:
        ids = self._dataset.pair_ids
        place = int(pair_id) - 1 if pair_id.isascii() and pair_id.isdecimal() else -1
        if not 0 <= place < len(ids) or ids[place] != pair_id:
            self._places = self._places or {name: i for i, name in enumerate(ids)}
            place = self._places[pair_id]
        return self._dataset.sentence1[place], self._dataset.sentence2[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._dataset.pair_ids)

    def __len__(self) -> int:
        return len(self._dataset)


def sentences_of(manifest: Manifest, folder: Path | None = None, known: Sequence[Dataset] = ()) -> dict[str, Sentences]:
    """By dataset and pair id the two sentences; a dataset that cannot be found again is left out.

    Found is what has the hash that the run measured: in the run (`keep_text: true`), in the cache, or in the file
    that was read then. Nothing is fetched.

    Args:
        manifest: of a run.
        folder: of the run, which may keep its data.
        known: datasets that are not read again where their files are as they were.
    """
    read = {dataset.sha256: dataset for dataset in known if isinstance(dataset, PairDataset)}
    specs = {_label(spec): spec for spec in manifest.suite.datasets}
    found: dict[str, Sentences] = {}
    for entry in manifest.datasets:
        if entry.kind == "retrieval":  # queries and documents, which the page takes from the run
            continue
        if kept := manifest.texts(entry.name):
            found[entry.name] = kept
            continue
        dataset = _read(entry, specs.get(entry.name), folder, read.get(entry.sha256 or ""))
        if dataset is not None and dataset.sha256 == entry.sha256:
            found[entry.name] = _OfDataset(dataset)
    return found


def _label(spec: Any) -> str:
    return spec if isinstance(spec, str) else str(spec.get("name") or label_of(spec.get("path") or ""))


def _is_as_it_was(path: Path, dataset: PairDataset) -> bool:
    try:
        if not path.is_file():  # a run folder of somebody else may name a pipe or a device
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == dataset.file_sha256
    except OSError:
        return False


def _read(entry: DatasetFacts, spec: Any, folder: Path | None, known: PairDataset | None) -> PairDataset | None:
    try:
        if isinstance(spec, str):
            return load_named(spec, offline=True)
        if not isinstance(spec, dict) or spec.get("kind"):
            return None
        if not spec.get("path"):
            return load_named(entry.name, offline=True)
        return _of_file(entry, spec, folder, known)
    except (DatasetError, TypeError):
        return None  # moved, changed, or from another version: the report does without sentences


def _of_file(
    entry: DatasetFacts, spec: Mapping[str, Any], folder: Path | None, known: PairDataset | None
) -> PairDataset:
    # The source is where the run found the file; a list or a glob is as the suite has it.
    source = Path(entry.source or "")
    if not isinstance(spec["path"], str) or "*" in spec["path"]:
        return load_entry(spec, name=entry.name, folder=folder or Path(), offline=True)
    path = folder / source if folder is not None and (folder / source).is_file() else source
    if known is not None and _is_as_it_was(path, known):
        return known
    return load_entry({**spec, "path": str(path)}, name=entry.name, offline=True)
