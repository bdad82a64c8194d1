"""journal.sqlite of a run folder: every request before it is sent, and what each reply delivered.

A run that is killed goes on from here. The file is removed when the run is sealed as complete.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from embedmark.errors import RunDirectoryError, StorageError
from embedmark.files import check_plain
from embedmark.store.entries import Request, StoredReply, split_keys

NAME: Final = "journal.sqlite"
_FILES = (NAME, f"{NAME}-wal", f"{NAME}-shm", f"{NAME}-journal")
_TABLES = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request(id INTEGER PRIMARY KEY, provider TEXT NOT NULL, job TEXT NOT NULL,
 places TEXT NOT NULL, n INTEGER NOT NULL, bound INTEGER NOT NULL, characters INTEGER NOT NULL, retry INTEGER NOT NULL,
 state TEXT NOT NULL, tokens INTEGER, waited_ns INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS open_requests ON request(state) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS served(job TEXT PRIMARY KEY, keys BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reply(id INTEGER PRIMARY KEY, job TEXT NOT NULL, keys BLOB NOT NULL, dtype TEXT NOT NULL,
 dim INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL, facts TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS replies_of ON reply(job);
"""


class Journal:
    """The journal of one run. One process at a time may hold it open.

    Args:
        folder: the run folder.

    Raises:
        RunDirectoryError: another process holds it.
        StorageError: the disk refuses, as every method here does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._durable = True
        check_own(folder)
        try:
            self._db = sqlite3.connect(folder / NAME, isolation_level=None, timeout=0.5, check_same_thread=False)
            pragmas = ["locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"]
            if sys.platform == "darwin":
                pragmas.append("fullfsync=ON")
            for pragma in pragmas:
                self._db.execute(f"PRAGMA {pragma}").fetchall()
            self._db.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT")
        except sqlite3.Error as error:
            if "locked" in str(error):
                raise RunDirectoryError(
                    "another process is writing this run",
                    where=str(folder),
                    hint="wait until it has ended, or end it, then use --resume again",
                ) from None
            raise _refused(folder, error) from error

    def note(self, key: str, value: Any) -> None:
        """Keep a fact of JSON types under `key`, in place of what was there."""
        self._write([("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, json.dumps(value)))])

    def noted(self, key: str) -> Any:
        """Return the fact under `key`; None where there is none."""
        row = self._read("SELECT value FROM meta WHERE key = ?", (key,))
        return json.loads(row[0][0]) if row else None

    def sent(self, request: Request, *, durable: bool = True) -> int:
        """Log a request that is about to be sent, and return its number.

        Args:
            request: what is sent.
            durable: wait for the disk. Without it a kill of the process loses nothing either, but a power failure may.
        """
        row = (request.provider, request.job, json.dumps(list(request.places)), request.n, request.bound,
               request.characters, int(request.retry))  # fmt: skip
        columns = "provider, job, places, n, bound, characters, retry, state"
        statement = f"INSERT INTO request({columns}) VALUES(?, ?, ?, ?, ?, ?, ?, 'open')"
        return self._write([(statement, row)], durable=durable)

    def closed(self, number: int, state: str, tokens: int | None, *, durable: bool = True) -> None:
        """Log how request `number` ended: lost (perhaps billed), unbilled or refused."""
        statement = "UPDATE request SET state = ?, tokens = ? WHERE id = ?"
        self._write([(statement, (state, tokens, number))], durable=durable)

    def delivered(
        self, number: int | None, tokens: int | None, waited_ns: int = 0,
        kept: tuple[str, Sequence[StoredReply]] | None = None, *, durable: bool = True,
    ) -> None:  # fmt: skip
        """Commit a reply, together with the end of its request.

        Args:
            number: the request that it answers; None for a provider that computes here.
            tokens: what it was billed; None where the server does not say.
            waited_ns: waits before the attempt that delivered.
            kept: the job, and its replies that are to be found again.
            durable: as for sent().
        """
        work: list[tuple[str, tuple[Any, ...]]] = []
        if number is not None:
            statement = "UPDATE request SET state = 'delivered', tokens = ?, waited_ns = ? WHERE id = ?"
            work.append((statement, (tokens, waited_ns, number)))
        for reply in kept[1] if kept else ():
            data = reply.values.tobytes()
            dim = reply.values.shape[1] if reply.values.ndim > 1 else 0
            row = (kept[0] if kept else "", b"".join(reply.keys), reply.values.dtype.str, dim, zlib.crc32(data), data,
                   json.dumps(dict(reply.facts)))  # fmt: skip
            work.append(("INSERT INTO reply VALUES(NULL, ?, ?, ?, ?, ?, ?, ?)", row))
        self._write(work, durable=durable)

    def replies(self, job: str) -> Iterator[StoredReply]:
        """Give what was delivered for a job, in order. A damaged reply is left out: it is asked for again."""
        import numpy as np

        for keys, dtype, dim, crc, data, facts in self._read(
            "SELECT keys, dtype, dim, crc, data, facts FROM reply WHERE job = ? ORDER BY id", (job,)
        ):
            if zlib.crc32(data) == crc:
                values = np.frombuffer(data, dtype)
                yield StoredReply(split_keys(keys), values.reshape(-1, dim) if dim else values, json.loads(facts))

    def begin(self, job: str, served: Sequence[bytes]) -> list[bytes] | None:
        """Log the items that a vector cache serves for a job; return those of the job's first beginning, if any."""
        row = self._read("SELECT keys FROM served WHERE job = ?", (job,))
        if row:
            return split_keys(row[0][0])
        self._write([("INSERT INTO served VALUES(?, ?)", (job, b"".join(served)))])
        return None

    def open_requests(self) -> list[Request]:
        """Return the requests that were under way when the last process ended."""
        return self._requests("open")

    def killed_requests(self) -> list[Request]:
        """Return the requests that settle() has marked."""
        return self._requests("killed")

    def settle(self) -> None:
        """Mark the open requests as killed, and perhaps billed. Called once the run has a row for each."""
        self._write([("UPDATE request SET state = 'killed', tokens = bound WHERE state = 'open'", ())])

    def _requests(self, state: str) -> list[Request]:
        rows = self._read(
            "SELECT provider, job, places, n, bound, characters, retry FROM request WHERE state = ? ORDER BY id",
            (state,),
        )
        return [
            Request(p, job, json.loads(at), n, bound, size, bool(again)) for p, job, at, n, bound, size, again in rows
        ]

    def totals(self, provider: str) -> dict[str, int]:
        """Return the counts of a provider's ledger over all requests so far, under the ledger's names."""
        rows = self._read(
            "SELECT COUNT(*), SUM(state = 'delivered'), SUM(CASE WHEN state = 'delivered' THEN tokens END),"
            " SUM(CASE WHEN state IN ('lost', 'killed') OR (state = 'delivered' AND tokens IS NULL) THEN bound END),"
            " SUM(retry), SUM(state = 'refused'), SUM(waited_ns),"
            " SUM(CASE WHEN state = 'delivered' AND tokens IS NOT NULL THEN bound END),"
            " SUM(CASE WHEN state = 'delivered' AND tokens IS NOT NULL THEN characters END)"
            " FROM request WHERE provider = ?", (provider,)
        )  # fmt: skip
        names = ("requests", "delivered", "tokens", "tokens_unconfirmed", "retries", "refused", "throttled_ns", "bound",
                 "characters")  # fmt: skip
        return {name: int(count or 0) for name, count in zip(names, rows[0], strict=True)}

    def close(self) -> None:
        """Close the file. May be called twice."""
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def remove(self) -> None:
        """Close and delete the file: the run is complete."""
        self.close()
        remove_journal(self.folder)

    def _read(self, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise _refused(self.folder, error) from error

    def _write(self, work: Sequence[tuple[str, tuple[Any, ...]]], *, durable: bool = True) -> int:
        """Run statements in one transaction; the row number of the last one."""
        try:
            if durable != self._durable:
                self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
                self._durable = durable
            self._db.execute("BEGIN IMMEDIATE")
            try:
                number = 0
                for statement, values in work:
                    number = self._db.execute(statement, values).lastrowid or 0
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _refused(self.folder, error) from error
        return number


def remove_journal(folder: Path) -> None:
    """Delete the journal of a run folder, and the files that SQLite keeps beside it."""
    for name in _FILES:
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def check_own(folder: Path) -> None:
    """Raise RunDirectoryError where a file of the journal is a link, or anything but a plain file."""
    for name in _FILES:
        try:
            check_plain(folder / name)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RunDirectoryError(
                f"the journal cannot be opened: {error.strerror or error}",
                where=str(folder / name),
                hint="remove it, then continue the run: its items are requested again",
            ) from None


def has_journal(folder: Path) -> bool:
    """Return True if the folder holds a journal."""
    return (folder / NAME).is_file()


def _refused(folder: Path, error: sqlite3.Error) -> StorageError:
    if not folder.is_dir():
        return StorageError("the run's folder has vanished", where=str(folder), hint="run the suite again")
    return StorageError(
        f"the journal cannot be written: {error}",
        where=str(folder / NAME),
        hint="free some space, then continue: embedmark run --resume " + str(folder),
    )
