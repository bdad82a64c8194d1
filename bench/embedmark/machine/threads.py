"""Native thread pools held to a number of threads, and given back as they were."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from embedmark.machine.describe import THREAD_VARIABLES

_WITH_POOLS = frozenset({"numpy", "torch"})  # each library that threadpoolctl knows is loaded by or after one of them


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Hold native libraries to `threads` threads within: those that are loaded, and those that load meanwhile.

    A library reads its variable when it is loaded. Afterwards the environment is as it was before.

    Args:
        threads: None changes nothing.
    """
    if threads is None:
        yield
        return
    before = {variable: os.environ.get(variable) for variable in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        with _limited_pools(threads):
            yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _limited_pools(threads: int) -> AbstractContextManager[object]:
    """Hold the pools of loaded libraries; where none is loaded, there is nothing to look for."""
    if _WITH_POOLS.isdisjoint(sys.modules):
        return nullcontext()
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=threads)
    return limits
