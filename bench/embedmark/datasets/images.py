"""Files about images as an `ImageDataset`: captions, graded image-text pairs, and a matrix named in the suite."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from embedmark.api.items import ImageFile
from embedmark.datasets.columns import CaptionColumns, GradedColumns
from embedmark.datasets.decode import read_bytes
from embedmark.datasets.hashing import fingerprint_images
from embedmark.datasets.layout import Reading
from embedmark.datasets.load import read_files
from embedmark.datasets.model import ImageDataset, ImageKind
from embedmark.datasets.pair import Pair
from embedmark.datasets.pictures import require_pillow
from embedmark.errors import DatasetError, did_you_mean


def load_images(
    path: Path,
    *,
    name: str,
    columns: CaptionColumns | GradedColumns,
    folder: Path | None = None,
    source: str | None = None,
    **reading: Unpack[Reading],
) -> ImageDataset:
    """Read a file of captions (`CaptionColumns`) or of graded image-text pairs (`GradedColumns`).

    The images are looked for and hashed, not decoded. A pair that is listed twice among captions counts once.

    Args:
        path: the file; `~` is expanded.
        name: the dataset's label.
        columns: where the fields are; their class decides what the dataset is.
        folder: where the images are; default: the folder of `path`.
        source: what the manifest says of where it came from; default: the path, which names the machine's folders.
        reading: the keys of a suite's entry, as of `load_file`.

    Raises:
        DatasetError: as `load_file`; an image that is not there; a graded pair that is listed twice; no Pillow.
    """
    require_pillow()
    path = Path(path).expanduser()
    (file,) = read_files([str(path)], columns, None, (), Path(), reading)
    rows: Sequence[Pair] = file.picked.pairs
    base = path.parent if folder is None else folder
    kind: ImageKind = "captions" if isinstance(columns, CaptionColumns) else "graded"
    notes = [*file.layout.said, *file.picked.notes]
    if kind == "captions":
        rows, repeated = _once(rows)
        if repeated:
            notes.append(f"{repeated} captions are listed twice for the same image; each counts once")
    else:
        _refuse_twice(rows, path)
    _check_texts(rows, path)
    images = [_find(row.sentence1, base, f"{path}:{row.line}") for row in _first_of_each(rows)]
    places = {image.name: i for i, image in enumerate(images)}
    texts = list(dict.fromkeys(row.sentence2 for row in rows))
    numbers = {text: i for i, text in enumerate(texts)}
    pairs = [(places[row.sentence1], numbers[row.sentence2]) for row in rows]
    gold = [row.score for row in rows]
    return _dataset(
        name,
        kind,
        images,
        texts,
        pairs,
        gold,
        source=source or str(path),
        file_sha256=_sha256(file.blob.data),
        notes=tuple(notes),
    )


def matrix_of(
    name: str, images: Sequence[str], texts: Sequence[str], folder: Path,
    expected: Sequence[Sequence[float]] | None = None,
) -> ImageDataset:  # fmt: skip
    """Return a dataset of every image with every text, and the expected similarities (n, m), if there are any.

    Raises DatasetError: an image that is not there, no Pillow.
    """
    require_pillow()
    files = [_find(image, folder, name) for image in images]
    pairs = [(i, t) for i in range(len(images)) for t in range(len(texts))]
    gold = [math.nan] * len(pairs) if expected is None else [value for row in expected for value in row]
    return _dataset(name, "matrix", files, list(texts), pairs, gold, source="suite", file_sha256="", notes=())


def _dataset(  # noqa: PLR0913 - the fields of an ImageDataset
    name: str, kind: ImageKind, images: list[ImageFile], texts: list[str], pairs: list[tuple[int, int]],
    gold: list[float], *, source: str, file_sha256: str, notes: tuple[str, ...],
) -> ImageDataset:  # fmt: skip
    import numpy as np

    hashes = [_sha256(read_bytes(image.path)) for image in images]
    same = len(hashes) - len(set(hashes))
    if same:
        notes = (*notes, f"{same} of {len(images)} images have the very bytes of another one")
    sha256 = fingerprint_images(kind, [(hashes[i], texts[t], score) for (i, t), score in zip(pairs, gold, strict=True)])
    return ImageDataset(
        name=name,
        kind=kind,
        images=tuple(images),
        texts=tuple(texts),
        pairs=tuple(pairs),
        gold=np.array(gold, dtype=np.float64),
        sha256=sha256,
        source=source,
        file_sha256=file_sha256,
        notes=notes,
    )


def _once(rows: Sequence[Pair]) -> tuple[list[Pair], int]:
    kept = {(row.sentence1, row.sentence2): row for row in reversed(rows)}
    return sorted(kept.values(), key=lambda row: row.line), len(rows) - len(kept)


def _first_of_each(rows: Sequence[Pair]) -> list[Pair]:
    first = {row.sentence1: row for row in reversed(rows)}
    return sorted(first.values(), key=lambda row: row.line)


def _refuse_twice(rows: Sequence[Pair], path: Path) -> None:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        line = seen.setdefault((row.sentence1, row.sentence2), row.line)
        if line != row.line:
            raise DatasetError(
                f"the pair of {row.sentence1!r} and this text is already in line {line}",
                where=f"{path}:{row.line}",
                hint="keep one of them",
            )


def _check_texts(rows: Sequence[Pair], path: Path) -> None:
    for row in rows:
        if any("\ud800" <= char <= "\udfff" for char in row.sentence2):
            raise DatasetError(
                "a text contains half of a surrogate pair, which is not a character",
                where=f"{path}:{row.line}",
                hint="write the character itself, or both halves, such as \\ud83d\\ude00",
            )


def _find(name: str, folder: Path, where: str) -> ImageFile:
    if "://" in name:
        raise DatasetError(
            f"{name!r} is an address, and images are read from files", where=where, hint="download it first"
        )
    path = folder / Path(name).expanduser()
    if name and path.is_file():
        return ImageFile(name, path)
    if not name:
        raise DatasetError("the image's name is empty", where=where, hint="fill it in, or remove the line")
    siblings = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
    near = did_you_mean(path.name, siblings)
    hint = near or f"image names are relative to {folder}"
    raise DatasetError(f"there is no image {name!r}", where=where, hint=hint)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
