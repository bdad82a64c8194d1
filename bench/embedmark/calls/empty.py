"""The empty string, where a provider may not be sent it: an error, a row of NaN, or a space; never silently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.api import Limits
from embedmark.datasets.sample import is_empty
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


def sendable(items: Sequence[Any], limits: Limits, *, first: int | None = None) -> Sendable:
    """Apply `limits.empty` where `limits.empty_text` is False. Raises LimitExceededError under `error`.

    Args:
        items: texts, pairs of texts or images.
        limits: what the provider takes.
        first: the place, from 0, at which the first item stands in a longer list of unknown length; None: `items` is
            all there is.
    """
    places = [] if limits.empty_text else [i for i, item in enumerate(items) if is_empty(item)]
    if not places:
        return Sendable(items, range(len(items)), 0)
    if limits.empty == "error":
        found = f"{len(places)} of {len(items)} texts are empty, the first at place {places[0] + 1}"
        if first is not None:
            found = f"the text at place {first + places[0] + 1} is empty"
        raise LimitExceededError(
            f"{found}, and this provider takes no empty text",
            hint="options: {empty: skip} leaves their scores empty, {empty: space} sends a space; both are counted",
        )
    if limits.empty == "skip":
        gone = set(places)
        return Sendable(items, [i for i in range(len(items)) if i not in gone], len(places))
    return Sendable([_spaced(item) for item in items], range(len(items)), len(places))


def _spaced(item: Any) -> Any:
    if isinstance(item, tuple):
        return item[0] or " ", item[1] or " "
    return item or " " if isinstance(item, str) else item
