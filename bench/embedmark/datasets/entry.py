"""An entry of a suite, as a mapping, to its dataset: `{path: pairs.tsv, columns: {...}, ...}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from embedmark.datasets.bring import is_bundle, load_official
from embedmark.datasets.columns import Column, Columns
from embedmark.datasets.hub import with_hub_files
from embedmark.datasets.layout import READING_KEYS, Reading
from embedmark.datasets.load import load_file
from embedmark.datasets.model import PairDataset
from embedmark.datasets.named import load_named
from embedmark.datasets.official import Official, find_official


def load_entry(
    entry: Mapping[str, Any],
    *,
    name: str,
    folder: Path = Path(),
    offline: bool = False,
    say: Callable[[str], None] | None = None,
) -> PairDataset:
    """Return the dataset of a suite's entry with sentence pairs.

    Args:
        entry: its keys, as in docs/suite.md.
        name: the dataset's label.
        folder: what its paths are relative to.
        offline: True fetches nothing from the model hub.
        say: told what is being fetched.

    Raises:
        DatasetError: as `load_file`; a file of the hub cannot be had.
    """
    dataset = _loaded(with_hub_files(entry, offline=offline, say=say), _shown(entry["path"]), name, folder)
    return with_lengths(dataset) if "length" in (entry.get("by") or ()) else dataset


def load_named_entry(
    entry: Mapping[str, Any], *, offline: bool = False, say: Callable[[str], None] | None = None
) -> PairDataset:
    """Return the dataset of the catalogue that an entry names, with its slices. Raises DatasetError."""
    dataset = load_named(str(entry["name"]), offline=offline, say=say, slices=slice_columns(entry))
    return with_lengths(dataset) if "length" in (entry.get("by") or ()) else dataset


def with_lengths(dataset: PairDataset) -> PairDataset:
    """Return the dataset with a slice `length`: thirds of its pairs, by the characters of both texts."""
    lengths = [len(a) + len(b) for a, b in zip(dataset.sentence1, dataset.sentence2, strict=True)]
    ranked = sorted(lengths)
    first, second = ranked[len(ranked) // 3], ranked[2 * len(ranked) // 3]
    names = (f"up to {first} characters", f"{first + 1} to {second}", f"over {second}")
    values = tuple(names[(length > first) + (length > second)] for length in lengths)
    return replace(dataset, slices={**dataset.slices, "length": values})


def _shown(path: str | Sequence[str]) -> str:
    return path if isinstance(path, str) else ", ".join(path)


def _loaded(entry: Mapping[str, Any], shown: str, name: str, folder: Path) -> PairDataset:
    path = entry["path"]
    official = official_of(entry, folder)
    if official is not None:
        place = folder / Path(str(path)).expanduser()
        return load_official(official, place, source=shown, slices=slice_columns(entry))
    return load_file(
        path,
        name=name,
        columns=columns_of(entry.get("columns")),
        scores=entry.get("scores"),
        source=shown,
        slices=slice_columns(entry),
        folder=folder,
        **reading_of(entry),
    )


def slice_columns(entry: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns by whose values results are sliced; `length` is of the texts, and no column."""
    return tuple(column for column in entry.get("by") or () if column != "length")


def official_of(entry: Mapping[str, Any], folder: Path) -> Official | None:
    """Return the dataset of the catalogue that an entry names with the user's own copy of its files, if it does."""
    found = find_official(str(entry.get("name") or ""))
    columns = columns_of(entry.get("columns"))
    if found is None or not isinstance(entry["path"], str) or columns not in (None, Columns()):
        return None
    path = folder / Path(entry["path"]).expanduser()
    return found if is_bundle(path) or path.name in found.files else None


def columns_of(given: Mapping[str, Any] | None) -> Columns | None:
    """Return an entry's columns; None where it names none. Raises DatasetError."""
    named = {key: value for key, value in (given or {}).items() if value is not None}
    if not named:
        return None
    score = named.get("score", "score")
    return Columns(**{**named, "score": tuple(score) if isinstance(score, list | tuple) else score})


def reading_of(entry: Mapping[str, Any]) -> Reading:
    """Return the keys of an entry that say how its file is read."""
    return cast("Reading", {key: entry[key] for key in READING_KEYS if entry.get(key) is not None})
