"""What was sent, delivered, lost and waited for: one ledger a provider, and a row for every failed attempt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from embedmark.api import Usage
from embedmark.api.items import token_bounds
from embedmark.calls.budget import Budget
from embedmark.errors import BudgetError

# A server that counts the tokens of short texts by its own tokenizer may differ from the count at hand by so much.
_FAR = 0.2
_SAME = 0.002


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that delivered nothing that could be used, or was delivered to a pass that then failed.

    Attributes:
        tokens: upper bound of what it may have been billed; None if it was surely not billed. Of a delivered one:
            the tokens it was billed.
        error_type, message: what ended it; "" for a delivered one.
    """

    n_items: int
    tokens: int | None
    elapsed_ns: int
    error_type: str = ""
    message: str = ""

    @property
    def status(self) -> str:
        return "failed-attempt" if self.error_type else "incomplete"


@dataclass(slots=True)
class Ledger:
    """Counts of one provider over a run.

    Attributes:
        requests: sent, whatever became of them.
        delivered: replies that could be used.
        tokens: of delivered replies, as billed by their usage.
        tokens_unconfirmed: upper bound of what lost and useless replies may have been billed, and of delivered ones
            whose server says no usage.
        retries: attempts after the first.
        refused: replies that said "too many requests".
        splits: requests that were too large and sent again in two.
        throttled_ns: over all delivered calls, what came before the attempt that delivered: waits for the rate limit,
            for a thread or for a retry, and the attempts that failed.
        bound, characters: upper bound of the tokens, and the characters, of what was delivered with a usage.
    """

    requests: int = 0
    delivered: int = 0
    tokens: int = 0
    tokens_unconfirmed: int = 0
    retries: int = 0
    refused: int = 0
    splits: int = 0
    throttled_ns: int = 0
    bound: int = 0
    characters: int = 0
    attempts: list[Attempt] = field(default_factory=list, repr=False)

    def facts(self) -> dict[str, int]:
        """Return the counts, of JSON types."""
        return {key: value for key, value in asdict(self).items() if key != "attempts"}

    def restore(self, counts: Mapping[str, int]) -> None:
        """Begin with the counts of earlier processes of the same run, under their names here."""
        for name, count in counts.items():
            setattr(self, name, getattr(self, name) + count)

    def deliver(self, items: Any, bound: int, tokens: int | None) -> None:
        """Count a reply that can be used.

        Args:
            items: what was sent.
            bound: upper bound of their tokens.
            tokens: what the server billed; None where it does not say.
        """
        self.delivered += 1
        if tokens is None:
            self.tokens_unconfirmed += bound
        else:
            self.tokens += tokens
            self.bound += bound
            self.characters += characters(items)

    def take_attempts(self) -> list[Attempt]:
        """Return the attempts that are not recorded yet, and forget them."""
        taken, self.attempts = self.attempts, []
        return taken

    def doubt(self, counted: int | None = None, used: int | None = None) -> str | None:
        """Return why the server's token counts are doubtful; None if they are not.

        Args:
            counted: tokens of some texts by the provider's own tokenizer, if it has one.
            used: the tokens that the server billed for the same texts.
        """
        if counted and used is not None and abs(used - counted) > _FAR * counted:
            return f"the server billed {used:,} tokens for texts of {counted:,}"
        if self.tokens > self.bound:
            return f"the server billed {self.tokens:,} tokens for texts of at most {self.bound:,} (their UTF-8 bytes)"
        # infinity counts the characters of stripped texts, so that not all of them are there.
        if self.characters and abs(self.tokens - self.characters) <= _SAME * self.characters:
            return (
                f"the server's usage, {self.tokens:,}, is the number of characters ({self.characters:,}): "
                "it does not seem to count tokens"
            )
        return None


def characters(items: Any) -> int:
    """Return characters of all texts of these items."""
    texts = (text for item in items for text in (item if isinstance(item, tuple) else (item,)))
    return sum(len(text) for text in texts if isinstance(text, str))


def requests_of(value: Any) -> int:
    """Return requests that a reply says it took; its shape has not been checked."""
    usage = getattr(value, "usage", None)
    requests = usage.requests if isinstance(usage, Usage) else 0
    return requests if isinstance(requests, int) else 0


def charge(items: Sequence[Any], usage: Usage, ledger: Ledger, budget: Budget, *, priced: bool, plugin: str) -> None:
    """Put such a reply on the books.

    Args:
        items: what was sent.
        usage: what the reply says; its requests are 1 or more.
        ledger, budget: the books.
        priced: whether a price of its tokens is known, even 0.
        plugin: the provider's, for the message.

    Raises:
        BudgetError: USD are limited, and what it bills cannot be known.
    """
    ledger.requests += usage.requests
    ledger.deliver(items, token_bounds(items), usage.tokens)
    budget.charge(usage.requests)
    if budget.max_usd is not None and not priced:
        ledger.attempts.append(Attempt(len(items), usage.tokens, 0))
        raise BudgetError(
            f"stopped by --max-usd {budget.max_usd:g}: {plugin} sends requests, and no price per token is known for it",
            hint="set its price in measure.cost.prices, 0 if nothing is billed",
        )
