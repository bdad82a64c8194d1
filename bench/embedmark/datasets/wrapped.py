"""Cells in other quotes than RFC 4180's, and tables of Markdown: what people paste from editors and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from embedmark.datasets.records import Record, without_trailing_blanks

# By the value of `quoting`: the quotes that open and close a cell.
QUOTES: Final = {"spaced": ('"', '"'), "single": ("'", "'"), "curly": ("\u201c\u2018", "\u201d\u2019")}
MARKDOWN: Final = "markdown"
_RULE = re.compile(r"\s*\|?(\s*:?-+:?\s*\|)+(\s*:?-+:?\s*)?")
_BAR = re.compile(r"(?<!\\)\|")


def split_wrapped(text: str, delimiter: str, quoting: str) -> list[Record]:
    """Return records of a file whose cells are in the quotes of `quoting`, with blanks around them.

    A line is a record. A quote closes a cell only before a delimiter or the line's end, so that `'it's'` is one cell;
    a doubled one stands for itself.
    """
    opening, closing = QUOTES[quoting]
    cell_end = rf"[ ]*(?={re.escape(delimiter)}|$)"
    doubled = "|".join(2 * mark for mark in closing)
    inside = rf"((?:{doubled}|[^{closing}]|[{closing}](?!{cell_end}))*+)"
    quoted = re.compile(rf"[ ]*[{opening}]{inside}[{closing}]{cell_end}")
    plain = re.compile(rf"[^{re.escape(delimiter)}]*")
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    records = [Record(number, list(_cells(line, quoted, plain, closing))) for number, line in enumerate(lines, start=1)]
    return without_trailing_blanks(records)


def _cells(line: str, quoted: re.Pattern[str], plain: re.Pattern[str], closing: str) -> Iterator[str]:
    place = 0
    while True:
        found = quoted.match(line, place)
        if found is not None:
            yield re.sub(rf"([{closing}])\1", r"\1", found[1])
        else:
            found = plain.match(line, place)
            yield found[0] if found else ""
        place = found.end() if found else len(line)
        if place >= len(line):
            return
        place += 1


def is_markdown(text: str) -> bool:
    """Return True if a text is a table of Markdown: a line of cells, and below it a rule of dashes."""
    lines = text.lstrip().split("\n", 2)
    return len(lines) > 1 and "|" in lines[0] and bool(_RULE.fullmatch(lines[1].rstrip()))


def split_markdown(text: str) -> list[Record]:
    """Return records of a table of Markdown, without its rule and the blanks around its cells."""
    records: list[Record] = []
    ruled = False
    for number, line in enumerate(text.split("\n"), start=1):
        row = line.strip()
        is_rule = len(records) == 1 and not ruled and _RULE.fullmatch(row)
        ruled = ruled or bool(is_rule)
        if is_rule or (not row and not records):
            continue
        inner = row[1:] if row.startswith("|") else row
        inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
        records.append(Record(number, [cell.strip().replace("\\|", "|") for cell in _BAR.split(inner)]))
    return without_trailing_blanks(records)
