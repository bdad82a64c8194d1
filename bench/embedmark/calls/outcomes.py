"""What tasks that have finished delivered."""

from __future__ import annotations

import asyncio
from typing import TypeVar

Delivered = TypeVar("Delivered")


def outcomes_of(
    finished: set[asyncio.Task[list[Delivered]]], running: dict[asyncio.Task[list[Delivered]], int]
) -> tuple[list[Delivered], BaseException | None]:
    """Take finished tasks out of those that are running. Return what they delivered, and the first failure."""
    delivered: list[Delivered] = []
    failure: BaseException | None = None
    for task in finished:
        del running[task]
        error = None if task.cancelled() else task.exception()
        failure = failure or error
        delivered += [] if error or task.cancelled() else task.result()
    return delivered, failure
