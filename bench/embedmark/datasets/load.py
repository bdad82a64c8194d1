"""A data file of the user's own as a `PairDataset`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from embedmark.datasets.decode import decode, read_bytes
from embedmark.datasets.hashing import fingerprint
from embedmark.datasets.jsonl import pairs_of_jsonl
from embedmark.datasets.layout import Columns, Layout, layout_for
from embedmark.datasets.model import PairDataset
from embedmark.datasets.pairs import Pair, pairs_of_table
from embedmark.datasets.records import rows_if_quoted, split_plain
from embedmark.errors import DatasetError


def load_file(
    path: Path,
    *,
    name: str,
    columns: Columns | None = None,
    format: str | None = None,  # noqa: A002  (the suite's key)
    quoting: str | None = None,
    encoding: str = "utf-8",
    source: str | None = None,
) -> PairDataset:
    """Read sentence pairs from a TSV, CSV or JSONL file.

    Texts come as they are in the file: not stripped, not normalised; blank ones are kept and noted.

    Args:
        path: the file; `~` is expanded.
        name: the dataset's label.
        columns: where the fields are; default: columns named sentence1, sentence2 and score.
        format: `tsv`, `csv` or `jsonl`; default: by the file's ending.
        quoting: `none` or `minimal`; default: `none` for TSV, `minimal` for CSV.
        encoding: Python's name for it; a UTF-8 byte order mark is accepted.
        source: what the manifest says of where it came from; default: the path, which names the machine's folders.

    Returns:
        n pairs, n at least 2, with ids "1" to "n".

    Raises:
        DatasetError: the file is missing, empty, ragged, in another encoding, or not what the arguments say.
    """
    path = Path(path).expanduser()
    layout = layout_for(path, columns, format, quoting, encoding)
    return parse(read_bytes(path), path, layout, name=name, source=source or str(path))


def parse(
    data: bytes, path: Path, layout: Layout, *, name: str, source: str, licence: str | None = None
) -> PairDataset:
    """The bytes of a file as a dataset; `path` is only named in errors.

    Raises:
        DatasetError: as in `load_file`.
    """
    import numpy as np

    text = decode(data, layout.encoding, path)
    pairs = pairs_in(text, layout, path)
    if len(pairs) < 2:
        raise DatasetError(
            "the data file holds one pair only", where=str(path), hint="a correlation needs two pairs or more"
        )
    ids = tuple(str(number) for number in range(1, len(pairs) + 1))
    first = tuple(pair.sentence1 for pair in pairs)
    second = tuple(pair.sentence2 for pair in pairs)
    gold = np.array([pair.score for pair in pairs], dtype=np.float64)
    try:
        sha256 = fingerprint(ids, first, second, gold)
    except UnicodeEncodeError:
        raise _lone_surrogate(pairs, path) from None
    return PairDataset(
        name=name,
        pair_ids=ids,
        sentence1=first,
        sentence2=second,
        gold=gold,
        sha256=sha256,
        source=source,
        file_sha256=hashlib.sha256(data).hexdigest(),
        licence=licence,
        notes=_notes(text, pairs, layout, path),
    )


def pairs_in(text: str, layout: Layout, path: Path) -> list[Pair]:
    """The pairs in the text of a file, in its order, each with its line. Raises DatasetError as `load_file` does."""
    return (pairs_of_jsonl if layout.format == "jsonl" else pairs_of_table)(text, layout, path)


def _lone_surrogate(pairs: Sequence[Pair], path: Path) -> DatasetError:
    def broken(pair: Pair) -> bool:
        return any("\ud800" <= char <= "\udfff" for char in pair.sentence1 + pair.sentence2)

    line = next(pair.line for pair in pairs if broken(pair))
    return DatasetError(
        "a sentence holds half of a surrogate pair, which is no character",
        where=f"{path}:{line}",
        hint="write the character itself, or both halves, such as \\ud83d\\ude00",
    )


def _notes(text: str, pairs: Sequence[Pair], layout: Layout, path: Path) -> tuple[str, ...]:
    notes = []
    blank = sum(not sentence.strip() for pair in pairs for sentence in (pair.sentence1, pair.sentence2))
    if blank:
        notes.append(f"{blank} of {2 * len(pairs)} sentences are blank; they are kept")
    return (*notes, *notes_on_quotes(text, pairs, layout, path))


def notes_on_quotes(text: str, pairs: Sequence[Pair], layout: Layout, path: Path) -> list[str]:
    """Of an unquoted file with quotes in it: what other parsers would lose, and whether it may be quoted after all."""
    if layout.format == "jsonl" or layout.quoting != "none" or '"' not in text:
        return []
    notes = []
    widths = layout.widths or frozenset({len(split_plain(text, layout.delimiter, path)[0].cells)})
    found = rows_if_quoted(text, layout.delimiter, widths)
    kept = None if found is None else found - (not layout.columns.numbered)
    if kept != len(pairs):
        other = (
            "stop with an error"
            if kept is None
            else f"keep {kept:,} rows, so their scores are not comparable with these"
        )
        notes.append(
            f"{len(pairs):,} rows, read without quoting; tools that read this file with csv's default quoting {other}"
        )
    wrapped = sum(len(pair.sentence1) > 1 and pair.sentence1[0] == '"' == pair.sentence1[-1] for pair in pairs)
    if 2 * wrapped > len(pairs):
        notes.append(
            f"{wrapped:,} of {len(pairs):,} first sentences stand in double quotes, which were read as part of the "
            "text; if they are not meant, add `quoting: minimal`"
        )
    return notes
