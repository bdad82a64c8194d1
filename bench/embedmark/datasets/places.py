"""From what a suite gives as `path` to files: one file, a list, a glob, a file inside an archive."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from embedmark.datasets.aliases import alias_of
from embedmark.datasets.decode import read_bytes
from embedmark.datasets.packed import Blob, unpack
from embedmark.errors import DatasetError

_WILD = "*?["


def find_files(path: str | Path | Sequence[str], folder: Path = Path()) -> list[Path]:
    """Return the files that an entry's `path` names, a glob's in the order of their names.

    Args:
        path: a file, a list of files, or a glob such as `STS.input.*.txt`; `~` is expanded.
        folder: what relative paths are relative to.

    Raises:
        DatasetError: an address of the web; a glob that no file matches; an empty list; one file twice.
    """
    given = [path] if isinstance(path, str | Path) else list(path)
    if not given:
        raise DatasetError("path is an empty list", hint="name a file: `path: [pairs.tsv]`")
    found = [file for each in given for file in _files(str(each), folder)]
    for i, file in enumerate(found):
        if file in found[:i]:
            raise DatasetError("path names a file twice", where=str(file), hint="remove one of them")
    return found


def read_blob(path: Path) -> Blob:
    """Return the unpacked bytes of a file, or of a file inside an archive (`ARCHIVE/MEMBER`). Raises DatasetError."""
    archive = next((parent for parent in path.parents if parent.is_file()), None) if not path.exists() else None
    if archive is None:
        return unpack(path, read_bytes(path))
    data = read_bytes(archive)
    if not data.startswith((b"PK\x03\x04", b"\x1f\x8b", b"BZh")) and data[257:262] != b"ustar":
        read_bytes(path)  # a file is in place of a folder: the error says so
    return unpack(archive, data, path.relative_to(archive).as_posix())


def _files(each: str, folder: Path) -> list[Path]:
    if "://" in each:
        name = each.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2] or "FILE"
        raise DatasetError(
            f"{each!r} is an address, and URLs are not read", hint=f"download it first, then `path: {name}`"
        )
    path = folder / Path(each).expanduser()
    other = alias_of(each)
    if other is not None and not path.exists():
        raise DatasetError(
            f"{each!r} is a name on the model hub, not a file",
            hint=f"did you mean {other!r}? Write the name in place of the entry: datasets: [{other}]",
        )
    if not any(mark in each for mark in _WILD) or path.exists():
        return [path]
    matches = sorted(Path(match) for match in glob.glob(str(path), recursive=True) if Path(match).is_file())  # noqa: PTH207
    if not matches:
        raise DatasetError("no file matches this glob", where=str(path), hint="list the folder: ls " + str(path.parent))
    return matches
