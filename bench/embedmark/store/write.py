"""A run directory while it is being written: raw rows appended as they are measured, the manifest beside them."""

from __future__ import annotations

import contextlib
import csv
import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO

from embedmark.errors import RunDirectoryError, StorageError
from embedmark.files import check_plain, write_atomically
from embedmark.store.columns import ALL_RAW, RAW
from embedmark.store.digests import digest_csv
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.text import write_manifest
from embedmark.store.table import AnyRow, formatted_rows
from embedmark.store.tables import ChangeRow, changed_rows, sorted_rows

# What is wrong with the disk, and not with the request. (Windows knows no quota.)
_DISK = (errno.ENOSPC, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))

RESULTS = Path("results")  # in the current folder: where runs go that name no folder

_LONGEST_NAME = 60  # characters: of three bytes each they leave room for the time in the 255 of a file's name


class RunDirectory:
    """Where one run writes. Every row reaches the operating system before append() returns.

    Use as a context manager. `folder` must not exist, or be empty. Raises RunDirectoryError if it holds anything or
    cannot be made, StorageError if the disk refuses, as every method here does.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        check_free(folder)
        self.folder = folder
        self._at = folder.absolute()  # a provider may change the current folder
        self.manifest = manifest
        self._files: dict[str, IO[str]] = {}
        self._names: list[str] = []
        self._closed = False
        with _storage(folder):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                for name in RAW:
                    self._open(name)
            except OSError as error:
                if error.errno in _DISK:
                    raise
                raise _unusable(folder, error) from error
        self.save_manifest()

    @classmethod
    def reopen(cls, folder: Path, manifest: Manifest, row: ChangeRow) -> RunDirectory:
        """Open a run that ended, to append more rows.

        Args:
            folder: of the run.
            manifest: as it is to be written now.
            row: what is to become of each raw row, given its file's name; None drops it.
        """
        run = cls.__new__(cls)
        run.folder, run.manifest = folder, manifest
        run._at = folder.absolute()
        run._files, run._names, run._closed = {}, [], False
        with _storage(folder):
            for name in ALL_RAW:
                if os.path.lexists(folder / name):
                    check_plain(folder / name)
                    write_atomically(
                        folder / name, changed_rows(name, ALL_RAW[name], row, (folder / name).read_bytes())
                    )
                    run._names.append(name)
                    run._files[name] = (folder / name).open("a", encoding="utf-8", newline="")
        for name in RAW.keys() - set(run._names):
            run._open(name)
        run.save_manifest()
        return run

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, name: str, rows: Iterable[AnyRow]) -> None:
        """Append `rows` to the raw file `name`. Missing columns are written empty; unknown ones raise KeyError.

        Raises ValueError after close().
        """
        if self._closed:
            raise ValueError(f"append() to {name} after close(): its checksum may be written already")
        lines = formatted_rows(rows, ALL_RAW[name])
        with _storage(self.folder):
            file = self._files.get(name) or self._open(name)
            csv.writer(file, lineterminator="\n").writerows(lines)
            file.flush()

    def sort(self, name: str, key: Callable[[dict[str, str]], int]) -> None:
        """Put the rows of a raw file, if it is there, in the order of `key`; equal ones stay as they are."""
        if name in self._files:
            self._rewrite(name, lambda data: sorted_rows(data, ALL_RAW[name], key))

    def change(self, row: ChangeRow) -> None:
        """Change or drop rows that are there; `row` as for reopen()."""
        for name in list(self._files):
            self._rewrite(name, partial(changed_rows, name, ALL_RAW[name], row))

    def _rewrite(self, name: str, work: Callable[[bytes], bytes]) -> None:
        with _storage(self.folder):
            self._files[name].close()
            write_atomically(self._at / name, work((self._at / name).read_bytes()))
            self._files[name] = (self._at / name).open("a", encoding="utf-8", newline="")

    def keep(self, name: str, data: bytes) -> None:
        """Write a file that belongs to the run and is not measured, such as the rows of a DataFrame."""
        with _storage(self.folder):
            write_atomically(self._at / name, data)

    def sync(self) -> None:
        """Wait until all rows so far are on the disk."""
        with _storage(self.folder):
            for file in self._files.values():
                os.fsync(file.fileno())

    def save_manifest(self) -> None:
        """Write the manifest in its current state."""
        with _storage(self.folder):
            write_manifest(self._at / "manifest.json", self.manifest)

    def seal(self) -> None:
        """Close the raw files and write their checksums into the manifest: from here on an edit shows."""
        self.close()
        with _storage(self.folder):
            self.manifest.raw = {name: digest_csv((self._at / name).read_bytes()) for name in self._names}
        self.save_manifest()

    def _open(self, name: str) -> IO[str]:
        file = self._files[name] = (self._at / name).open("x", encoding="utf-8", newline="")
        self._names.append(name)
        csv.writer(file, lineterminator="\n").writerow(ALL_RAW[name])
        file.flush()
        return file

    def close(self) -> None:
        """Close the raw files; nothing more can be appended."""
        self._closed = True
        files, self._files = self._files, {}
        for file in files.values():
            with contextlib.suppress(OSError):  # a full disk was reported when the row was written
                file.close()


def write_run(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Write a run whose raw files are whole, with their checksums. Raises RunDirectoryError, StorageError."""
    check_free(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    with _storage(folder):
        for name, data in files.items():
            write_atomically(folder / name, data)
        manifest.raw = {name: digest_csv(data) for name, data in files.items()}
        write_manifest(folder / "manifest.json", manifest)


def check_free(folder: Path) -> None:
    """Raise RunDirectoryError unless a run can be written to `folder`: it is empty or can be made. Writes nothing."""
    if any("\ud800" <= char <= "\udfff" for char in str(folder)):
        raise _unusable(folder, OSError(errno.EILSEQ, "its name is not UTF-8"))
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise RunDirectoryError(
                f"{folder} already exists and is not empty",
                where=str(folder),
                hint="give --out a folder that does not exist yet; a run is never overwritten",
            )
        above = folder.absolute()
        there = next(place for place in (above, *above.parents) if place.exists())
    except OSError as error:
        raise _unusable(folder, error) from error
    if not there.is_dir():
        raise _unusable(folder, NotADirectoryError(errno.ENOTDIR, f"{there.name} is a file"))
    if not os.access(there, os.W_OK | os.X_OK):
        raise _unusable(folder, PermissionError(errno.EACCES, f"{there} may not be written"))


def _unusable(folder: Path, error: OSError) -> RunDirectoryError:
    return RunDirectoryError(
        f"the run cannot be written there: {error.strerror or error}",
        where=str(folder),
        hint="give --out a folder that you can create",
    )


@contextlib.contextmanager
def _storage(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOENT and not folder.is_dir():
            raise StorageError(
                "the run's folder has vanished, with all that was measured",
                where=str(folder),
                hint="find out what deletes it; vectors in the cache are not billed again",
            ) from error
        raise StorageError(
            f"cannot write: {error.strerror or error}",
            where=str(folder),
            hint=f"free some space, then continue: embedmark run --resume {folder}",
        ) from error


def run_id(suite_name: str, started_at: str) -> str:
    """`NAME-YYYYmmdd-HHMMSS`, fit for a file name on any system; Korean names stay as they are.

    Args:
        suite_name: any text.
        started_at: ISO 8601, such as 2026-01-31T12:00:00+00:00.
    """
    name = re.sub(r"[^\w.-]+", "-", suite_name)[:_LONGEST_NAME].strip("-.") or "run"
    stamp = re.sub(r"[-:]", "", started_at[:19]).replace("T", "-")
    return f"{name}-{stamp}"


def free_folder(base: Path, name: str) -> Path:
    """Make `base/name`, or `base/name-2`, ...: the first that does not exist. No two runs get the same one."""
    number = 1
    while True:
        candidate = base / (name if number == 1 else f"{name}-{number}")
        try:
            candidate.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise _unusable(candidate, error) from error
        else:
            return candidate
