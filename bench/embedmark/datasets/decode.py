"""From a file's bytes to its text: strictly, or an error that says which encoding it looks like."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from embedmark.errors import DatasetError, did_you_mean
from embedmark.files import marked_encoding
from embedmark.language import translatable

_DATA = (".tsv", ".csv", ".jsonl", ".json", ".parquet", ".arrow", ".xlsx", ".txt", ".gz", ".zip")

_UTF8 = ("utf-8", "utf-8-sig")
_NOT_OF_FILES = ("idna", "punycode", "undefined")  # codecs of names in the domain system, and of nothing


class DecodeError(DatasetError):
    """Bytes that are no text of the encoding that was named."""


def read_bytes(path: Path) -> bytes:
    """Return the whole file.

    Raises:
        DatasetError: nothing there (with the nearest name in its folder), not a plain file, unreadable.
    """
    try:
        # A pipe or a device would block here, or never end.
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "not a plain file"
            raise DatasetError(f"the data file is {what}", where=str(path), hint=_hint_folder(path))
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise DatasetError("there is no such data file", where=str(path), hint=_hint_missing(path)) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise DatasetError(
            f"the data file cannot be read: {reason}", where=str(path), hint="check its path and permissions"
        ) from None


def encoding_of(data: bytes, encoding: str) -> str:
    """Return the encoding to read a text with: where UTF-8 is expected, that of a byte order mark, if it has one."""
    try:
        is_expected = codecs.lookup(encoding).name in _UTF8
    except (LookupError, ValueError):
        return encoding  # decode() says what is wrong with it
    return (marked_encoding(data) or encoding) if is_expected else encoding


def note_on_mark(data: bytes, encoding: str) -> str:
    """Return what is said of a text that is read by its byte order mark; "" for any other."""
    found = encoding_of(data, encoding)
    return "" if found == encoding else translatable(f"read as {found.upper()}, by its byte order mark")


def decode(data: bytes, encoding: str, path: Path) -> str:
    """Return the text of a file, without a byte order mark; that of UTF-16 or UTF-32 counts where UTF-8 is expected.

    Raises:
        DatasetError: empty; an unknown encoding; bytes that are not in that encoding; a NUL.
    """
    if not data.strip():
        raise DecodeError("the data file is empty", where=str(path), hint="give at least two pairs")
    encoding = encoding_of(data, encoding)
    try:
        if codecs.lookup(encoding).name in _NOT_OF_FILES:
            raise LookupError(encoding)
        text = data.decode(encoding)
    except UnicodeError as error:
        raise _not_in(data, encoding, error, path) from None
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        near = did_you_mean(encoding, ("utf-8", "utf-16", "cp949", "euc-kr", "cp932", "gb18030", "cp1252", "latin-1"))
        hint = f"{near or ''} Names of encodings are Python's: utf-8, cp949, cp1252, ...".strip()
        raise DecodeError(f"unknown encoding {encoding!r}", where=str(path), hint=hint) from None
    text = text.removeprefix("\ufeff")
    at = text.find("\0")
    if at >= 0:
        line = text.count("\n", 0, at) + 1
        wide = _wide(data)
        hint = f"it looks like {wide}: add `encoding: {wide}`" if wide else "remove it: a text file has no NUL bytes"
        raise DecodeError("the data file holds a NUL byte", where=f"{path}:{line}", hint=hint)
    if not text.strip():
        raise DecodeError("the data file is empty", where=str(path), hint="give at least two pairs")
    return text


def guess_encoding(data: bytes) -> str | None:
    """Return the encoding that bytes look like, for a hint; nothing is ever decoded by it. None: no idea."""
    if wide := marked_encoding(data) or _wide(data):
        return wide
    # Accents stand alone between ASCII letters; a character of two bytes makes a run of two or more.
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data)]
    paired = sum(runs) >= 1.6 * len(runs)
    looks = (
        ("cp932", _share(data, "cp932", lambda char: "\u3040" <= char <= "\u30ff") > 0.3),
        ("cp949", paired and _share(data, "cp949", lambda char: "가" <= char <= "힣") > 0.85),
        ("gb18030", paired and _share(data, "gb18030", lambda char: "\u4e00" <= char <= "\u9fff") > 0.7),
        ("cp1252", _share(data, "cp1252", str.isalpha) > 0.5),
        ("latin-1", _share(data, "latin-1", str.isalpha) > 0.5),
    )
    return next((name for name, does in looks if does), None)


def _not_in(data: bytes, encoding: str, error: UnicodeError, path: Path) -> DecodeError:
    offset = error.start if isinstance(error, UnicodeDecodeError) else 0
    line = data[:offset].decode(encoding, "ignore").count("\n") + 1
    what = f"the data file is not {encoding.upper()}: byte 0x{data[offset]:02x} at offset {offset}"
    return DecodeError(what, where=f"{path}:{line}", hint=_hint_encoding(data, encoding))


def _hint_encoding(data: bytes, encoding: str) -> str:
    if codecs.lookup(encoding).name in _UTF8:
        text = data.decode("utf-8", "replace")
        bad = text.count("\ufffd")
        good = sum(char > "\x7f" for char in text) - bad
        if good > 4 * bad:
            return f"all but {bad} places in it are UTF-8, so the file is damaged there: fix those places"
    else:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return "it looks like UTF-8: remove `encoding`"
    guess = guess_encoding(data)
    if guess == encoding:
        return "the file is damaged or cut short there: fetch or save it again"
    return f"it looks like {guess}: add `encoding: {guess}`" if guess else "convert it to UTF-8"


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: where text is mostly ASCII, every other byte is zero."""
    head = data[:4096]
    if len(head) < 4 or head.count(0) < len(head) / 4:
        return None
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _share(data: bytes, encoding: str, wanted: Callable[[str], bool]) -> float:
    """Return the share of the characters outside ASCII that are `wanted`; -1 where the bytes cannot be decoded."""
    try:
        foreign = [char for char in data.decode(encoding) if char > "\x7f"]
    except UnicodeDecodeError:
        return -1.0
    return sum(1 for char in foreign if wanted(char)) / len(foreign) if foreign else 0.0


def _hint_folder(path: Path) -> str:
    """Return what to write in place of a folder: a glob of the files in it, where they are of one kind."""
    try:
        endings = sorted({entry.suffix for entry in path.iterdir() if entry.is_file() and entry.suffix in _DATA})
    except OSError:
        return "give the path of a file"
    if not endings:
        return "give the path of a file"
    return f"give the path of a file, or of all of one kind: `path: {path.name}/*{endings[0]}`"


def _hint_missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist either"
    try:
        siblings = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return "check the path"
    near = did_you_mean(path.name, siblings)
    return near or "check the path; a relative one starts at the current folder"
