"""From a packed file to what is in it: gzip, bzip2, xz, zip and tar, told by their first bytes, within a size limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from embedmark.datasets.foreign import refuse_document, refuse_foreign
from embedmark.datasets.layout import format_by_name
from embedmark.errors import DatasetError, did_you_mean, listing

if TYPE_CHECKING:
    import tarfile

# A gigabyte of text is four million pairs; a bomb of 42 kB unpacks to petabytes.
MAX_UNPACKED = 1 << 30
_IS_UTF8 = 0x800  # the bit of a member's flags
_DEPTH = 3  # a zip in a gzip in a tar
_Opener = Callable[[IO[bytes]], Any]  # a file object; the standard library's have no common type
_STREAMS: tuple[tuple[bytes, str, _Opener], ...] = (
    (b"\x1f\x8b", "gzip", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", "bzip2", bz2.BZ2File),
    (b"\xfd7zXZ\x00", "xz", lzma.LZMAFile),
)


class Blob(NamedTuple):
    """The bytes of a file as they are read, and what the file is called.

    Attributes:
        path: the file, or for a file inside an archive `ARCHIVE/MEMBER`.
        data: unpacked.
        how: what it was packed with, outermost first, such as `("gzip",)`.
    """

    path: Path
    data: bytes
    how: tuple[str, ...] = ()


def unpack(path: Path, data: bytes, member: str = "") -> Blob:
    """Return what is in a file, unpacked until it is no archive.

    Args:
        path: what the file is called.
        data: its bytes.
        member: which file of an archive; "" is the only data file in it.

    Raises:
        DatasetError: damaged or cut short; too large; an archive of several data files, of none, or with a password.
    """
    blob = Blob(path, data)
    for _ in range(_DEPTH):
        inner = _inner(blob, member)
        if inner is None:
            break
        if inner.path != blob.path:
            member = ""
        blob = inner
    if member:
        raise DatasetError(
            "the path names a file inside a file that is not an archive",
            where=str(path / member),
            hint=f"`path: {path.name}`",
        )
    return blob


def members(path: Path, data: bytes) -> dict[str, bytes]:
    """Return every file of an archive by its name; one entry without a name for a file that is not an archive."""
    stream = _stream(data)
    if stream:
        data = _read_stream(path, data, *stream)
    found = _archive(path, data)
    if found is None:
        return {"": data}
    with found as archive:
        return {name: archive.read(name) for name in archive.names}


def archive_names(path: Path, data: bytes) -> list[str]:
    """Return the names of the files in an archive; [] for a file that is not an archive. Raises DatasetError."""
    stream = _stream(data)
    found = _archive(path, _read_stream(path, data, *stream) if stream else data)
    if found is None:
        return []
    with found as archive:
        return archive.names


def is_archive(data: bytes) -> bool:
    """Return True if the bytes are a zip or tar archive, and not an Excel file, which is a zip too."""
    return (data.startswith(b"PK\x03\x04") and not is_spreadsheet(data)) or data[257:262] == b"ustar"


def is_packed(data: bytes) -> bool:
    """Return True if the bytes are packed."""
    return bool(_stream(data)) or is_archive(data)


def is_spreadsheet(data: bytes) -> bool:
    """Return True if a zip is an Excel or OpenDocument file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            return any(name in names for name in ("xl/workbook.xml", "xl/workbook.bin", "content.xml"))
    except Exception:  # noqa: BLE001 - a broken zip raises many kinds; it is reported where it is unpacked
        return False


def _inner(blob: Blob, member: str) -> Blob | None:
    refuse_foreign(blob.data, blob.path)
    stream = _stream(blob.data)
    if stream:
        name, opener = stream
        return Blob(blob.path, _read_stream(blob.path, blob.data, name, opener), (*blob.how, name))
    found = _archive(blob.path, blob.data)
    if found is None:
        return None
    with found as archive:
        name = _choose(archive, member)
        return Blob(blob.path / name, archive.read(name), (*blob.how, archive.kind))


def _stream(data: bytes) -> tuple[str, _Opener] | None:
    return next(((name, opener) for magic, name, opener in _STREAMS if data.startswith(magic)), None)


def _read_stream(path: Path, data: bytes, name: str, opener: _Opener) -> bytes:
    try:
        with opener(io.BytesIO(data)) as file:
            return _limited(file, path)
    except DatasetError:
        raise
    except Exception as error:  # noqa: BLE001 - EOFError, OSError, zlib.error, LZMAError, struct.error
        raise _damaged(path, name, error) from None


class _Archive:
    """The data files of a zip or tar archive."""

    def __init__(self, path: Path, kind: str, file: zipfile.ZipFile | tarfile.TarFile) -> None:
        self.path, self.kind, self._file = path, kind, file
        self._infos = {_name_in(info): info for info in file.infolist()} if isinstance(file, zipfile.ZipFile) else {}
        self.names = [name for name in self._all() if _is_data(name)]

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, name: str) -> bytes:
        """Return the bytes of a member. Raises DatasetError."""
        where = self.path / name
        try:
            if isinstance(self._file, zipfile.ZipFile):
                if self._infos[name].flag_bits & 1:
                    raise DatasetError("the archive has a password", where=str(where), hint="unpack it first")
                with self._file.open(self._infos[name]) as file:
                    return _limited(file, where)
            member = self._file.extractfile(name)
            return b"" if member is None else _limited(member, where)
        except DatasetError:
            raise
        except Exception as error:  # noqa: BLE001 - a broken member raises many kinds
            raise _damaged(where, self.kind, error) from None

    def _all(self) -> Iterator[str]:
        if isinstance(self._file, zipfile.ZipFile):
            yield from (name for name, info in self._infos.items() if not info.is_dir())
        else:
            yield from (info.name for info in self._file.getmembers() if info.isfile())


def _name_in(info: zipfile.ZipInfo) -> str:
    """Return a name in a zip: without the mark of UTF-8, Windows writes it in the system's encoding, macOS in UTF-8."""
    if info.flag_bits & _IS_UTF8 or info.filename.isascii():
        return info.filename
    for encoding in ("utf-8", "cp949"):
        try:
            return info.filename.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return info.filename


def _archive(path: Path, data: bytes) -> _Archive | None:
    if not is_archive(data):
        return None
    kind = "zip" if data.startswith(b"PK") else "tar"
    try:
        if kind == "zip":
            return _Archive(path, kind, zipfile.ZipFile(io.BytesIO(data)))
        import tarfile

        return _Archive(path, kind, tarfile.TarFile(fileobj=io.BytesIO(data)))
    except Exception as error:  # noqa: BLE001 - a broken archive raises many kinds
        raise _damaged(path, kind, error) from None


def _choose(archive: _Archive, member: str) -> str:
    names, where = archive.names, str(archive.path)
    refuse_document(names, archive.path)
    if member:
        if member in names:
            return member
        near = did_you_mean(member, names)
        raise DatasetError(f"the archive has no file {member!r}", where=where, hint=near or f"it has {listing(names)}")
    known = [name for name in names if format_by_name(name)]
    for candidates in (names, known):
        if len(candidates) == 1:
            return candidates[0]
    if not names:
        raise DatasetError("the archive holds no file", where=where, hint="pack the data file again")
    raise DatasetError(
        f"the archive holds {len(names)} files: {listing(names)}",
        where=where,
        hint=f"name one: `path: {archive.path.name}/{(known or names)[0]}`",
    )


def _is_data(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _limited(file: IO[bytes], path: Path) -> bytes:
    data = file.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise DatasetError(
            f"the file unpacks to more than {MAX_UNPACKED >> 20:,} MiB: refused as a decompression bomb",
            where=str(path),
            hint="unpack it, and give the path of a smaller file",
        )
    return data


def _damaged(path: Path, kind: str, error: Exception) -> DatasetError:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return DatasetError(f"this {kind} file is damaged: {reason}", where=str(path), hint="fetch or pack it again")
