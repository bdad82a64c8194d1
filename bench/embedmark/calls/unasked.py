"""Requests that a provider turns out to have sent when nobody had asked the budget: it was taken to compute here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from embedmark.api import Usage
from embedmark.calls.budget import Budget
from embedmark.calls.ledger import Attempt, Ledger
from embedmark.datasets.sample import token_bound
from embedmark.errors import BudgetError


def requests_of(value: Any) -> int:
    """Requests that a reply says it took; its shape has not been checked."""
    usage = getattr(value, "usage", None)
    return usage.requests if isinstance(usage, Usage) else 0


def charge(items: Sequence[Any], usage: Usage, ledger: Ledger, budget: Budget, *, priced: bool, plugin: str) -> None:
    """Put such a reply on the books.

    Args:
        items: what was sent.
        usage: what the reply says; its requests are 1 or more.
        ledger, budget: the books.
        priced: whether a price of its tokens is known, be it 0.
        plugin: the provider's, for the message.

    Raises:
        BudgetError: USD are limited, and what it bills cannot be known.
    """
    ledger.requests += usage.requests
    ledger.deliver(items, sum(token_bound(item) for item in items), usage.tokens)
    budget.charge(usage.requests)
    if budget.max_usd is not None and not priced:
        ledger.attempts.append(Attempt(len(items), usage.tokens, 0))
        raise BudgetError(
            f"stopped by --max-usd {budget.max_usd:g}: {plugin} sends requests, and no price per token is known for it",
            hint="measure.cost.prices gives it one, 0 where nothing is billed",
        )
