"""Tokens of texts as a provider counts them, off the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from embedmark.api import Provider
from embedmark.api.items import Item
from embedmark.errors import BadResponseError


@dataclass(frozen=True, slots=True)
class TokenCount:
    """Tokens of a list of texts, or of pairs that a cross-encoder reads together.

    Attributes:
        read: tokens that the model reads, after its limit has cut.
        truncated_texts: texts (or pairs) longer than the limit.
        truncated_tokens: tokens lost to it.
    """

    read: int
    truncated_texts: int
    truncated_tokens: int


def count_tokens(provider: Provider, items: Sequence[Item], known: dict[Item, int] | None = None) -> TokenCount | None:
    """Count by the provider's own `count_tokens`; None where it has none. Raises BadResponseError.

    Args:
        provider: whose tokens are counted.
        items: texts, or pairs that a cross-encoder reads together.
        known: counts of the same provider's texts. Where it has all items the provider is not asked; else it is, and
            its answer is added.
    """
    counts = None if known is None else _known(items, known)
    if counts is None:
        counts = _asked(provider, items)
        if counts is not None and known is not None:
            known.update(zip(items, counts, strict=True))
    if counts is None:
        return None
    return add_counts(counts, provider.info.max_tokens)


def add_counts(counts: Sequence[int], limit: int | None) -> TokenCount:
    """Return the counts of items added up, as a model with this limit reads them."""
    lost = [max(0, c - limit) for c in counts] if limit else [0] * len(counts)
    return TokenCount(
        read=sum(counts) - sum(lost),
        truncated_texts=sum(1 for tokens in lost if tokens),
        truncated_tokens=sum(lost),
    )


def _known(items: Sequence[Item], known: dict[Item, int]) -> list[int] | None:
    try:
        return [known[item] for item in items]
    except KeyError:
        return None


def _asked(provider: Provider, items: Sequence[Item]) -> list[int] | None:
    count: Callable[[Sequence[Item]], Any] | None = getattr(provider, "count_tokens", None)
    answer = None if count is None else count(items)
    if answer is None:  # a provider in a separate process cannot hide the method, and returns None instead
        return None
    counts = [int(c) for c in answer]
    if len(counts) != len(items) or any(c < 0 for c in counts):
        raise BadResponseError(
            f"count_tokens() returned {len(counts)} counts for {len(items)} texts or pairs, or a negative one"
        )
    return counts
