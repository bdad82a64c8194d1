"""Each request in all the books at once: the budget, the ledger, and the journal of the run."""

from __future__ import annotations

from embedmark.api import Usage
from embedmark.calls.budget import Budget
from embedmark.calls.kept import Done, Keep, Terms
from embedmark.calls.ledger import Attempt, Ledger
from embedmark.calls.pack import Batch
from embedmark.errors import ProviderError, RateLimitError


class Accounts:
    """The books of one provider's requests."""

    def __init__(self, ledger: Ledger, budget: Budget, terms: Terms) -> None:
        self._ledger = ledger
        self._budget = budget
        self._log = terms.log
        self._usd_per_token = (terms.usd_per_1m_tokens or 0.0) / 1e6
        self._usd_per_search = (terms.usd_per_1k_searches or 0.0) / 1000
        self._usd_per_image = (terms.usd_per_1k_images or 0.0) / 1000

    def _bound(self, batch: Batch) -> float:
        """Return what a request costs at most; each first text of its pairs is a search."""
        firsts = {item[0] for item in batch.items if isinstance(item, tuple)} if self._usd_per_search else ()
        fixed = len(firsts) * self._usd_per_search + self._images_usd(batch)
        return batch.tokens * self._usd_per_token + fixed

    def _images_usd(self, batch: Batch) -> float:
        """Return what the images of a request cost, whatever its reply says."""
        if not self._usd_per_image:
            return 0.0
        return self._usd_per_image * sum(not isinstance(item, str | tuple) for item in batch.items)

    def begin(self, batch: Batch, *, retry: bool) -> int | None:
        """Enter a request that is about to be sent; return its number in the journal, None without a journal.

        Raises BudgetError, StorageError: it is not to be sent then.
        """
        usd = self._bound(batch)
        self._budget.reserve(usd)
        number = None
        if self._log is not None:
            try:
                number = self._log.sent(batch, retry=retry)
            except BaseException:
                self._budget.settle(usd, 0.0)
                raise
        self._ledger.requests += 1
        return number

    def delivered(self, batch: Batch, usage: Usage) -> None:
        """Enter a reply that can be used."""
        self._ledger.deliver(batch.items, batch.tokens, usage.tokens)
        # Where a reply does not say how much was billed, the bound stays reserved.
        if self._usd_per_search:
            if usage.searches is not None:
                self._budget.settle(self._bound(batch), usage.searches * self._usd_per_search)
        elif usage.tokens is not None:
            billed = usage.tokens * self._usd_per_token + self._images_usd(batch)
            self._budget.settle(self._bound(batch), billed)

    def commit(self, done: Done, number: int | None, keep: Keep | None) -> Done:
        """Return the reply, committed where replies are kept or requests are logged. Raises StorageError."""
        if keep is not None:
            return keep.add(done, number)
        if self._log is not None and number is not None:
            self._log.delivered(number, done.reply.usage.tokens, done.throttled_ns)
        return done

    def lost(self, batch: Batch, error: BaseException, elapsed_ns: int, number: int | None) -> None:
        """Enter a request that delivered nothing that can be used."""
        # Any other exception is a broken provider or an interrupt: the request may have been sent.
        billable = error.may_be_billed if isinstance(error, ProviderError) else True
        if billable:
            self._ledger.tokens_unconfirmed += batch.tokens
        else:
            self._budget.settle(self._bound(batch), 0.0)
        refused = isinstance(error, RateLimitError)
        self._ledger.refused += refused
        message = error.message if isinstance(error, ProviderError) else str(error)
        tokens = batch.tokens if billable else None
        failed = Attempt(len(batch.items), tokens, elapsed_ns, type(error).__name__, message)
        self._ledger.attempts.append(failed)
        if self._log is not None and number is not None:
            self._log.ended(number, tokens, refused=refused)
