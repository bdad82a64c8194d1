"""The texts that a run keeps (`keep_text: true`): texts.csv, from which single records are read when they are shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from embedmark.files import check_plain, printable
from embedmark.store.cells import text_of

TEXTS: Final = "texts.csv"
Role = Literal["pair", "query", "document"]
Texts = Mapping[str, tuple[str, str]]  # by id; the second is empty but for a pair
_CELLS: Final = 5


@dataclass(eq=False, slots=True)
class KeptTexts:
    """The texts of a run's datasets. A file of gigabytes is read through once, and only places in it are kept."""

    path: Path
    _places: dict[tuple[str, str], dict[str, int]] | None = field(default=None, init=False, repr=False)

    def of(self, dataset: str, role: Role) -> Texts:
        """Return the texts of a dataset by id; none where the run keeps none. Raises OSError for what is no file."""
        if self._places is None:
            self._places = _places_in(self.path)
        return _Records(self.path, self._places.get((dataset, role), {}))


class _Records(Texts):
    """Texts that are read one by one."""

    def __init__(self, path: Path, places: Mapping[str, int]) -> None:
        self._path = path
        self._places = places

    def __getitem__(self, name: str) -> tuple[str, str]:
        with self._path.open("rb") as file:
            file.seek(self._places[name])
            _, record = next(_records(file, self._places[name]))
        first, second = _cells(record)[-2:]
        return printable(text_of(first)), printable(text_of(second))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _places_in(path: Path) -> dict[tuple[str, str], dict[str, int]]:
    """Return where each record begins, by dataset and role, and then by id."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    check_plain(path)
    with path.open("rb") as file:
        for at, record in _records(file, 0):
            cells = _cells(record)
            if at and len(cells) == _CELLS:
                dataset, role, name = (printable(cell) for cell in cells[:3])
                found.setdefault((dataset, role), {})[name] = at
    return found


def _records(file: io.BufferedReader, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield each whole record and where it begins: a line, or several where a quoted cell has line ends."""
    lines: list[bytes] = []
    is_quoted = False
    for line in file:
        lines.append(line)
        is_quoted ^= line.count(b'"') % 2 == 1
        if not is_quoted and line.endswith(b"\n"):
            record = b"".join(lines)
            yield at, record
            at += len(record)
            lines = []


def _cells(record: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(record.decode("utf-8", errors="replace"), newline="")), [])
