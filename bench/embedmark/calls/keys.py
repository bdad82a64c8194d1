"""Keys of items: what a journal and the vector cache know a text, a pair or an image by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, overload

from embedmark.api.items import ImageFile, Query
from embedmark.store.entries import KEY_BYTES


class ItemKeys(Sequence[bytes]):
    """A key an item: of a text and its role, of a pair, of an image's file. Each is made when it is asked for.

    Args:
        space: 32 bytes: the digest of everything else that changes a vector.
        items: texts, pairs of texts, or image files.
    """

    def __init__(self, space: bytes, items: Sequence[Any]) -> None:
        self._space = space
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, i: int) -> bytes: ...
    @overload
    def __getitem__(self, i: slice) -> list[bytes]: ...
    def __getitem__(self, i: int | slice) -> bytes | list[bytes]:
        if isinstance(i, slice):
            return [self._key(item) for item in self._items[i]]
        return self._key(self._items[i])

    def _key(self, item: Any) -> bytes:
        return hashlib.blake2b(_content(item), digest_size=KEY_BYTES, key=self._space).digest()


def item_keys(space: bytes, items: Sequence[Any]) -> list[bytes]:
    """Return all the keys of `ItemKeys`."""
    return list(ItemKeys(space, items))


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
