"""Items: the texts, pairs and images that a provider is given, and their tokens at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Unit = Literal["text", "pair", "image"]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that has not been decoded.

    Attributes:
        name: as the data file has it; what failures.csv says.
        path: where it is.
    """

    name: str
    path: Path


class Query(str):
    """A search query: a text that goes to `encode_queries` where the provider has it. Its type is its role.

    Example:
        >>> Query("how do I return it?") == "how do I return it?"
        True
    """

    __slots__ = ()


Item = str | tuple[str, str] | ImageFile


def role_key(text: str) -> tuple[bool, str]:
    """Return what tells a text from all others, its role included: the same words as query and document are two."""
    return isinstance(text, Query), str(text)


def swapped(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return each pair in its other order."""
    return [(second, first) for first, second in pairs]


def is_empty(item: Any) -> bool:
    """Return True if a text, or one of a pair's, is the empty string; an image never is."""
    return not item if isinstance(item, str) else isinstance(item, tuple) and not all(item)


def token_bound(item: Any) -> int:
    """Tokens of an item at most: no byte-level tokenizer makes more than the UTF-8 bytes; two special ones a text.

    An image has none.
    """
    if not isinstance(item, str | tuple):
        return 0
    texts = item if isinstance(item, tuple) else (item,)
    return sum(_utf8_bytes(text) + 2 for text in texts)


def token_bounds(items: Sequence[Any]) -> int:
    """Return the sum of `token_bound` over items, at the speed of a sum of lengths for plain texts.

    >>> token_bounds(["ab", "한"]) == token_bound("ab") + token_bound("한")
    True
    """
    if not all(isinstance(item, str) for item in items):
        return sum(map(token_bound, items))
    more = sum(_utf8_bytes(text) - len(text) for text in items if not text.isascii())
    return sum(map(len, items)) + 2 * len(items) + more


def _utf8_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", errors="surrogatepass"))
