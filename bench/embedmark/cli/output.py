"""Output to a stream that cannot hold every character: what it cannot hold becomes readable ASCII, never an error."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from embedmark.errors import StorageError
from embedmark.language import translatable

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


class _ToStderr:
    """stdout for code of providers: what they print goes to stderr, and they cannot close it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def close(self) -> None:
        """Do nothing: the stream is not the provider's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


@contextlib.contextmanager
def for_results() -> Iterator[None]:
    """Keep what providers print within out of the results: it goes to stderr."""
    with contextlib.redirect_stdout(cast(TextIO, _ToStderr())):
        yield


class Output:
    """stdout whose disk is full or whose reader is gone: a command goes on, and says at its end what was lost.

    Attributes:
        lost: the first refusal of a write; None if there was none, or if only the reader has gone (`| head`).
        kept: where the command keeps what it did; None if it writes no file.
        again: the command that prints the lost output again.
    """

    def __init__(self, stream: TextIO) -> None:
        self._first = stream  # which would close its file if it were collected
        self._stream = _buffered(stream)
        self._is_gone = False
        self.lost: OSError | None = None
        self.kept: str | None = None
        self.again: str | None = None

    def write(self, text: str) -> int:
        if not self._is_gone:
            self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        if not self._is_gone:
            self._try(self._stream.flush)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except OSError as error:
            self._is_gone = True
            if not isinstance(error, BrokenPipeError):
                self.lost = error
            with contextlib.suppress(OSError, ValueError):  # what waits in the buffer is written once more at the end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _buffered(stream: TextIO) -> TextIO:
    """Return a stream that writes a text whole: with PYTHONUNBUFFERED, Python drops what a full disk did not take."""
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        return stream
    return io.TextIOWrapper(io.BufferedWriter(raw), stream.encoding, stream.errors, line_buffering=True)


def kept_in(place: Path, again: str | None = None) -> None:
    """Note where a command keeps what it did, in case its output cannot be written; and what prints it again."""
    if isinstance(sys.stdout, Output):
        sys.stdout.kept, sys.stdout.again = str(place), again


def lost_output() -> StorageError | None:
    """Return an error if a part of stdout could not be written, else None. A reader that has gone is no error."""
    stream = sys.stdout
    if not isinstance(stream, Output):
        return None
    stream.flush()
    if stream.lost is None:
        return None
    cause = stream.lost.strerror or str(stream.lost)
    again = stream.again or translatable("the same command with > FILE behind it, on a disk with room")
    if stream.kept is None:
        return StorageError(
            f"standard output cannot be written: {cause}; this command keeps nothing else", where="stdout", hint=again
        )
    return StorageError(
        f"standard output cannot be written: {cause}; what the command did is kept in {stream.kept}",
        where="stdout",
        hint=again,
    )


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
