"""How a data file is laid out: its format, its quoting, and where its fields are."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import NoReturn

from embedmark.errors import DatasetError, did_you_mean

FORMATS = ("tsv", "csv", "jsonl")
QUOTINGS = ("none", "minimal")
_BY_EXTENSION = {".tsv": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class _Named:
    """Columns of a file, one a dataclass field.

    Names are looked up in the header line (in JSONL: the keys of each object). Numbers count columns from 1
    and say that the file has no header line.

    Raises:
        DatasetError: numbers mixed with names, a number below 1, one column named twice, an empty name.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for field, value in zip(self.fields, self.all, strict=True):
            if isinstance(value, bool) or not isinstance(value, str | int):
                _refuse(f"column {field} is {value!r}", "give a header name, or a number counted from 1")
            if isinstance(value, int) and value < 1:
                _refuse(f"column {field} is {value}, but columns are counted from 1", "the first column is 1")
            if value == "":
                _refuse(f"column {field} has an empty name", "give a header name, or a number counted from 1")
        if len({isinstance(value, int) for value in self.all}) > 1:
            _refuse(
                f"columns mixes names and numbers: {self}",
                "give names for a file with a header line, numbers for one without",
            )
        if len(set(self.all)) < len(self.all):
            hint = f"{_all_of(self.fields)} are {_COUNTS[len(self.all)]} columns"
            _refuse(f"columns names one column twice: {self}", hint)

    def __str__(self) -> str:
        return "{" + ", ".join(f"{field}: {value}" for field, value in zip(self.fields, self.all, strict=True)) + "}"

    @property
    def fields(self) -> tuple[str, ...]:
        """What a suite calls them, in the order of `all`."""
        return tuple(field.name for field in fields(self))  # type: ignore[arg-type]  # every subclass is a dataclass

    @property
    def all(self) -> tuple[str | int, ...]:
        """The two texts (or the image and its text), then the score if there is one."""
        return tuple(getattr(self, name) for name in self.fields)

    @property
    def numbered(self) -> bool:
        """Whether the columns are numbers, and so the file has no header line."""
        return isinstance(self.all[0], int)

    def example(self, value: str = "...") -> str:
        """How a suite names them all, for hints."""
        return "columns: {" + ", ".join(f"{field}: {value}" for field in self.fields) + "}"


@dataclass(frozen=True, slots=True)
class Columns(_Named):
    """Where a file keeps its two sentences and their gold score."""

    sentence1: str | int = "sentence1"
    sentence2: str | int = "sentence2"
    score: str | int = "score"


@dataclass(frozen=True, slots=True)
class CaptionColumns(_Named):
    """Where a file keeps an image's name and its caption."""

    image: str | int = "image"
    caption: str | int = "caption"


@dataclass(frozen=True, slots=True)
class GradedColumns(_Named):
    """Where a file keeps an image's name, a text, and how well they match."""

    image: str | int = "image"
    text: str | int = "text"
    score: str | int = "score"


AnyColumns = Columns | CaptionColumns | GradedColumns
_COUNTS = {2: "two", 3: "three"}


def _all_of(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}"


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one file.

    Attributes:
        columns: where the fields are.
        format: one of `FORMATS`.
        quoting: one of `QUOTINGS`; says nothing about JSONL.
        encoding: a codec's name.
        widths: the numbers of fields that a line may have; None asks every line for as many as the first has.
    """

    columns: AnyColumns
    format: str
    quoting: str
    encoding: str = "utf-8"
    widths: frozenset[int] | None = None

    @property
    def delimiter(self) -> str:
        """What is between two cells of a line."""
        return "," if self.format == "csv" else "\t"


def layout_for(
    path: Path,
    columns: AnyColumns | None,
    format: str | None,  # noqa: A002
    quoting: str | None,
    encoding: str,
) -> Layout:
    """Fill in what the user left out, from the file's extension.

    Raises:
        DatasetError: an unknown format, extension or quoting; numbered columns or quoting for JSONL.
    """
    chosen = format or _BY_EXTENSION.get(path.suffix.lower())
    if chosen is None:
        ending = f"the ending {path.suffix!r}" if path.suffix else "a name without an ending"
        _refuse(f"{ending} does not tell the format of this file", "add `format: tsv`, `csv` or `jsonl`", str(path))
    if chosen not in FORMATS:
        near = did_you_mean(chosen, FORMATS)
        _refuse(f"unknown format {chosen!r}", _join(near, f"formats are {', '.join(FORMATS)}"), str(path))
    if quoting is not None and quoting not in QUOTINGS:
        near = did_you_mean(quoting, QUOTINGS)
        _refuse(f"unknown quoting {quoting!r}", _join(near, "quoting is `none` or `minimal`"), str(path))
    wanted = columns or Columns()
    if chosen == "jsonl" and quoting is not None:
        _refuse("quoting does not apply to JSONL", "remove `quoting`", str(path))
    if chosen == "jsonl" and wanted.numbered:
        _refuse("JSONL has keys, not numbered columns", f"name the keys: `{wanted.example('KEY')}`", str(path))
    return Layout(wanted, chosen, quoting or ("minimal" if chosen == "csv" else "none"), encoding)


def _join(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _refuse(message: str, hint: str, where: str | None = None) -> NoReturn:
    raise DatasetError(message, where=where, hint=hint)
