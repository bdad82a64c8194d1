"""The one owner of retries: stamina, with jitter, the server's Retry-After, and a deadline for the whole call."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterable, Callable
from contextlib import AbstractContextManager

from stamina import retry_context

from embedmark.calls.refusals import same_words
from embedmark.errors import BadResponseError, ProviderError

ATTEMPTS = 6
DEADLINE_S = 120.0
# A bad reply is asked for again, and not as often as one that is late: it may be on the bill each time.
_BAD_REPLIES = 2
FIRST_WAIT_S, MOST_WAIT_S = 0.25, 20.0
# Beyond what Retry-After says, so that calls that were refused together do not come back together.
SPREAD_S = 0.2
# Told of a wait, in seconds, and of the error that another try follows; None: the rate limit itself is kept.
Tell = Callable[[float, ProviderError | None], None]


def tell_nobody(_wait_s: float, _error: ProviderError | None) -> None:
    """Tell nobody of a wait."""


# Retries are rows in samples.csv; without a handler Python would print stamina's log records to stderr as well.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def attempts(
    left_s: Callable[[], float],
    stopping: Callable[[], bool],
    patience: int | None = None,
    tell: Tell = tell_nobody,
) -> AsyncIterable[AbstractContextManager[None]]:
    """Attempts of one call: `async for attempt in attempts(...): with attempt: ...`.

    Retried is a ProviderError that says it is retryable, at most ATTEMPTS times in all, and a bad reply, at most twice;
    never if the wait would pass the deadline.

    Args:
        left_s: seconds that the call still has.
        stopping: whether the pass has been given up, so that no retry makes sense.
        patience: how often the same error may come that a part of the request might not meet; None: as any other.
        tell: told of every wait before it begins.
    """
    number = same = 0
    last: ProviderError | None = None

    def wait(error: Exception) -> bool | float:
        nonlocal number, same, last
        number += 1
        if isinstance(error, ProviderError) and error.splittable:
            same = same + 1 if last is not None and same_words(last, error) else 1
            last = error
            if patience is not None and same >= patience:
                return False
        bad = isinstance(error, BadResponseError) and number <= _BAD_REPLIES
        if not isinstance(error, ProviderError) or not (error.retryable or bad) or stopping():
            return False
        seconds = backoff_s(number)
        if error.retry_after is not None:
            seconds = error.retry_after + random.uniform(0, SPREAD_S)  # noqa: S311 - no secret
        if seconds >= left_s():
            return False
        tell(seconds, error)
        return seconds

    return retry_context(on=wait, attempts=ATTEMPTS, timeout=None)


def backoff_s(number: int) -> float:
    """Return the wait after the `number`th failure (from 1), in seconds: exponential, half of it random."""
    most = min(MOST_WAIT_S, FIRST_WAIT_S * 2**number)
    return random.uniform(most / 2, most)  # noqa: S311 - no secret
