"""What a suite says of a dataset, read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from embedmark.datasets import (
    CaptionColumns,
    Dataset,
    GradedColumns,
    RetrievalDataset,
    load_entry,
    load_images,
    load_named,
    load_named_entry,
    matrix_of,
    reading_of,
)
from embedmark.datasets.retrieval.forms import RetrievalFiles
from embedmark.datasets.retrieval.load import load_retrieval
from embedmark.datasets.retrieval.one_file import RetrievalColumns
from embedmark.datasets.retrieval.reading import KEYS
from embedmark.datasets.retrieval.samples import find_sample, load_sample
from embedmark.errors import DatasetError
from embedmark.suite import FileDataset, RetrievalData
from embedmark.suite.datasets import CaptionsDataset, GradedDataset, ImagesSpec, MatrixDataset, NamedDataset


def read_dataset(
    spec: str | NamedDataset | FileDataset | ImagesSpec | RetrievalData,
    folder: Path,
    offline: bool,
    say: Callable[[str], None],
) -> Dataset:
    """Return the dataset that one entry of a suite names, its paths relative to `folder`. Raises DatasetError."""
    if isinstance(spec, str | NamedDataset):
        return _named(spec, offline, say)
    if isinstance(spec, MatrixDataset):
        return matrix_of(spec.name, spec.images, spec.texts, folder, spec.expected)
    if isinstance(spec, RetrievalData):
        return read_retrieval(spec, folder)
    entry = spec.model_dump()
    if isinstance(spec, FileDataset):
        dataset = load_entry(entry, name=spec.label, folder=folder, offline=offline, say=say)
        return dataset.with_roles({str(column): role for column, role in (spec.roles or {}).items()})
    if not isinstance(spec.path, str):
        raise DatasetError(
            "path is a list, and a dataset with images has one file", hint="write one entry for each file"
        )
    return load_images(
        folder / Path(spec.path).expanduser(),
        name=spec.label,
        columns=_image_columns(spec),
        folder=None if spec.folder is None else folder / Path(spec.folder).expanduser(),
        source=spec.path,
        **reading_of(entry),
    )


def _named(spec: str | NamedDataset, offline: bool, say: Callable[[str], None]) -> Dataset:
    if isinstance(spec, NamedDataset):
        return load_named_entry(spec.model_dump(), offline=offline, say=say)
    sample = find_sample(spec)
    return load_named(spec, offline=offline, say=say) if sample is None else load_sample(sample)


def read_retrieval(spec: RetrievalData, folder: Path) -> RetrievalDataset:
    """Return the queries and documents that one entry of a suite names. Raises DatasetError."""
    places = {
        key: folder / Path(value).expanduser()
        for key in ("path", "queries", "corpus", "qrels")
        if (value := getattr(spec, key)) is not None
    }
    files = RetrievalFiles(
        **places,
        split=spec.split,
        columns=RetrievalColumns(**spec.columns.model_dump()),
        entry={key: value for key in (*KEYS, "where", "labels") if (value := getattr(spec, key, None)) is not None},
        normalize=spec.normalize,
    )
    source = ", ".join(filter(None, (spec.path, spec.queries, spec.corpus, spec.qrels)))
    return load_retrieval(files, name=spec.label, source=source, skip_unknown=spec.unknown_ids == "skip")


def _image_columns(spec: CaptionsDataset | GradedDataset) -> CaptionColumns | GradedColumns:
    if isinstance(spec, CaptionsDataset):
        return CaptionColumns(spec.columns.image, spec.columns.caption)
    return GradedColumns(spec.columns.image, spec.columns.text, spec.columns.score)
