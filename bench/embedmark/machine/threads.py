"""Native thread pools held to a number of threads, and given back as they were."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from embedmark.machine.describe import THREAD_VARIABLES


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
    from threadpoolctl import threadpool_limits

    before = {variable: os.environ.get(variable) for variable in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
