"""The vector cache: vectors by the content of what was encoded, in one SQLite file that many runs share.

A page holds what arrived together, some 48 KB of it; an index leads from a key to page and slot. No text is stored.
Keys hold everything that changes a vector, so that nothing is ever looked at twice: a changed model has other keys.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embedmark.store.entries import split_keys

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

NAME: Final = "vectors.sqlite"
MAX_BYTES: Final = 2 << 30
# Scattered reads of pages of 196 KB took four times as long; pages of 48 KB are what one batch of 32 x 384 fills.
_PAGE_BYTES = 48 * 1024
BLOCK: Final = 8192
_AT_ONCE = 500  # values in one SQL statement
_DAY_S = 86_400
_PRAGMAS = (f"page_size={BLOCK}", "auto_vacuum=INCREMENTAL", "journal_mode=WAL", "synchronous=NORMAL",
            "mmap_size=1099511627776", "secure_delete=ON", "journal_size_limit=0")  # fmt: skip
_TABLES = """
CREATE TABLE IF NOT EXISTS space(id BLOB PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page(id INTEGER PRIMARY KEY, space BLOB NOT NULL, made INTEGER NOT NULL,
 used INTEGER NOT NULL, dim INTEGER NOT NULL, dtype TEXT NOT NULL, crc INTEGER NOT NULL, keys BLOB NOT NULL,
 counts BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS place(key BLOB PRIMARY KEY, page INTEGER NOT NULL, slot INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_use ON page(used);
"""


@dataclass(frozen=True, eq=False, slots=True)
class Cached:
    """What the cache has of a list of keys.

    Attributes:
        found: bool (n,).
        values: floating (n, d) of vectors or (n,) of scores, NaN where not found; None where nothing was found.
        counts: int64 (n, 3), -1 where unknown: tokens as replies billed them, as a tokenizer counted them before any
            limit, and what a limit cut.
        oldest: Unix time at which the oldest of them was stored; None where nothing was found.
    """

    found: npt.NDArray[np.bool_]
    values: npt.NDArray[np.floating[Any]] | None
    counts: npt.NDArray[np.int64]
    oldest: int | None


class VectorCache:
    """One connection to the cache. Raises sqlite3.Error: a caller goes on without the cache.

    Args:
        folder: where the cache's file is, or is to be made.
        max_bytes: the size to which evict() brings it.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = folder / NAME
        self.max_bytes = max_bytes
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sqlite3.OperationalError(str(error)) from error
        try:
            self.db = self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damaged(error):
                raise
            delete_files(self.path)  # a cache can always be made again
            self.db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}").fetchall()
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'by_use'").fetchone():
                db.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT")
            db.execute("SELECT id, space, made, used, dim, dtype, crc FROM page LIMIT 1").fetchall()
        except BaseException:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Close the connection. May be called twice."""
        with contextlib.suppress(sqlite3.Error):
            self.db.close()

    def facts(self, space: bytes) -> dict[str, Any] | None:
        """Return what is known of a space, such as dim and max_tokens; None where nothing is."""
        row = self.db.execute("SELECT facts FROM space WHERE id = ?", (space,)).fetchone()
        return json.loads(row[0]) if row else None

    def describe(self, space: bytes, facts: Mapping[str, Any]) -> None:
        """Keep facts of a space, of JSON types."""
        self.db.execute("INSERT OR REPLACE INTO space VALUES(?, ?)", (space, json.dumps(dict(facts))))

    def has(self, keys: Sequence[bytes]) -> bool:
        """Return True if every key is there. The pages are not read."""
        wanted = set(keys)
        return sum(1 for _ in self._in("SELECT key FROM place WHERE key IN (%s)", list(wanted))) == len(wanted)

    def put(
        self, space: bytes, keys: Sequence[bytes], values: npt.NDArray[np.floating[Any]], counts: npt.NDArray[np.int64]
    ) -> None:
        """Store values with their counts, as of Cached, in one transaction: on disk whole, or not at all."""
        now = int(time.time())
        step = max(1, _PAGE_BYTES // max(1, values[:1].nbytes))
        with self.transaction():
            for at in range(0, len(keys), step):
                part, data = keys[at : at + step], values[at : at + step].tobytes()
                dim = values.shape[1] if values.ndim > 1 else 0
                beside = counts[at : at + step].astype("<i8").tobytes()
                row = (space, now, now, dim, values.dtype.str, zlib.crc32(data), b"".join(part), beside, data)
                page = self.db.execute("INSERT INTO page VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row).lastrowid
                places = [(key, page, slot) for slot, key in enumerate(part)]
                self.db.executemany("INSERT OR REPLACE INTO place VALUES(?, ?, ?)", places)

    def get(self, keys: Sequence[bytes]) -> Cached:
        """Return what is there. A page whose checksum fails is deleted, and its vectors are not found."""
        import numpy as np

        n = len(keys)
        found, oldest, values = np.zeros(n, dtype=bool), None, None
        counts = np.full((n, 3), -1, dtype=np.int64)
        places = self._places(keys)
        broken, stale = [], []
        now = time.time()
        with self.transaction("DEFERRED"):
            order = np.argsort(places[0], kind="stable")
            pages = np.unique(places[0][places[0] >= 0])
            low, high = (np.searchsorted(places[0][order], pages, side) for side in ("left", "right"))
            ends = dict(zip(pages.tolist(), zip(low.tolist(), high.tolist(), strict=True), strict=True))
            for number, made, used, dim, dtype, crc, beside, data in self._in(
                "SELECT id, made, used, dim, dtype, crc, counts, data FROM page WHERE id IN (%s)", pages.tolist()
            ):
                if zlib.crc32(data) != crc:
                    broken.append(number)
                    continue
                rows = order[ends[number][0] : ends[number][1]]
                slots = places[1][rows]
                page = np.frombuffer(data, dtype)
                page = page.reshape(-1, dim) if dim else page
                if values is None:
                    values = np.full((n, *page.shape[1:]), np.nan, dtype=page.dtype)
                if values.shape[1:] != page.shape[1:] or len(page) <= slots.max():
                    broken.append(number)
                    continue
                found[rows], values[rows] = True, page[slots]
                counts[rows] = np.frombuffer(beside, "<i8").reshape(-1, 3)[slots]
                oldest = made if oldest is None else min(oldest, made)
                if now - used > _DAY_S:
                    stale.append((int(now), number))
        self._after(broken, stale)
        return Cached(found, values if found.any() else None, counts, oldest)

    def _places(self, keys: Sequence[bytes]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        import numpy as np

        rows = self._in("SELECT key, page, slot FROM place WHERE key IN (%s)", list(dict.fromkeys(keys)))
        where = {key: (page, slot) for key, page, slot in rows}
        both = np.array([where.get(key, (-1, 0)) for key in keys], dtype=np.int64).reshape(len(keys), 2)
        return both[:, 0].copy(), both[:, 1].copy()

    def _in(self, statement: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        for at in range(0, len(values), _AT_ONCE):
            part = values[at : at + _AT_ONCE]
            yield from self.db.execute(statement % ",".join("?" * len(part)), part)

    def _after(self, broken: Iterable[int], stale: Sequence[tuple[int, int]]) -> None:
        """Delete broken pages, and note the use of others, at most once a day; a cache that is read only stays so."""
        with contextlib.suppress(sqlite3.OperationalError):
            for number in broken:
                with self.transaction():
                    row = self.db.execute("SELECT keys FROM page WHERE id = ?", (number,)).fetchone()
                    if row:
                        self.drop(number, row[0])
            if stale:
                with self.transaction():
                    self.db.executemany("UPDATE page SET used = ? WHERE id = ?", stale)

    def drop(self, page: int, keys: bytes) -> None:
        """Delete a page, within a transaction."""
        self.db.executemany("DELETE FROM place WHERE key = ? AND page = ?", [(key, page) for key in split_keys(keys)])
        self.db.execute("DELETE FROM page WHERE id = ?", (page,))

    @contextlib.contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """Within, all or nothing is written."""
        self.db.execute(f"BEGIN {kind}")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise


def cache_files(path: Path) -> list[Path]:
    """Return the cache's file, and those that SQLite keeps beside it."""
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]


def delete_files(path: Path) -> None:
    """Delete the cache's files. Raises OSError."""
    for file in cache_files(path):
        file.unlink(missing_ok=True)


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    """Return True if the file is not a database, is a broken one, or one of other tables."""
    text = str(error)
    return any(words in text for words in ("not a database", "malformed", "no such column", "no such table"))
