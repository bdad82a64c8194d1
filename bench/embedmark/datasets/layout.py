"""How a data file is laid out: its format, its quoting, where its fields are, and which rows count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from embedmark.datasets.columns import AnyColumns, Columns
from embedmark.errors import DatasetError, did_you_mean
from embedmark.files import PACKED

TABLES = ("tsv", "csv")
OBJECTS = ("jsonl", "json", "parquet", "arrow")
FORMATS = (*TABLES, *OBJECTS, "excel")
QUOTINGS = ("none", "minimal", "spaced", "single", "curly")
CHOICES = {
    "format": FORMATS,
    "quoting": QUOTINGS,
    "decimal": (".", ","),
    "escape": ("backslash",),
    "missing_score": ("error", "skip"),
    "on_bad_row": ("error", "skip"),
    "normalize": ("nfc", "nfkc"),
}
_BY_EXTENSION = {
    ".tsv": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".xlsx": "excel",
    ".xls": "excel",
    ".xlsb": "excel",
    ".ods": "excel",
}
# Keys of an entry that say how a text table is split, and so mean nothing for another format.
_OF_TABLES = ("quoting", "delimiter", "escape", "skip_lines")


class Reading(TypedDict, total=False):
    """The keys of a suite's entry that say how its file is read, but for `columns`."""

    format: str | None
    quoting: str | None
    encoding: str
    delimiter: str | None
    decimal: str | None
    escape: str | None
    header: bool | None
    skip_lines: int
    sheet: str | int | None
    where: Mapping[str | int, Any] | None
    labels: Mapping[Any, float] | None
    missing_score: str
    on_bad_row: str
    normalize: str | None


READING_KEYS = tuple(Reading.__annotations__)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one file.

    Attributes:
        columns: where the fields are.
        format: one of `FORMATS`.
        quoting: one of `QUOTINGS`; says nothing but of a TSV or CSV file.
        encoding: a codec's name.
        widths: the numbers of cells that a line may have; None asks every line for as many as the first has.
        delimiter: what is between two cells of a line; "" is the format's own.
        decimal: the character before the decimals of a score.
        escape: what makes the next character literal; "" is nothing.
        header: True if the first line names the columns although numbers are used; None is decided by the columns.
        skip_lines: lines before the table.
        sheet: an Excel sheet's name, or its number from 1; None is the first.
        where: by column, the values (as text) whose rows count.
        labels: the score of each word.
        skips: what is left out and counted instead of an error: "missing" scores, "bad" rows.
        normalize: the Unicode form that texts are brought to; "" is none.
        said: how each part of the layout was detected; a note each.
    """

    columns: AnyColumns
    format: str
    quoting: str
    encoding: str = "utf-8"
    widths: frozenset[int] | None = None
    delimiter: str = ""
    decimal: str = "."
    escape: str = ""
    header: bool | None = None
    skip_lines: int = 0
    sheet: str | int | None = None
    where: Mapping[str | int, tuple[str, ...]] = field(default_factory=dict)
    labels: Mapping[str, float] | None = None
    skips: frozenset[str] = frozenset()
    normalize: str = ""
    said: tuple[str, ...] = ()

    @property
    def cell_end(self) -> str:
        """What is between two cells of a line."""
        return self.delimiter or ("," if self.format == "csv" else "\t")

    @property
    def is_table(self) -> bool:
        """Return True if the file is a text table: TSV, CSV and what is like them."""
        return self.format in TABLES

    @property
    def has_header(self) -> bool:
        """Return True if the first line names the columns."""
        return not self.columns.numbered if self.header is None else self.header


def ending(path: Path | str) -> str:
    """Return a file name's ending in lower case, without the ending of a compression: `.tsv` of `a.TSV.gz`."""
    name = Path(path).name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    return Path(name).suffix


def format_by_name(path: Path | str) -> str | None:
    """Return the format that a file name's ending says, or None."""
    return _BY_EXTENSION.get(ending(path))


def check_reading(reading: Reading, columns: AnyColumns, where: str) -> None:
    """Raise DatasetError for a value that a key does not take, and for keys that do not go together."""
    for key, known in CHOICES.items():
        value = reading.get(key)
        if value is not None and value not in known:
            near = did_you_mean(str(value), known)
            listed = " or ".join(f"`{choice}`" for choice in known) if len(known) < 4 else ", ".join(known)
            refuse(f"unknown {key} {value!r}", " ".join(filter(None, (near, f"{key} is {listed}"))), where)
    delimiter = reading.get("delimiter")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        refuse(f"the delimiter is {delimiter!r}", 'give one character, such as `delimiter: ";"`', where)
    if delimiter == "\\" and reading.get("escape"):
        refuse("the delimiter is the escape character as well", "remove `escape`", where)
    if reading.get("header") is False and not columns.numbered:
        hint = f"give numbers counted from 1: `{_numbered(columns)}`"
        refuse("columns has names, and `header: false` says that the file names none", hint, where)


def format_title(form: str) -> str:
    """Return a format's name as messages have it: `JSON`, `Parquet`."""
    return form.capitalize() if form in ("parquet", "arrow", "excel") else form.upper()


def applies(key: str, form: str) -> bool:
    """Return True if a key of an entry means something in a format."""
    if key == "sheet":
        return form == "excel"
    return key not in _OF_TABLES or form in TABLES or (form == "excel" and key == "skip_lines")


def check_format(form: str, reading: Reading, where: str) -> None:
    """Raise DatasetError for a key that means nothing in this format."""
    for key in (*_OF_TABLES, "sheet"):
        if reading.get(key) and not applies(key, form):
            refuse(f"{key} does not apply to {format_title(form)}", f"remove `{key}`", where)


def layout_of(columns: AnyColumns, form: str, reading: Reading) -> Layout:
    """Return the layout that an entry's keys and the file's format make. Raises DatasetError."""
    chosen = reading.get("where") or {}
    labels = reading.get("labels")
    skips = {"missing"} if reading.get("missing_score") == "skip" else set()
    if reading.get("on_bad_row") == "skip":
        skips = {"missing", "bad"}
    delimiter = reading.get("delimiter") or ""
    tabs = delimiter == "\t" or (form == "tsv" and not delimiter)
    return Layout(
        columns=columns,
        format=form,
        quoting=reading.get("quoting") or ("none" if tabs else "minimal"),
        encoding=reading.get("encoding") or "utf-8",
        delimiter=delimiter,
        decimal=reading.get("decimal") or ".",
        escape="\\" if reading.get("escape") else "",
        header=reading.get("header"),
        skip_lines=reading.get("skip_lines") or 0,
        sheet=reading.get("sheet"),
        where=values_wanted(chosen),
        labels=None if labels is None else {plain_text(key): float(value) for key, value in labels.items()},
        skips=frozenset(skips),
        normalize=reading.get("normalize") or "",
    )


def plain_text(value: object) -> str:
    """Return a cell's value as text: true and false in lower case, 3.0 as 3, None as the empty string."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def values_wanted(where: Mapping[Any, Any]) -> dict[str | int, tuple[str, ...]]:
    """Return by column the values, as text, of the rows that count."""
    return {column: _values(value) for column, value in where.items()}


def _values(value: object) -> tuple[str, ...]:
    return tuple(plain_text(each) for each in (value if isinstance(value, list | tuple) else [value]))


def _numbered(columns: AnyColumns) -> str:
    names = columns.fields
    return "columns: {" + ", ".join(f"{name}: {i}" for i, name in enumerate(names, start=1)) + "}"


def refuse(message: str, hint: str, where: str | None = None) -> NoReturn:
    """Raise DatasetError."""
    raise DatasetError(message, where=where, hint=hint)


__all__ = ["Columns", "Layout", "Reading", "check_reading", "format_by_name", "layout_of"]
