"""How far an experiment is, on stderr."""

from __future__ import annotations

from collections.abc import Iterator


def progress(n: int, what: str) -> Iterator[int]:
    """0 .. n - 1, with a bar on stderr where that is a terminal."""
    from tqdm import tqdm

    yield from tqdm(range(n), desc=what, leave=False, disable=None, mininterval=0.5)
