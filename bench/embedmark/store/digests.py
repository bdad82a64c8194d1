"""Checksums of a raw CSV, fine enough to name the cell that was edited.

A file's sha256 says that it changed. To say where, the manifest also keeps a short checksum of every row, and one of
every column within each block of rows: an edited cell is where a changed row meets a changed column. A short checksum
may collide (1 in 65,536); the file's sha256 still says that something changed.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embedmark.store.manifest.session import SealFacts

csv.field_size_limit(2**31 - 1)  # a cell holds what a server said, or a whole text
BLOCK_ROWS = 64
_WIDTH = 4  # hex digits of a short checksum
_CHUNK = 2**22  # bytes that are split into lines together


@dataclass(frozen=True, slots=True)
class Edit:
    """One place where a file is not what was written. `row` counts data rows from 1; column "" means the whole row."""

    row: int
    column: str
    what: str  # "edited" | "removed" | "added"


def digest_csv(data: bytes) -> SealFacts:
    """Return checksums of the CSV in `data` (UTF-8, a header line): sha256, rows, row_checksums, column_checksums."""
    records = _records(data)
    header = next(records, [])
    body = (record for record in records if len(record) == len(header))
    rows: list[str] = []
    columns: list[list[str]] = [[] for _ in header]
    while block := list(itertools.islice(body, BLOCK_ROWS)):
        rows += [_short_bytes(record) for record in block]
        for found, cells in zip(columns, zip(*block, strict=True), strict=True):
            found.append(_short_bytes(cells))
    return SealFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        rows=len(rows),
        row_checksums="".join(rows),
        column_checksums={name.decode("utf-8"): "".join(found) for name, found in zip(header, columns, strict=True)},
    )


def find_edits(data: bytes, written: SealFacts) -> list[Edit]:
    """Return where the CSV in `data` differs from the one that `written` (of digest_csv) is of; [] if nowhere."""
    if hashlib.sha256(data).hexdigest() == written.sha256:
        return []
    header, rows = parse(data)
    before = _split(written.row_checksums)
    now = [_short(row) for row in rows]
    if list(written.column_checksums) != header:
        return [Edit(0, "", "edited")]
    if len(before) == len(now):
        changed = [i for i, (a, b) in enumerate(zip(before, now, strict=True)) if a != b]
        edits = [edit for i in changed for edit in _cells(i, header, rows, written)]
    else:
        edits = list(_inserted_and_removed(before, now))
    return edits or [Edit(0, "", "edited")]


def parse(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV of ours, without a last line cut short by a kill, and what ragged_rows() names."""
    header, body = _lines(data)
    return header, [row for row in body if len(row) == len(header)]


def ragged_rows(data: bytes) -> list[int]:
    """Data rows, from 1, with more or fewer cells than the header: no run writes one, so the file has been damaged."""
    header, body = _lines(data)
    return [i for i, row in enumerate(body, start=1) if len(row) != len(header)]


def is_plain(data: bytes) -> bool:
    """Return True if each line of a CSV is a record, and each comma in it the end of a cell."""
    if b'"' in data or b"\r" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _lines(data: bytes) -> tuple[list[str], list[list[str]]]:
    rows = [[cell.decode("utf-8") for cell in record] for record in _records(data)]
    return (rows[0], rows[1:]) if rows else ([], [])


def _records(data: bytes) -> Iterator[list[bytes]]:
    """Yield the cells of each line, the header's too, without a last line cut short by a kill."""
    end = data.rfind(b"\n") + 1
    if not is_plain(data):
        text = data[:end].decode("utf-8", errors="replace")
        for row in csv.reader(io.StringIO(text, newline="")):
            yield [cell.encode("utf-8") for cell in row]
        return
    start = 0
    while start < end:
        stop = data.find(b"\n", min(start + _CHUNK, end - 1)) + 1
        for line in data[start : stop - 1].split(b"\n"):
            yield line.split(b",") if line else []
        start = stop


def cell_at(row: Sequence[str], i: int) -> str:
    return row[i] if i < len(row) else ""


def _short(cells: Sequence[str]) -> str:
    joined = "\x1f".join(cells).encode("utf-8")
    return hashlib.blake2b(joined, digest_size=_WIDTH // 2).hexdigest()


def _short_bytes(cells: Sequence[bytes]) -> str:
    return hashlib.blake2b(b"\x1f".join(cells), digest_size=_WIDTH // 2).hexdigest()


def _split(checksums: str) -> list[str]:
    return [checksums[i : i + _WIDTH] for i in range(0, len(checksums), _WIDTH)]


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    for start in range(0, len(rows), BLOCK_ROWS):
        yield rows[start : start + BLOCK_ROWS]


def _cells(i: int, header: list[str], rows: list[list[str]], written: SealFacts) -> Iterator[Edit]:
    block = i // BLOCK_ROWS
    inside = rows[block * BLOCK_ROWS : (block + 1) * BLOCK_ROWS]
    columns = [
        column
        for c, column in enumerate(header)
        if _split(written.column_checksums[column])[block] != _short([cell_at(row, c) for row in inside])
    ]
    for column in columns or [""]:
        yield Edit(i + 1, column, "edited")


def _inserted_and_removed(before: list[str], now: list[str]) -> Iterator[Edit]:
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag in ("delete", "replace"):
            yield from (Edit(i + 1, "", "removed") for i in range(i1, i2))
        if tag in ("insert", "replace"):
            yield from (Edit(j + 1, "", "added") for j in range(j1, j2))
