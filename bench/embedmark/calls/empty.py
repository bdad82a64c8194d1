"""The empty string, where a provider may not be sent it: an error, a row of NaN, or a space; never silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.api import Limits
from embedmark.errors import LimitExceededError


@dataclass(frozen=True, eq=False, slots=True)
class Sendable:
    """What of a list of items is sent.

    Attributes:
        items: the items, with a space for the empty string where that is the policy.
        kept: places of those that are sent; the others become rows of NaN.
        empty: how many items were the empty string.
    """

    items: Sequence[Any]
    kept: Sequence[int]
    empty: int


def sendable(items: Sequence[Any], limits: Limits) -> Sendable:
    """Apply `limits.empty` where `limits.empty_text` is False. Raises LimitExceededError under `error`."""
    places = [] if limits.empty_text else [i for i, item in enumerate(items) if is_empty(item)]
    if not places:
        return Sendable(items, range(len(items)), 0)
    if limits.empty == "error":
        raise LimitExceededError(
            f"{len(places)} of {len(items)} texts are empty, the first at place {places[0] + 1}, and this provider "
            "takes no empty text",
            hint="options: {empty: skip} leaves their scores empty, {empty: space} sends a space; both are counted",
        )
    if limits.empty == "skip":
        gone = set(places)
        return Sendable(items, [i for i in range(len(items)) if i not in gone], len(places))
    return Sendable([_spaced(item) for item in items], range(len(items)), len(places))


def is_empty(item: Any) -> bool:
    """Whether a text, or one of a pair's, is the empty string; an image never is."""
    return not item if isinstance(item, str) else isinstance(item, tuple) and not all(item)


def _spaced(item: Any) -> Any:
    if isinstance(item, tuple):
        return item[0] or " ", item[1] or " "
    return item or " " if isinstance(item, str) else item
