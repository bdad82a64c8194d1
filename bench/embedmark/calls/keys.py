"""Keys of items: what a journal and the vector cache know a text, a pair or an image by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from embedmark.api.items import ImageFile, Query
from embedmark.store.entries import KEY_BYTES


def item_keys(space: bytes, items: Sequence[Any]) -> list[bytes]:
    """Return a key an item: of a text and its role, of a pair, of an image's file.

    Args:
        space: 32 bytes that stand for everything else that changes a vector.
        items: texts, pairs of texts, or image files.
    """
    return [hashlib.blake2b(_content(item), digest_size=KEY_BYTES, key=space).digest() for item in items]


def _content(item: Any) -> bytes:
    if isinstance(item, ImageFile):
        image: bytes = item.path.read_bytes()
        return b"image\0" + image
    if isinstance(item, tuple):
        first, second = (text.encode("utf-8", errors="surrogatepass") for text in item)
        return b"".join((b"pair\0", str(len(first)).encode(), b"\0", first, second))
    role = b"query\0" if isinstance(item, Query) else b"text\0"
    text: str = item
    return role + text.encode("utf-8", errors="surrogatepass")
