"""What is in a file of sentence pairs, and what in it may surprise: `embedmark datasets check`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedmark.datasets.bring import read_official
from embedmark.datasets.entry import columns_of, official_of, reading_of
from embedmark.datasets.hub import with_hub_files
from embedmark.datasets.layout import Layout
from embedmark.datasets.load import dataset_of, notes_of, read_files
from embedmark.datasets.model import PairDataset
from embedmark.datasets.named import read_brought, read_named
from embedmark.datasets.official import find_official
from embedmark.datasets.outlook import Outlook, outlook_of
from embedmark.datasets.pair import Pair
from embedmark.datasets.read_file import ReadFile

_LINES = 5  # lines that a finding names


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file that can be used.

    Attributes:
        layout: how it was read.
        columns: the header's names, or without a header how many columns; of JSONL the first object's keys.
        pairs: how many.
        texts: different texts.
        score_low, score_high: range of the scores.
        scores: different scores.
        sha256: the hash that a run on it records.
        findings: what may surprise, a sentence each, with lines.
        rows: how many the files have, with those that were left out.
        outlook: what the dataset will measure.
        sample: every different text, for counting tokens.
    """

    layout: Layout
    columns: tuple[str, ...] | int
    pairs: int
    texts: int
    score_low: float
    score_high: float
    scores: int
    sha256: str
    findings: tuple[str, ...]
    rows: int
    outlook: Outlook
    sample: tuple[str, ...]


def check_entry(entry: Mapping[str, Any], folder: Path = Path()) -> Checked:
    """Read the files of a suite's entry as a run would, and look them over.

    Raises:
        DatasetError: they cannot be used; with file and line.
    """
    entry = with_hub_files(entry)
    official = official_of(entry, folder)
    if official is not None:
        own = read_official(official, folder / Path(str(entry["path"])).expanduser())
        return _check(own, dataset_of(own, name="checked", source=""), ())
    files = read_files(
        entry["path"], columns_of(entry.get("columns")), entry.get("scores"), (), folder, reading_of(entry)
    )
    return _check(files, dataset_of(files, name="checked", source=""), ())


def check_named(name: str) -> Checked:
    """Return the same for a dataset of the catalogue that is in the cache; nothing is fetched. Raises DatasetError."""
    official = find_official(name)
    if official is not None:
        files = read_brought(official)
        return _check(files, dataset_of(files, name=name, source=""), ())
    entry, files = read_named(name, offline=True)
    return _check(files, dataset_of(files, name=name, source=""), entry.notes)


def _check(files: Sequence[ReadFile], dataset: PairDataset, notes: tuple[str, ...]) -> Checked:
    pairs = [pair for file in files for pair in file.picked.pairs]
    scores = {pair.score for pair in pairs}
    found = (_scores(scores), _lacking(pairs), _twice(pairs), _selves(pairs), *_unicode(pairs), _padded(pairs))
    rows = files[0].rows
    return Checked(
        layout=files[0].layout,
        columns=rows.names or max(len(row.cells) for row in rows.rows),
        pairs=len(pairs),
        texts=len({sentence for pair in pairs for sentence in _texts(pair)}),
        score_low=min(scores),
        score_high=max(scores),
        scores=len(scores),
        sha256=dataset.sha256,
        rows=sum(len(file.rows.rows) for file in files),
        outlook=outlook_of(dataset),
        sample=tuple(dict.fromkeys([*dataset.sentence1, *dataset.sentence2])),
        findings=(*notes, *filter(None, found), *(n for n in notes_of(files) if "are blank" not in n)),
    )


def _texts(pair: Pair) -> tuple[str, str]:
    return pair.sentence1, pair.sentence2


def _scores(scores: set[float]) -> str:
    return "every pair has the same score: no correlation can be computed" if len(scores) == 1 else ""


def _lacking(pairs: Sequence[Pair]) -> str:
    lacking = [pair for pair in pairs if not all(sentence.strip() for sentence in _texts(pair))]
    blank = sum(not sentence.strip() for pair in lacking for sentence in _texts(pair))
    if not lacking:
        return ""
    sentences = f"{blank:,} blank sentence" if blank == 1 else f"{blank:,} blank sentences"
    return (
        f"{_count(lacking)} without a text {_at(lacking)}, {sentences} in all; "
        "they are kept, and some providers refuse them"
    )


def _twice(pairs: Sequence[Pair]) -> str:
    """Return pairs that were there before, in either order."""
    first: dict[tuple[str, ...], Pair] = {}
    again = [pair for pair in pairs if first.setdefault(tuple(sorted(_texts(pair))), pair) is not pair]
    if not again:
        return ""
    other = sum(first[tuple(sorted(_texts(pair)))].score != pair.score for pair in again)
    found = f"{_count(again)} that repeat an earlier pair, in either order {_at(again)}"
    return f"{found}; {other:,} of them with another score" if other else found


def _selves(pairs: Sequence[Pair]) -> str:
    same = [pair for pair in pairs if pair.sentence1 == pair.sentence2 and pair.sentence1.strip()]
    return f"{_count(same)} of a text with itself {_at(same)}" if same else ""


def _unicode(pairs: Sequence[Pair]) -> Iterable[str]:
    composed = [pair for pair in pairs if any(unicodedata.normalize("NFC", text) != text for text in _texts(pair))]
    if composed:
        yield (
            f"{_count(composed)} with decomposed Unicode (NFD, as macOS writes it) {_at(composed)}; models may "
            "read its letters one by one: add `normalize: nfc`"
        )
    damaged = [pair for pair in pairs if any("\ufffd" in text for text in _texts(pair))]
    if damaged:
        yield f"{_count(damaged)} with U+FFFD, where an earlier conversion lost a character {_at(damaged)}"


def _padded(pairs: Sequence[Pair]) -> str:
    padded = [pair for pair in pairs if any(text != text.strip() and text.strip() for text in _texts(pair))]
    return f"{_count(padded)} with blanks at an end of a text {_at(padded)}; they are kept" if padded else ""


def _count(pairs: Sequence[Pair]) -> str:
    return f"{len(pairs):,} pair" if len(pairs) == 1 else f"{len(pairs):,} pairs"


def _at(pairs: Sequence[Pair]) -> str:
    lines = ", ".join(str(pair.line) for pair in pairs[:_LINES])
    if len(pairs) == 1:
        return f"(line {lines})"
    more = len(pairs) - _LINES
    return f"(lines {lines} and {more:,} more)" if more > 0 else f"(lines {lines})"
