"""A pass whose replies are kept: committed as they come, found again after a kill, and scored as far as it came."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from embedmark.api import Usage
from embedmark.calls.ledger import characters
from embedmark.calls.pack import Batch
from embedmark.calls.retry import Tell, tell_nobody
from embedmark.calls.rows import PlacedRows, copied, emptied, values_in
from embedmark.store.entries import Request, StoredReply
from embedmark.store.journal import Journal

if TYPE_CHECKING:
    pass


# So many bad replies in a row, each after its retries, end the pass.
_MOST_LOST = 3
# What is computed here costs no money: it is committed after so much work, so that the disk slows nothing.
_COMMIT_EVERY_NS = 250_000_000
# A provider that computes faster is slowed by a journal, and lost work is soon done again.
_FAST_ITEMS_PER_S = 20_000.0


class RequestLog:
    """The requests of one provider in a run's journal.

    Attributes:
        job: what is being measured.
        durable: True where each entry waits for the disk; a timed call does not wait.
        keeps_all: True where every reply is wanted later, however fast it was computed.
    """

    def __init__(self, journal: Journal, provider: str) -> None:
        self.journal = journal
        self.provider = provider
        self.job = ""
        self.durable = False
        self.keeps_all = False

    def sent(self, batch: Batch, *, retry: bool) -> int:
        """Log a request before it is sent, and return its number. Raises StorageError."""
        request = Request(
            provider=self.provider, job=self.job, places=batch.indexes if self.durable else (), n=len(batch.items),
            bound=batch.tokens, characters=characters(batch.items), retry=retry,
        )  # fmt: skip
        return self.journal.sent(request, durable=self.durable)

    def ended(self, number: int, tokens: int | None, *, refused: bool) -> None:
        """Log that a request delivered nothing; `tokens` is what it may have been billed, None for nothing."""
        state = "lost" if tokens is not None else "refused" if refused else "unbilled"
        self.journal.closed(number, state, tokens, durable=self.durable)

    def delivered(self, number: int, tokens: int | None, waited_ns: int) -> None:
        """Log a reply of which only the count is kept: that of a timed call."""
        self.journal.delivered(number, tokens, waited_ns, durable=self.durable)


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """One delivered request.

    Attributes:
        batch: what was sent.
        reply: the provider's value; its shape has been checked.
        service_ns: the attempt that delivered, from sending to the whole reply, and nothing else.
        throttled_ns: waits before it, for the rate limit or for a retry, and the attempts that failed.
        retries: attempts before it.
    """

    batch: Batch
    reply: Any
    service_ns: int
    throttled_ns: int
    retries: int


@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """What a provider's requests cost, how long one may take, and where they are logged.

    Attributes:
        usd_per_1m_tokens: the price of its tokens, for the budget; None where it is not known.
        usd_per_1k_searches: the price of its searches, where it bills these.
        usd_per_1k_images: the price of its images, beside that of tokens.
        timeout_s: a bound on one attempt that the suite sets.
        log: the run's journal; None without one.
        tell: told of a wait before it begins.
    """

    usd_per_1m_tokens: float | None = None
    timeout_s: float | None = None
    log: RequestLog | None = None
    tell: Tell = tell_nobody
    usd_per_1k_searches: float | None = None
    usd_per_1k_images: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Lost:
    """Items that a bad reply cost."""

    indexes: Sequence[int]
    error: Exception


class Keep:
    """What one pass has delivered so far, and where it is kept.

    Args:
        keys: one a place of the pass, as the journal and the vector cache know the item.
        job: names the pass in the journal.
        log: the journal's requests of this provider; None where there is no journal.
        into: takes the rows of each reply, which `done` then lacks; None leaves them there.

    Attributes:
        done: what was delivered, that of an earlier process included.
        lost: what bad replies cost.
        recalled: places whose replies came out of the journal.
    """

    def __init__(
        self, keys: Sequence[bytes], job: str, log: RequestLog | None = None, into: PlacedRows | None = None
    ) -> None:
        self.keys = keys
        self._into = into
        self.job = job
        self.done: list[Done] = []
        self.lost: list[Lost] = []
        self.recalled: set[int] = set()
        self._log = log
        self._lost_in_a_row = 0
        self._waiting: list[Done] = []
        self._since = time.monotonic_ns()
        self._items = 0
        self._busy_ns = 0

    def recall(self, items: Sequence[Any], places: Sequence[int], wrap: Callable[[Any, Usage], Any]) -> None:
        """Take what an earlier process delivered for these places of the pass out of the journal."""
        if self._log is None:
            return
        free: defaultdict[bytes, list[int]] = defaultdict(list)
        for i, reply in enumerate(self._log.journal.replies(self.job)):
            if i == 0:
                for place in places:
                    free[self.keys[place]].append(place)
            rows = [(i, free[key].pop(0)) for i, key in enumerate(reply.keys) if free.get(key)]
            if not rows:
                continue
            at = [place for _, place in rows]
            facts = dict(reply.facts)
            usage = Usage(**facts["usage"])
            value = wrap(reply.values[[i for i, _ in rows]], usage)
            batch = Batch(at, [items[place] for place in at], 0)
            self.done.append(self._placed(Done(batch, value, 0, int(facts["throttled_ns"]), int(facts["retries"]))))
            self.recalled.update(at)

    def rest(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches of the whole pass, less what is known: a batch that is known in part is sent in part."""
        for batch in batches:
            if not self.recalled.intersection(batch.indexes):
                yield batch
                continue
            places = [i for i, place in enumerate(batch.indexes) if place not in self.recalled]
            if places:
                items = [batch.items[i] for i in places]
                yield Batch([batch.indexes[i] for i in places], items, batch.tokens)

    def add(self, done: Done, number: int | None = None, took_ns: int | None = None) -> Done:
        """Take a reply, and commit it. Its values are copied: the provider may use its buffer again.

        Args:
            done: what was delivered.
            number: its request in the journal; None for a provider that computes here.
            took_ns: how long it was computed here.

        Raises:
            StorageError: the journal cannot be written.
        """
        done = self._placed(done)
        self.done.append(done)
        self._lost_in_a_row = 0
        if number is None and took_ns is not None:
            self._items += len(done.batch.items)
            self._busy_ns += took_ns
        if self._log is None:
            return done
        if number is not None:
            kept = (self.job, [self._stored(done)])
            self._log.journal.delivered(number, done.reply.usage.tokens, done.throttled_ns, kept)
            return done
        self._waiting.append(done)
        paid = done.reply.usage.requests > 0
        if paid or time.monotonic_ns() - self._since > _COMMIT_EVERY_NS:
            self.flush(paid=paid)
        return done

    def flush(self, *, paid: bool = False) -> None:
        """Commit what waits, unless it is computed faster than it is read back. Raises StorageError."""
        waiting, self._waiting, self._since = self._waiting, [], time.monotonic_ns()
        fast = self.items_per_s is not None and self.items_per_s > _FAST_ITEMS_PER_S
        if waiting and self._log is not None and (paid or self._log.keeps_all or not fast):
            stored = [self._stored(done) for done in waiting]
            self._log.journal.delivered(None, None, kept=(self.job, stored), durable=paid)

    @property
    def items_per_s(self) -> float | None:
        """How fast a provider that computes here was; None where nothing was computed here."""
        return self._items / self._busy_ns * 1e9 if self._busy_ns else None

    def lose(self, batch: Batch, error: Exception) -> None:
        """Note the items that a bad reply cost."""
        self.lost.append(Lost(batch.indexes, error))
        self._lost_in_a_row += 1

    @property
    def has_given_up(self) -> bool:
        """Return True if too many replies in a row were bad for the next to be worth its price."""
        return self._lost_in_a_row >= _MOST_LOST

    def left(self, batch: Batch, refused: set[int]) -> Batch | None:
        """Return what of a batch was neither delivered, nor lost, nor refused; None where that is nothing."""
        gone = refused.union(*(lost.indexes for lost in self.lost), *(one.batch.indexes for one in self.done))
        places = [i for i, place in enumerate(batch.indexes) if place not in gone]
        if not places:
            return None
        return Batch([batch.indexes[i] for i in places], [batch.items[i] for i in places], batch.tokens)

    def _stored(self, done: Done) -> StoredReply:
        facts = {
            "usage": {key: value for key, value in asdict(done.reply.usage).items() if key != "rate"},
            "retries": done.retries,
            "throttled_ns": done.throttled_ns,
        }
        places = done.batch.indexes
        values = values_in(done.reply)
        if self._into is not None and not len(values):
            values = self._into.at(places)
        return StoredReply([self.keys[place] for place in places], values, facts)

    def _placed(self, done: Done) -> Done:
        """Return the reply without its rows where these are in their places, else with copies of them."""
        placed = self._into is not None and self._into.put(done.batch.indexes, values_in(done.reply))
        return replace(done, reply=emptied(done.reply) if placed else copied(done.reply))
