"""Files that are no tables, and archives that are not read: told by their first bytes, with what to do."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from embedmark.errors import DatasetError

_UNREAD: Final = (
    (b"\x28\xb5\x2f\xfd", "Zstandard", "unpack it: zstd -d FILE"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "unpack it: 7z x FILE"),
    (b"Rar!", "RAR", "unpack it: unrar x FILE"),
)
_FOREIGN: Final = (
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF-", "a PDF"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"<?xml", "XML"),
    (b"Obj\x01", "an Avro file"),
    *((b"\x80" + bytes([protocol]), "a Python pickle") for protocol in range(2, 6)),
)
_DOCUMENT: Final = "word/document.xml"


def refuse_foreign(data: bytes, path: Path) -> None:
    """Raise DatasetError for a file of another kind, and for an archive that must be unpacked first."""
    for magic, name, hint in _UNREAD:
        if data.startswith(magic):
            raise DatasetError(f"the data file is packed with {name}", where=str(path), hint=hint)
    what = next((what for magic, what in _FOREIGN if data.startswith(magic)), None)
    if what is not None:
        raise DatasetError(f"this is {what} and not a table", where=str(path), hint="save the table as CSV")


def refuse_document(names: Collection[str], path: Path) -> None:
    """Raise DatasetError if an archive with these files is a Word document."""
    if _DOCUMENT in names:
        raise DatasetError("this is a Word document and not a table", where=str(path), hint="save its table as CSV")
