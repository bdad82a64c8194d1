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


def spearman_of(rows: ColumnRows) -> tuple[float, int] | None:
    """Return the Spearman correlation of scores that have just been written, and of how many pairs.

    None if it is undefined.
    """
    import numpy as np

    from embedmark.stats import spearman

    known = np.stack([np.asarray(rows.columns[name], dtype=np.float64) for name in ("gold", "predicted")], axis=1)
    known = known[~np.isnan(known).any(axis=1)]
    value = spearman(known[:, 0], known[:, 1]) if len(known) else np.nan
    return None if np.isnan(value) else (value, len(known))
