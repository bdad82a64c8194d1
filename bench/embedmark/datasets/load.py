"""A data file of the user's own as a `PairDataset`."""

from __future__ import annotations

import hashlib
import itertools
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from embedmark.datasets.columns import AnyColumns, Column, Columns
from embedmark.datasets.gold import scores_in
from embedmark.datasets.hashing import fingerprint
from embedmark.datasets.layout import Reading, check_reading
from embedmark.datasets.model import PairDataset
from embedmark.datasets.packed import Blob
from embedmark.datasets.pair import Pair, columns_of
from embedmark.datasets.pairs import pick_pairs
from embedmark.datasets.parse import layout_for, rows_in
from embedmark.datasets.places import find_files, read_blob
from embedmark.datasets.quotes import notes_on_quotes
from embedmark.datasets.read_file import ReadFile
from embedmark.datasets.remedy import Sampled, sample_of, with_remedy
from embedmark.datasets.tables import note_on_widths
from embedmark.errors import DatasetError

Paths = str | Path | Sequence[str]


def load_file(
    path: Paths,
    *,
    name: str,
    columns: Columns | None = None,
    scores: Paths | None = None,
    source: str | None = None,
    slices: Sequence[Column] = (),
    folder: Path = Path(),
    **reading: Unpack[Reading],
) -> PairDataset:
    """Read sentence pairs from a file, or from several of the same form.

    Formats are TSV, CSV, JSON Lines, JSON, Parquet, Arrow and Excel, also packed with gzip, bzip2, xz, zip or tar;
    they are told by their bytes. Texts come as they are in the file: not stripped, not normalized unless `normalize`
    says so; blank ones are kept and noted.

    Args:
        path: the file, a list of files, or a glob; `~` is expanded.
        name: the dataset's label.
        columns: where the fields are; default: columns named sentence1, sentence2 and score.
        scores: files that hold the scores, line by line, one for each of `path`.
        source: what the manifest says of where it came from; default: the path, which names the machine's folders.
        slices: columns whose values are kept beside the pairs.
        folder: what relative paths are relative to.
        reading: the other keys of a suite's entry, as in docs/suite.md.

    Returns:
        n pairs, n at least 2, with ids "1" to "n".

    Raises:
        DatasetError: a file is missing, empty, ragged, in another encoding, damaged, or not what the arguments say.
    """
    files = read_files(path, columns, scores, slices, folder, reading)
    shown = source or ", ".join(str(file.blob.path) for file in files)
    return dataset_of(files, name=name, source=shown)


def read_files(
    path: Paths,
    columns: AnyColumns | None,
    scores: Paths | None,
    slices: Sequence[Column],
    folder: Path,
    reading: Reading,
) -> list[ReadFile]:
    """Return the files that an entry names, read. Raises DatasetError."""
    wanted = columns or (Columns() if scores is None else Columns(sentence1=1, sentence2=2, score=()))
    if scores is not None and isinstance(wanted, Columns) and wanted.score == "score":
        wanted = replace(wanted, score=())
    paths = find_files(path, folder)
    check_reading(reading, wanted, str(paths[0]))
    gold = [None] * len(paths) if scores is None else find_files(scores, folder)
    if len(gold) != len(paths):
        raise DatasetError(
            f"there are {len(paths)} files of texts and {len(gold)} of scores",
            where=str(paths[0]),
            hint="give a file of scores for each file of texts, in the same order",
        )
    read: list[ReadFile] = []
    for file, own_gold in zip(paths, gold, strict=True):
        try:
            read.append(_read(read_blob(file), wanted, reading, own_gold, slices))
        except DatasetError as error:
            error.hint = (error.hint or "").replace(f"`path: {file.name}/", f"`path: {_typed(file, folder)}/") or None
            beside = file.with_name(file.name.replace("input", "gs"))
            if scores is None and "no column" in error.message and beside != file and beside.is_file():
                error.hint = (
                    f"its scores are in a file of their own: add `scores: {_typed(beside, folder)}` and "
                    "`columns: {sentence1: 1, sentence2: 2}`"
                )
            elif len(paths) > 1 and "no column" in error.message:
                error.hint = f"{error.hint}; files of one entry share their columns: else write one entry for each file"
            raise
    return read


def _typed(file: Path, folder: Path) -> str:
    """Return a path as an entry has it whose paths are relative to a folder."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)


def dataset_of(
    files: Sequence[ReadFile],
    *,
    name: str,
    source: str,
    licence: str | None = None,
    notes: Sequence[str] = (),
    mteb: str = "",
) -> PairDataset:
    """Return the pairs of files as one dataset. Raises DatasetError."""
    columns = [columns_of(file.picked.pairs) for file in files]
    first, second = (tuple(itertools.chain.from_iterable(sides)) for sides in list(zip(*columns, strict=True))[:2])
    gold = array("d", itertools.chain.from_iterable(scores for *_, scores in columns))
    where = str(files[0].blob.path)
    if len(first) < 2:
        raise DatasetError(
            "the data file holds one pair only", where=where, hint="a correlation needs two pairs or more"
        )
    ids = tuple(str(number) for number in range(1, len(first) + 1))
    try:
        sha256 = fingerprint(ids, first, second, gold)
    except UnicodeEncodeError:
        raise _lone_surrogate(files) from None
    return PairDataset(
        name=name,
        pair_ids=ids,
        sentence1=first,
        sentence2=second,
        scores=gold,
        sha256=sha256,
        source=source,
        file_sha256=_digest(files),
        licence=licence,
        notes=(*notes, *notes_of(files)),
        slices=_slices(files),
        mteb=mteb,
    )


def notes_of(files: Sequence[ReadFile]) -> tuple[str, ...]:
    """Return what a reader of the results should know of how files were read."""
    notes = []
    sides = [texts for file in files for texts in columns_of(file.picked.pairs)[:2]]
    blank = sum(not sentence.strip() for texts in sides for sentence in texts)
    if blank:
        notes.append(f"{blank} of {sum(map(len, sides))} sentences are blank; they are kept")
    for file in files:
        begin = f"{file.blob.path.name}: " if len(files) > 1 else ""
        own = [
            *file.layout.said,
            file.rows.note,
            note_on_widths(file.rows, file.layout),
            *file.picked.notes,
            *notes_on_quotes(file.rows, file.picked, file.layout),
        ]
        notes += [f"{begin}{note}" for note in own if note]
    return tuple(notes)


def _read(blob: Blob, columns: AnyColumns, reading: Reading, scores: Path | None, slices: Sequence[Column]) -> ReadFile:
    def attempt(wanted: AnyColumns, keys: Reading) -> ReadFile:
        return read(blob, wanted, keys)

    def read(blob: Blob, wanted: AnyColumns, keys: Reading) -> ReadFile:
        layout, text = layout_for(blob, wanted, keys)
        rows = rows_in(blob, layout, text)
        own = replace(layout, encoding=keys.get("encoding") or "utf-8")  # the other file may have another mark
        gold = None if scores is None else scores_in(read_blob(scores), own, len(rows.rows))
        return ReadFile(blob, layout, rows, pick_pairs(rows, layout, gold, slices))

    def sampler(error: DatasetError) -> Sampled | None:
        lines = None if scores is not None else sample_of(blob.data, error)
        if lines is None:
            return None
        few = blob._replace(data=lines)
        return Sampled(lambda wanted, keys: read(few, wanted, keys), has_quotes=b'"' in lines)

    return with_remedy(attempt, columns, reading, sampler)


def _slices(files: Sequence[ReadFile]) -> Mapping[str, tuple[str, ...]]:
    columns = (files[0].picked.values or {}).keys()
    return {
        str(column): tuple(value for file in files for value in (file.picked.values or {})[column])
        for column in columns
    }


def _digest(files: Sequence[ReadFile]) -> str:
    """Return the hash of the file's bytes, unpacked; of several files, of their hashes."""
    digests = [hashlib.sha256(file.blob.data).hexdigest() for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _lone_surrogate(files: Sequence[ReadFile]) -> DatasetError:
    def broken(pair: Pair) -> bool:
        return any("\ud800" <= char <= "\udfff" for char in pair.sentence1 + pair.sentence2)

    where = next(file.rows.where(pair.line) for file in files for pair in file.picked.pairs if broken(pair))
    return DatasetError(
        "a sentence contains half of a surrogate pair, which is not a character",
        where=where,
        hint="write the character itself, or both halves, such as \\ud83d\\ude00",
    )
