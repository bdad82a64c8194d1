"""Python's garbage collector, off while a model loads."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_off() -> Iterator[None]:
    """Run a block without garbage collection, and put the collector back as it was.

    Importing torch and reading weights make millions of objects that stay: looking through them again and again took
    0.7 to 1.2 s of a load.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def collect_rarely() -> None:
    """Look for garbage after 50,000 new objects, not after 700: for a command, whose imports and rows stay to its end.

    It took 14 % of the CPU time of `plan`.
    """
    gc.set_threshold(50_000, 20, 20)
