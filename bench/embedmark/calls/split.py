"""Sends a batch in parts where the provider refuses it as a whole, to find the size or the text that it refuses."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from embedmark.calls.kept import Keep
from embedmark.calls.ledger import Ledger
from embedmark.calls.pack import Batch
from embedmark.calls.refusals import Refusal, name_item, same_words
from embedmark.errors import OutOfMemoryError, ProviderError

# A server error that comes so often in the same words is no accident.
_REPEATED = 2


class Delivered(Protocol):
    """A delivered request, as far as it matters here."""

    @property
    def batch(self) -> Batch: ...


D = TypeVar("D", bound=Delivered)


@dataclass(frozen=True, slots=True)
class Mode:
    """How a batch is sent.

    Attributes:
        fixed: the batch size itself is measured: a batch that memory does not hold fails, and is not split.
        refused: takes the items that are refused alone; None: the first one raises.
        keep: takes each reply as it comes, and what bad replies cost; None: a bad reply raises.
    """

    fixed: bool = False
    refused: list[Refusal] | None = None
    keep: Keep | None = None


AS_USUAL = Mode()


class Splitter(Generic[D]):
    """Halves what is refused until it passes or one item is left; keeps the size that passed. One event loop only.

    Two halves that are refused in the same words at the first split, where neither a text nor a limit is named, are
    final: the request is wrong, and not its size. Only one batch at a time is tried in parts, and no other is begun
    meanwhile, so that every batch learns from the first.

    Args:
        call: sends one batch; the number is how often a repeated server error is borne, None as often as any.
        ledger: counts splits.
        keep: takes what was delivered for a batch that then failed.
    """

    def __init__(
        self,
        call: Callable[[Batch, int | None], Awaitable[D]],
        ledger: Ledger,
        keep: Callable[[Sequence[D]], None],
    ) -> None:
        self._call = call
        self._ledger = ledger
        self._keep = keep
        self._most_items: int | None = None
        self._most_in_memory: int | None = None
        self._trying = asyncio.Lock()
        self._final: ProviderError | None = None
        self._has_delivered = False
        self._crashed: Counter[int] = Counter()  # sizes that a server error refused and that passed in halves

    def begin(self) -> None:
        """Forget that a request was refused for good: another pass begins."""
        self._final = None

    async def send(self, batch: Batch, mode: Mode) -> list[D]:
        """Send one batch; in several requests where it must be split. Raises what the provider raises."""
        if self._trying.locked():
            async with self._trying:
                pass
        if self._final is not None:
            raise self._final
        if self._too_many(batch, mode):
            return await self._in_parts(batch, mode)
        try:
            return [await self._sent(batch, None if len(batch.items) == 1 else _REPEATED)]
        except ProviderError as error:
            if not self._is_divisible(batch, error, mode):
                raise
            async with self._trying:
                if self._final is not None and same_words(self._final, error):
                    raise
                return await self._divide(batch, error, mode, first=True)

    async def _sent(self, batch: Batch, patience: int | None) -> D:
        done = await self._call(batch, patience)
        self._has_delivered = True
        return done

    def _too_many(self, batch: Batch, mode: Mode) -> bool:
        known = [self._most_items] if mode.fixed else [self._most_items, self._most_in_memory]
        return any(most is not None and len(batch.items) > most for most in known)

    def _is_divisible(self, batch: Batch, error: ProviderError, mode: Mode) -> bool:
        if not error.splittable:
            return False
        if len(batch.items) > 1:
            return not (mode.fixed and isinstance(error, OutOfMemoryError))
        # One item of a provider that has taken nothing yet: the request is wrong, and not the item.
        return self._has_delivered and not isinstance(error, OutOfMemoryError)

    async def _in_parts(self, batch: Batch, mode: Mode) -> list[D]:
        """Send the halves of a batch that is larger than what passed before."""
        return await self._each(batch.halves(), mode)

    async def _each(self, parts: Sequence[Batch], mode: Mode) -> list[D]:
        done: list[D] = []
        try:
            for part in parts:
                done += await self._part(part, mode)
        except BaseException:
            self._keep(done)
            raise
        return done

    async def _part(self, batch: Batch, mode: Mode) -> list[D]:
        if self._too_many(batch, mode):
            return await self._in_parts(batch, mode)
        outcome = await self._try(batch, mode)
        return outcome if isinstance(outcome, list) else await self._divide(batch, outcome, mode)

    async def _try(self, batch: Batch, mode: Mode) -> list[D] | ProviderError:
        """Send a part once; return the error where it may be divided further."""
        try:
            return [await self._sent(batch, _REPEATED if len(batch.items) == 1 else 1)]
        except ProviderError as error:
            if not error.splittable or (mode.fixed and isinstance(error, OutOfMemoryError)):
                raise
            return error

    async def _divide(self, batch: Batch, error: ProviderError, mode: Mode, *, first: bool = False) -> list[D]:
        if len(batch.items) == 1:
            return self._refuse(batch, error, mode)
        if self._too_many(batch, mode):
            return await self._in_parts(batch, mode)
        self._ledger.splits += 1
        if isinstance(error, OutOfMemoryError):
            half = (len(batch.items) + 1) // 2
            self._most_in_memory = min(self._most_in_memory or half, half)
            return await self._in_parts(batch, mode)
        if first and not error.names_cause:
            return await self._probe(batch, error, mode)
        done = await self._in_parts(batch, mode)
        self._learn(batch, error, done)
        return done

    async def _probe(self, batch: Batch, error: ProviderError, mode: Mode) -> list[D]:
        """Try both halves before any quarter: where both are refused alike, it is not for what they hold."""
        done: list[D] = []
        try:
            left: list[tuple[Batch, ProviderError]] = []
            for part in batch.halves():
                outcome = await self._try(part, mode)
                if isinstance(outcome, list):
                    done += outcome
                else:
                    left.append((part, outcome))
            if len(left) == 2 and same_words(left[0][1], left[1][1]) and not left[0][1].names_cause:
                return [await self._as_a_whole(batch, error)]
            for part, refused in left:
                done += await self._divide(part, refused, mode)
        except BaseException:
            self._keep(done)
            raise
        self._learn(batch, error, done)
        return done

    async def _as_a_whole(self, batch: Batch, error: ProviderError) -> D:
        if error.retryable:  # a server in trouble: it may come back
            return await self._sent(batch, None)
        self._final = error
        raise error

    def _learn(self, batch: Batch, error: ProviderError, done: Sequence[D]) -> None:
        """Keep the size of the halves where both passed as they were."""
        half = (len(batch.items) + 1) // 2
        if len(done) != 2 or sum(len(one.batch.items) for one in done) != len(batch.items):
            return
        if error.retryable:
            self._crashed[len(batch.items)] += 1
            if self._crashed[len(batch.items)] < _REPEATED:
                return
        self._most_items = min(self._most_items or half, half)

    def _refuse(self, batch: Batch, error: ProviderError, mode: Mode) -> list[D]:
        refusal = Refusal(batch.indexes[0], batch.items[0], error)
        if mode.refused is None:
            raise name_item(refusal) from error
        mode.refused.append(refusal)
        return []
