"""The empty string, where a provider may not be sent it: an error, a row of NaN, or a space; never silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embedmark.api import Limits
from embedmark.errors import LimitExceededError
from embedmark.work import Item


@dataclass(frozen=True, eq=False, slots=True)
class Sendable:
    """What of a list of items is sent.

    Attributes:
        items: the items, with a space for the empty string where that is the policy.
        kept: places of those that are sent; the others become rows of NaN.
        empty: how many items were the empty string.
    """

    items: Sequence[Item]
    kept: Sequence[int]
    empty: int


def sendable(items: Sequence[Item], limits: Limits) -> Sendable:
    """Apply `limits.empty` where `limits.empty_text` is False. Raises LimitExceededError under `error`."""
    places = [] if limits.empty_text else [i for i, item in enumerate(items) if _is_empty(item)]
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


def _is_empty(item: Item) -> bool:
    return not item if isinstance(item, str) else not all(item)


def _spaced(item: Item) -> Item:
    return item or " " if isinstance(item, str) else (item[0] or " ", item[1] or " ")
