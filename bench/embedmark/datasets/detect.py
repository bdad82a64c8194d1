"""What a file is, told by its bytes and its first lines where the suite does not say; every guess is said."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from embedmark.datasets.binary import binary_format
from embedmark.datasets.columns import AnyColumns
from embedmark.datasets.layout import (
    OBJECTS,
    TABLES,
    Layout,
    Reading,
    check_format,
    format_by_name,
    layout_of,
)
from embedmark.datasets.objects import is_jsonl
from embedmark.datasets.wrapped import MARKDOWN, is_markdown
from embedmark.errors import DatasetError
from embedmark.language import translatable

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "vertical bars"}
_LINES = 100  # that are looked at
_START, _RANKED = 10_000, 20  # characters and lines by which a ranking is told; its last line may be cut
_RUN_COLUMNS = 6
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?\d+(,\d+)?")


def detect_binary(data: bytes, columns: AnyColumns, reading: Reading, path: Path) -> Layout | None:
    """Return the layout of a Parquet, Arrow or Excel file; None for text. Raises DatasetError."""
    form = binary_format(data)
    if form is None:
        return None
    check_format(form, reading, str(path))
    given = reading.get("format") or format_by_name(path)
    said = () if given in (form, None) else (translatable(f"read as {form}, by its first bytes"),)
    return replace(layout_of(columns, form, reading), said=said)


def detect_text(text: str, columns: AnyColumns, reading: Reading, path: Path) -> Layout:
    """Return the layout of a text file: what the suite says, and what its lines show. Raises DatasetError."""
    refuse_other(text, path)
    given = reading.get("format")
    if given in ("parquet", "arrow", "excel"):
        given = None
    if not any(reading.get(key) for key in ("format", "quoting", "delimiter", "skip_lines")) and is_markdown(text):
        said = translatable("read as a table of Markdown")
        return replace(layout_of(columns, "csv", reading), delimiter="|", quoting=MARKDOWN, header=True, said=(said,))
    form = given or _format(text, reading, path)
    check_format(form, reading, str(path))
    layout = layout_of(columns, form, reading)
    if form not in TABLES:
        return layout if given or form == format_by_name(path) else replace(layout, said=(_said(form),))
    return _table(text, layout, reading, path)


def refuse_other(text: str, path: Path) -> None:
    """Raise DatasetError for a web page, git-lfs's pointer to a file, and a ranking that a search engine wrote."""
    start = text[:200].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        raise DatasetError(
            "this is a web page and not data", where=str(path), hint="download the file itself, such as its `raw` link"
        )
    if start.startswith("version https://git-lfs"):
        raise DatasetError("this is a pointer of git-lfs and not the file", where=str(path), hint="run `git lfs pull`")
    lines = [line.split() for line in text[:_START].splitlines()[:_RANKED] if line.strip()]
    if lines and all(map(_is_ranked, lines[:-1] or lines)):
        raise DatasetError(
            "this is a TREC run file: the ranking that a search engine returned, and not judgments or texts",
            where=str(path),
            hint="give the judgments as `qrels: FILE` (query, iteration, document, grade), with `queries: FILE` and "
            "`corpus: FILE`; to measure that engine, make it a provider of kind ranker",
        )


def _is_ranked(cells: Sequence[str]) -> bool:
    """Return True for a line of a TREC run: query, Q0, document, rank, score, name."""
    if len(cells) != _RUN_COLUMNS or cells[1] not in ("Q0", "q0", "0"):
        return False
    return cells[3].isdecimal() and _FLOAT.fullmatch(cells[4]) is not None


def _format(text: str, reading: Reading, path: Path) -> str:
    by_name = format_by_name(path)
    if reading.get("delimiter"):
        return "tsv" if reading["delimiter"] == "\t" else "csv"
    if by_name in TABLES:
        return by_name
    return _json_format(text, by_name) or (by_name if by_name in OBJECTS else None) or _table_format(text, reading)


def _json_format(text: str, by_name: str | None) -> str | None:
    """jsonl or json, for a text that begins as one of them does."""
    start = text.lstrip()[:1]
    if start == "{" or (start == "[" and by_name == "jsonl"):
        return "jsonl" if is_jsonl(text) else "json"
    # A text may begin with a bracket, as [CLS] does; an array of objects begins with a brace in it.
    return "json" if start == "[" and (by_name or re.match(r"\s*\[\s*[{\]]", text)) else None


def _table_format(text: str, reading: Reading) -> str:
    first = _first_lines(text, reading.get("skip_lines") or 0)[:1]
    return "tsv" if first and "\t" in first[0] else "csv"


def _said(form: str) -> str:
    if form == "json":
        return translatable("read as JSON: the file is one array or object")
    return translatable("read as JSON Lines")


def _table(text: str, layout: Layout, reading: Reading, path: Path) -> Layout:
    said: list[str] = []
    marked = re.match(r'"?sep=(.)"?\r?\n', text) if not layout.skip_lines else None
    if marked:  # Excel's own first line
        said.append(translatable(f"its first line says that cells are separated by {marked[1]!r}"))
        delimiter = "" if marked[1] in "\t," else marked[1]
        form = "tsv" if marked[1] == "\t" else "csv"
        quoting = reading.get("quoting") or "minimal"
        layout = replace(layout, skip_lines=1, format=form, delimiter=layout.delimiter or delimiter, quoting=quoting)
    elif not layout.delimiter:
        layout = _with_delimiter(text, layout, reading, path, said)
    if layout.delimiter == ";" and reading.get("decimal") is None and _decimal_commas(text, layout):
        layout = replace(layout, decimal=",")
        said.append(translatable('scores have a decimal comma: read as `decimal: ","`'))
    return replace(layout, said=(*layout.said, *said))


def _with_delimiter(text: str, layout: Layout, reading: Reading, path: Path, said: list[str]) -> Layout:
    """Return the layout with the delimiter that the first lines show, where it is not the format's own."""
    expected = layout.cell_end
    given = reading.get("format")
    tried = [mark for mark in DELIMITERS if mark != expected and not (given and "\t" in (mark, expected))]
    lines = _first_lines(text, layout.skip_lines)
    found = next((mark for mark in (expected, *tried) if _fits(lines, mark, layout)), None)
    found = found or _most_frequent(lines, expected, tried)
    if found == expected:
        known = given or format_by_name(path) in TABLES
        return layout if known else replace(layout, said=(translatable(f"read as {layout.format.upper()}"),))
    said.append(translatable(f"cells are separated by {DELIMITERS[found]}: read as {_key_of(found)}"))
    form = "tsv" if found == "\t" else "csv"
    quoting = reading.get("quoting") or ("none" if form == "tsv" else "minimal")
    return replace(layout, format=form, delimiter="" if found in "\t," else found, quoting=quoting)


def _most_frequent(lines: Sequence[str], expected: str, others: Sequence[str]) -> str:
    """Return the mark that every line has most often (twice or more), so that errors name columns; else `expected`."""
    counts = {mark: min((line.count(mark) for line in lines), default=0) for mark in (expected, *others)}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= 2 else expected


def _key_of(delimiter: str) -> str:
    return {"\t": "`format: tsv`", ",": "`format: csv`"}.get(delimiter, f'`delimiter: "{delimiter}"`')


def _first_lines(text: str, skip: int) -> list[str]:
    lines = text.split("\n", skip + _LINES + 1)[skip : skip + _LINES]
    return [line.removesuffix("\r") for line in lines if line.strip()]


def _fits(lines: Sequence[str], delimiter: str, layout: Layout) -> bool:
    """Return True if the wanted columns are in every line, or all their names in the header line."""
    columns = layout.columns.all
    cut = [_cells(line, delimiter) for line in (lines[:1] if layout.has_header else lines)]
    if not cut:
        return False
    if not layout.columns.numbered:
        return all(str(name) in cut[0] for name in columns)
    most = max(column for column in columns if isinstance(column, int))
    return len(cut[0]) > 1 and all(len(cells) >= most for cells in cut)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _decimal_commas(text: str, layout: Layout) -> bool:
    """Return True if every score of the first lines is a whole number or has a decimal comma, and one has."""
    cut = [_cells(line, layout.cell_end) for line in _first_lines(text, layout.skip_lines)]
    if not cut:
        return False
    header = cut[0] if layout.has_header else []
    places = []
    for column in layout.columns.scores:
        place = column - 1 if isinstance(column, int) else header.index(column) if column in header else -1
        if place < 0:
            return False
        places.append(place)
    body = cut[1:] if layout.has_header else cut
    found = [cells[place].strip() for cells in body for place in places if place < len(cells)]
    found = [cell for cell in found if cell]
    return any("," in cell for cell in found) and all(_COMMA_NUMBER.fullmatch(cell) for cell in found)
