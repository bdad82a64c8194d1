"""What a journal and the vector cache hold: requests, replies, and the keys of items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

KEY_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is logged before it is sent.

    Attributes:
        provider: the provider's name in the suite.
        job: what it is sent for.
        places: the places of its items in the pass, from 0; empty for a timed call.
        n: its items.
        bound: upper bound of its tokens.
        characters: of all its texts.
        retry: True for an attempt after the first.
    """

    provider: str
    job: str
    places: Sequence[int]
    n: int
    bound: int
    characters: int
    retry: bool


@dataclass(frozen=True, eq=False, slots=True)
class StoredReply:
    """What one reply delivered.

    Attributes:
        keys: one an item, KEY_BYTES each.
        values: floating (n, d) of vectors, (n,) of scores.
        facts: usage, retries and waits, of JSON types.
    """

    keys: Sequence[bytes]
    values: npt.NDArray[np.floating[Any]]
    facts: Mapping[str, Any]


def split_keys(joined: bytes) -> list[bytes]:
    """Return the keys that were joined into one blob."""
    return [joined[i : i + KEY_BYTES] for i in range(0, len(joined), KEY_BYTES)]
