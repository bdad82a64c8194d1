"""How far an experiment is, on stderr."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator


def progress(n: int, what: str) -> Iterator[int]:
    """0 .. n - 1, with a bar on stderr where that is a terminal and no other process shares it."""
    from tqdm import tqdm

    # Bars of experiments side by side would write over each other.
    off = True if multiprocessing.parent_process() else None
    yield from tqdm(range(n), desc=what, leave=False, disable=off, mininterval=0.5)
