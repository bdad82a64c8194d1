"""Texts that a provider does not take while it takes others: which they are, and how to name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from embedmark.errors import ProviderError

# Numbers and identifiers of requests differ from one answer to the next, and say nothing new.
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b(?=[a-z]*\d)[0-9a-z_-]{12,}\b|\d+", re.IGNORECASE)
_SHOWN = 40


@dataclass(frozen=True, eq=False, slots=True)
class Refusal:
    """One item that was refused alone.

    Attributes:
        index: its place in the pass.
        item: the text, or the pair of texts.
        error: what the provider said.
    """

    index: int
    item: Any
    error: ProviderError


def same_words(a: ProviderError, b: ProviderError) -> bool:
    """Return True if two errors say the same, apart from numbers and identifiers of requests."""
    return type(a) is type(b) and _words(a.message) == _words(b.message)


def describe_item(item: Any) -> str:
    """Return the first characters of a text, or of both texts of a pair, and its length."""
    if isinstance(item, tuple):
        return " with ".join(describe_item(text) for text in item)
    if not isinstance(item, str):
        return "an image"
    start = " ".join(item[: 2 * _SHOWN].split())[:_SHOWN]
    return f"'{start}{'...' if len(item) > len(start) else ''}' ({len(item):,} characters)"


def name_item(refusal: Refusal) -> ProviderError:
    """Return the error with the item's place, first characters and length in its message."""
    error = refusal.error
    what = "pair" if isinstance(refusal.item, tuple) else "text"
    named = type(error)(
        f"{what} {refusal.index + 1}, {describe_item(refusal.item)}, was refused: {error.message}",
        retryable=False, retry_after=None, may_be_billed=error.may_be_billed, splittable=False,
        where=error.where, hint=error.hint,
    )  # fmt: skip
    named.__cause__ = error
    return named


def _words(message: str) -> str:
    return _CHANGING.sub("#", message)
