"""What is said of quotes in an unquoted file: what other tools lose, and whether it is quoted after all."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.datasets.even import EvenRows
from embedmark.datasets.layout import Layout
from embedmark.datasets.pair import columns_of
from embedmark.datasets.pairs import Picked
from embedmark.datasets.records import rows_if_quoted
from embedmark.datasets.rows import Rows
from embedmark.datasets.wrapped import QUOTES

_LOOKED_AT = 200  # pairs


def notes_on_quotes(rows: Rows, picked: Picked, layout: Layout) -> list[str]:
    """Return a note each: rows that csv's default quoting loses; sentences that look csv-quoted."""
    if not layout.is_table:
        return []
    if layout.quoting != "none" or '"' not in rows.text:
        return _note_on_other_quotes(picked, layout)
    widths = layout.widths or _widths(rows)
    found = rows_if_quoted(rows.text, layout.cell_end, widths | frozenset({len(rows.names)} if rows.names else ()))
    kept = None if found is None else found - bool(rows.header_line)
    n = len(rows.rows)
    notes = []
    if kept != n and not layout.skip_lines:
        other = (
            "stop with an error"
            if kept is None
            else f"keep {kept:,} rows, so their scores are not comparable with these"
        )
        notes.append(f"{n:,} rows, read without quoting; tools that read this file with csv's default quoting {other}")
    return notes + _note_on_wrapped(picked)


def _widths(rows: Rows) -> frozenset[int]:
    if isinstance(rows.rows, EvenRows):
        return frozenset({rows.rows.width})
    return frozenset(len(row.cells) for row in rows.rows if row.problem is None)


def _note_on_other_quotes(picked: Picked, layout: Layout) -> list[str]:
    """Return a note where most sentences are in quotes that were read as part of the text."""
    if layout.quoting in QUOTES:
        return []
    first, second, _ = columns_of(picked.pairs)
    for quoting in QUOTES:
        # A long file without such quotes is not looked through.
        if not _mostly([*first[:_LOOKED_AT], *second[:_LOOKED_AT]], quoting):
            continue
        texts = [*first, *second]
        wrapped = sum(_is_in(text, quoting) for text in texts)
        if _mostly(texts, quoting):
            return [
                f"{wrapped:,} of {len(texts):,} sentences are in quotes, which were read as part of the text; if they "
                f"are not meant, add `quoting: {quoting}`"
            ]
    return []


def _mostly(texts: Sequence[str], quoting: str) -> bool:
    """Return True if most texts are in quotes; of spaced ones half, since a line's first cell has no blank."""
    least = 3 if quoting == "spaced" else 2
    return least * sum(_is_in(text, quoting) for text in texts) > len(texts)


def _is_in(text: str, quoting: str) -> bool:
    opening, closing = QUOTES[quoting]
    text = text.strip(" ")
    return len(text) > 1 and text[0] in opening and text[-1] in closing


def _note_on_wrapped(picked: Picked) -> list[str]:
    first, second, _ = columns_of(picked.pairs)
    sides = {"first": first, "second": second}
    for side, texts in sides.items():
        wrapped = sum(_is_wrapped(text) for text in texts)
        doubled = sum(_is_wrapped(text) and '""' in text[1:-1] for text in texts)
        if 2 * wrapped > len(texts):
            return [
                f"{wrapped:,} of {len(texts):,} {side} sentences are in double quotes, which were read as part of "
                "the text; if they are not meant, add `quoting: minimal`"
            ]
        if doubled:
            return [
                f"{doubled:,} of {len(texts):,} {side} sentences look csv-quoted, with doubled quotes inside, as "
                "pandas writes them: add `quoting: minimal`"
            ]
    return []


def _is_wrapped(text: str) -> bool:
    return len(text) > 1 and text[0] == '"' == text[-1]
