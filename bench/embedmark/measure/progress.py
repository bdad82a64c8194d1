"""Who is told what is running and how much is done."""

from __future__ import annotations

from typing import Protocol

from embedmark.store.table import ColumnRows


class Progress(Protocol):
    """Told what is running and how much is done.

    Optional: `tick()`, called between timed calls and never within one, and `scored(rows)`, called with the rows of
    scores.csv that have just been written.
    """

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


class NoProgress:
    """Progress that is not shown."""

    def begin(self, jobs: int) -> None: ...

    def at(self, what: str) -> None: ...

    def advance(self, jobs: int) -> None: ...

    def end(self) -> None: ...


def tick(progress: object) -> None:
    """Have a progress draw its clock again, if it has one."""
    if callable(draw := getattr(progress, "tick", None)):
        draw()


def scored(progress: object, rows: ColumnRows) -> None:
    """Tell a progress of scores, if it wants them."""
    if callable(tell := getattr(progress, "scored", None)):
        tell(rows)
