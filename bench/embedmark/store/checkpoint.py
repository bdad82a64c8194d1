"""Long work that can be stopped at any moment: a state saved now and then, and a journal of what came since.

A kill loses nothing that the journal has: values are appended as they come, and taken again from there.
"""

from __future__ import annotations

import contextlib
import io
import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from embedmark.errors import StorageError
from embedmark.files import write_atomically

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_RECORD = struct.Struct("<qqqq")  # first pair, pairs, elapsed ns, cpu ns


class Checkpoint:
    """One piece of work under `folder`, told from others by `key`. Raises StorageError if the disk refuses."""

    def __init__(self, folder: Path, key: str) -> None:
        self._state_path = folder / f"{key}.npz"
        self._journal_path = folder / f"{key}.journal"
        self._journal: IO[bytes] | None = None

    @property
    def open(self) -> bool:
        """Return True if a state has been saved, so that the journal is kept."""
        return self._journal is not None

    def load(self) -> dict[str, npt.NDArray[Any]] | None:
        """Return the arrays last saved; None where there are none, or where they cannot be read."""
        import zipfile

        import numpy as np

        try:
            with np.load(io.BytesIO(self._state_path.read_bytes()), allow_pickle=False) as saved:
                return dict(saved)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def journal(self) -> Iterator[tuple[int, npt.NDArray[np.float64], int, int, dict[str, int | None]]]:
        """Yield what came since, in order: first pair, values (n,), elapsed ns, cpu ns, counts; not a torn last one."""
        import numpy as np

        try:
            data = self._journal_path.read_bytes()
        except OSError:
            return
        place = 0
        while place + _RECORD.size + 4 <= len(data):
            first, n, elapsed, cpu = _RECORD.unpack_from(data, place)
            (length,) = struct.unpack_from("<i", data, place + _RECORD.size)
            place += _RECORD.size + 4
            end = place + length + 8 * n
            if end > len(data):
                return
            counts = json.loads(data[place : place + length])
            yield first, np.frombuffer(data, "<f8", n, place + length), elapsed, cpu, counts
            place = end

    def save(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Save a state and begin a new journal."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        with self._storage():
            self._state_path.parent.mkdir(parents=True, exist_ok=True)
            self.close()
            # Should a kill come between the two, the journal holds what the state holds too: its places tell.
            write_atomically(self._state_path, buffer.getvalue())
            self._journal = self._journal_path.open("wb")

    def append(
        self, first: int, values: npt.NDArray[np.floating], elapsed_ns: int, cpu_ns: int,
        counts: Mapping[str, int | None],
    ) -> None:  # fmt: skip
        """Append values to the journal, in the operating system's hands on return. A state must have been saved."""
        if self._journal is None:
            raise ValueError("a journal follows a saved state")
        text = json.dumps(dict(counts)).encode()
        record = _RECORD.pack(first, len(values), elapsed_ns, cpu_ns) + struct.pack("<i", len(text)) + text
        with self._storage():
            self._journal.write(record + values.astype("<f8").tobytes())
            self._journal.flush()

    def close(self) -> None:
        """Close the journal; state and journal stay."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def remove(self) -> None:
        """Forget the work, because it is done."""
        with self._storage():
            self.close()
            for path in (self._state_path, self._journal_path):
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _storage(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"a checkpoint cannot be written: {error.strerror or error}",
                where=str(self._state_path.parent),
                hint="free some space, or set EMBEDMARK_CACHE to a folder that can be written",
            ) from error
