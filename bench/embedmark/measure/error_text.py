"""What an exception says, as it is written into a run: in one line, and with no key in it."""

from __future__ import annotations

from pathlib import Path

from embedmark.api.secrets import scrub
from embedmark.errors import EmbedmarkError, words_of
from embedmark.plugins.file import line_of
from embedmark.plugins.shape import source_file


def place_in(provider: object, error: BaseException) -> str:
    """Return " (FILE:LINE)" of the provider's own file where an unexpected exception passed it; "" for the others."""
    if isinstance(error, EmbedmarkError):
        return ""
    place = line_of(error, source_file(type(provider)))
    return f" ({Path(place).name})" if place else ""


def one_line(error: BaseException) -> str:
    """Return what an exception says, in one line of at most 500 characters, with no key in it."""
    if isinstance(error, EmbedmarkError):
        text = error.message + (f" ({error.hint})" if error.hint else "")
    else:
        text = words_of(error)
    return shorten(text)


def reason_of(error: BaseException) -> str:
    """Return why a pass ended early, for its row."""
    return "interrupted" if isinstance(error, KeyboardInterrupt) else one_line(error)


def shorten(text: str) -> str:
    """Return a text in one line of at most 500 characters, with no key in it: what is written may be published."""
    text = " ".join(scrub(text).split())
    return text if len(text) <= 500 else text[:497] + "..."
