"""What tasks that have finished delivered."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from embedmark.errors import ProviderError

Delivered = TypeVar("Delivered")


def outcomes_of(
    finished: set[asyncio.Task[list[Delivered]]], running: dict[asyncio.Task[list[Delivered]], int]
) -> tuple[list[Delivered], BaseException | None]:
    """Take finished tasks out of those that are running. Return what they delivered, and the first failure."""
    delivered: list[Delivered] = []
    failure: BaseException | None = None
    for task in finished:
        del running[task]
        # Only a failure makes the harness cancel a call, and that failure is known already.
        gone = ProviderError("a call was cancelled, but not by the harness")
        error = gone if task.cancelled() else task.exception()
        failure = failure or error
        delivered += [] if error else task.result()
    return delivered, failure
