"""Output to a stream that cannot hold every character: what it cannot hold becomes readable ASCII, never an error."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata
from typing import Any, TextIO

_HANDLER = "embedmark-readable"
_ASCII = "embedmark-ascii"
# What reports are written with; letters with accents are taken apart, and what is left becomes a question mark.
_READABLE = {
    "–": "-", "—": "-", "−": "-", "‑": "-", "≤": "<=", "≥": ">=", "≈": "~", "≠": "!=", "×": "x", "·": "*", "±": "+/-",
    "→": "->", "←": "<-", "µ": "u", "μ": "u", "²": "^2", "³": "^3", "●": "*", "○": "o", "•": "*", "…": "...", "‘": "'",
    "’": "'", "“": '"', "”": '"', "√": "sqrt", "∞": "inf", "ρ": "rho", "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ", "\N{THIN SPACE}": " ",
}  # fmt: skip


def readable(text: str) -> str:
    """`text` in ASCII: `≤ 12 µs` is `<= 12 us`; a character with nothing like it in ASCII is a question mark."""
    return "".join(_one(char) for char in text)


class Forgiving:
    """stderr that is full or gone: what cannot be written there is lost, and the run goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def open_streams() -> None:
    """Open the null device for each standard stream that is closed, so that no file of a run takes its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def make_safe(stream: TextIO) -> None:
    """Have a stream write what its encoding lacks as readable ASCII. A stream in UTF, or none of ours, stays as is."""
    if not isinstance(stream, io.TextIOWrapper):
        return
    encoding = codecs.lookup(stream.encoding).name
    if encoding.startswith("utf"):
        return
    codecs.register_error(_HANDLER, _replace)
    if encoding == "ascii":
        # click takes a stream that says ascii for a mistake and writes UTF-8 to it; whoever asked for ASCII meant it.
        codecs.register(_renamed_ascii)
        stream.reconfigure(encoding=_ASCII, errors=_HANDLER)
    else:
        stream.reconfigure(errors=_HANDLER)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return readable(error.object[error.start : error.end]), error.end


def _one(char: str) -> str:
    if char in _READABLE:
        return _READABLE[char]
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return plain if plain and plain.isascii() else "?"


def _renamed_ascii(name: str) -> codecs.CodecInfo | None:
    if name.replace("_", "-") != _ASCII:
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        found.encode, found.decode, found.streamreader, found.streamwriter,
        found.incrementalencoder, found.incrementaldecoder, name=_ASCII,
    )  # fmt: skip
