"""From records to pairs: which cells are the sentences and the score, and whether every line has them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from embedmark.datasets.layout import Layout
from embedmark.datasets.records import HINT_QUOTE, HINT_UNQUOTE, Record, split_plain, split_quoted
from embedmark.errors import DatasetError, did_you_mean, listing

# Narrower than float(): no 1_000, no digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class Pair(NamedTuple):
    """One pair and the line of the file where its record begins.

    Of a file about images, `sentence1` is the image's name; `score` is NaN where the file has no column for it.
    """

    line: int
    sentence1: str
    sentence2: str
    score: float


def pairs_of_table(text: str, layout: Layout, path: Path) -> list[Pair]:
    """Pairs of a TSV or CSV file, in its order.

    Raises:
        DatasetError: header only, a missing or doubled column, a line with too few or too many fields, a score
            that is not a finite number, quotes that do not match.
    """
    split = split_quoted if layout.quoting == "minimal" else split_plain
    records = split(text, layout.delimiter, path)
    first, second, *score = _positions(records[0], layout, path)
    body = records if layout.columns.numbered else records[1:]
    if not body:
        raise DatasetError(
            "the data file has a header line and nothing below it", where=str(path), hint="two pairs are the least"
        )
    _check_widths(records, layout, path)
    pairs = []
    for line, cells in body:
        number = parse_score(cells[score[0]]) if score else math.nan
        if number is None:
            _refuse_score(cells[score[0]], line, layout, path)
        pairs.append(Pair(line, cells[first], cells[second], number))
    return pairs


def parse_score(text: str) -> float | None:
    """A finite float64, or None where `text` is not one."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _positions(top: Record, layout: Layout, path: Path) -> list[int]:
    """The indices, from 0, of the layout's columns, in their order."""
    columns = layout.columns
    names = top.cells
    where = f"{path}:{top.line}"
    positions = []
    for wanted in columns.all:
        if isinstance(wanted, int):
            if wanted > len(names):
                hint = _other_format(names, layout) or f"columns are numbered 1 to {len(names)}"
                raise DatasetError(
                    f"there is no column {wanted}: the first line has {len(names)}", where=where, hint=hint
                )
            positions.append(wanted - 1)
        elif names.count(wanted) == 1:
            positions.append(names.index(wanted))
        elif wanted in names:
            hint = "rename one of them in the file"
            raise DatasetError(f"the header line has the column {wanted!r} twice", where=where, hint=hint)
        else:
            hint = _hint_missing(wanted, names, layout)
            raise DatasetError(f"there is no column {wanted!r} in the header line", where=where, hint=hint)
    return positions


def _hint_missing(wanted: str, names: Sequence[str], layout: Layout) -> str:
    other = _other_format(names, layout)
    if other:
        return other
    columns = layout.columns
    if any(parse_score(name) is not None for name in names):
        numbered = ", ".join(f"{field}: {i}" for i, field in enumerate(columns.fields, start=1))
        return (
            "the first line looks like data: for a file without a header line give numbers counted from 1, "
            f"such as `columns: {{{numbered}}}`"
        )
    near = did_you_mean(wanted, names)
    count = {2: "both", 3: "three"}[len(columns.fields)]
    shown = f"its columns are {listing(names)}; name {count}: `{columns.example()}`"
    return f"{near} {shown}" if near else shown


def _check_widths(records: Sequence[Record], layout: Layout, path: Path) -> None:
    allowed = layout.widths or frozenset({len(records[0].cells)})
    bad = [record for record in records if len(record.cells) not in allowed]
    if not bad:
        return
    line, cells = bad[0]
    found = "is blank" if not "".join(cells) and len(cells) < 2 else f"has {len(cells)} field{'s' * (len(cells) != 1)}"
    wanted = " or ".join(map(str, sorted(allowed)))
    than = "the first line has" if layout.columns.numbered else "the header line has"
    more = f" ({len(bad) - 1} more lines are like that)" if len(bad) > 1 else ""
    raise DatasetError(
        f"line {line} {found} where {'there must be' if layout.widths else than} {wanted}{more}",
        where=f"{path}:{line}",
        hint=_hint_ragged(cells, layout),
    )


def _hint_ragged(cells: Sequence[str], layout: Layout) -> str:
    if not "".join(cells):
        return "remove the blank line"
    other = _other_format(cells, layout)
    if other:
        return other
    quotes = sum(cell.count('"') for cell in cells)
    if quotes and layout.quoting == "none":
        return HINT_QUOTE
    if quotes or any("\n" in cell for cell in cells):
        return HINT_UNQUOTE
    if layout.quoting == "minimal":
        return f"put a cell that holds {layout.delimiter!r} in double quotes"
    name = "tab" if layout.delimiter == "\t" else "comma"
    return f"look for a {name} too many or too few; a cell with a {name} in it needs quotes and `quoting: minimal`"


def _other_format(cells: Sequence[str], layout: Layout) -> str | None:
    """A hint, where cells look as if the file were in another format."""
    if layout.format == "csv" and any("\t" in cell for cell in cells):
        return "its lines hold tabs: add `format: tsv`"
    if len(cells) > 1:
        return None
    if "," in cells[0] and layout.format == "tsv":
        return "its lines hold commas and no tabs: add `format: csv`"
    if ";" in cells[0]:
        return "its cells seem to be separated by semicolons: save it with tabs or commas"
    return None


def _refuse_score(text: str, line: int, layout: Layout, path: Path) -> NoReturn:
    column = layout.columns.all[-1]
    hint = "a score is a finite number with a decimal point, such as 3.8"
    bare = text.strip()
    if layout.columns.numbered and line == 1:
        hint = "if the first line is a header line, give its names instead of numbers"
    elif layout.quoting == "none" and bare[:1] == '"' == bare[-1:]:
        hint = HINT_QUOTE
    elif parse_score(bare.replace(",", ".", 1)) is not None:
        hint = "write a decimal point instead of the comma"
    elif not bare:
        hint = "the score is missing: fill it in, or remove the line"
    raise DatasetError(
        f"the score {_short(text)} is not a finite number", where=f"{path}:{line}, column {column}", hint=hint
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
