"""What a suite says of a dataset, read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from embedmark.datasets import (
    CaptionColumns,
    Columns,
    Dataset,
    GradedColumns,
    load_file,
    load_images,
    load_named,
    matrix_of,
)
from embedmark.suite import FileDataset
from embedmark.suite.datasets import CaptionsDataset, GradedDataset, ImagesSpec, MatrixDataset


def read_dataset(
    spec: str | FileDataset | ImagesSpec, folder: Path, offline: bool, say: Callable[[str], None]
) -> Dataset:
    """The dataset that one entry of a suite names, its paths relative to `folder`. Raises DatasetError."""
    if isinstance(spec, str):
        return load_named(spec, offline=offline, say=say)
    if isinstance(spec, MatrixDataset):
        return matrix_of(spec.name, spec.images, spec.texts, folder, spec.expected)
    path = folder / Path(spec.path).expanduser()
    if isinstance(spec, FileDataset):
        columns = Columns(spec.columns.sentence1, spec.columns.sentence2, spec.columns.score)
        return load_file(
            path,
            name=spec.label,
            columns=columns,
            format=spec.format,
            quoting=spec.quoting,
            encoding=spec.encoding,
            source=spec.path,
        )
    return load_images(
        path,
        name=spec.label,
        columns=_image_columns(spec),
        folder=None if spec.folder is None else folder / Path(spec.folder).expanduser(),
        format=spec.format,
        quoting=spec.quoting,
        encoding=spec.encoding,
        source=spec.path,
    )


def _image_columns(spec: CaptionsDataset | GradedDataset) -> CaptionColumns | GradedColumns:
    if isinstance(spec, CaptionsDataset):
        return CaptionColumns(spec.columns.image, spec.columns.caption)
    return GradedColumns(spec.columns.image, spec.columns.text, spec.columns.score)
