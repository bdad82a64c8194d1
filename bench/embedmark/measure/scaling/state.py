"""How far a stream of pairs is: the best so far and the counts, which an interrupt finds together or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedmark.allpairs.best import Best
from embedmark.api import Usage
from embedmark.calls.replies import add_usage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.allpairs.best import Rows

    Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Counts:
    """Replaced as a whole.

    Attributes:
        done: pairs predicted without a gap, in the order of the stream.
        beyond: places of pairs predicted beyond a gap, which a failed call has left, int64, rising.
        unscored: pairs whose prediction is not a finite number.
        elapsed_ns, cpu_ns: of the predicting, without the writing of checkpoints.
        usage: of all calls; None before the first.
    """

    done: int
    beyond: Numbers
    unscored: int = 0
    elapsed_ns: int = 0
    cpu_ns: int = 0
    usage: Usage | None = None


@dataclass(eq=False, slots=True)
class Stream:
    """How far the work is.

    Attributes:
        best: the k best others of every text so far, among the pairs of this work.
        counts: replaced together with `best`, so that an interrupt finds both as before a step or as after it.
        resumed: pairs taken from a checkpoint.
    """

    best: Best
    counts: Counts
    resumed: int = 0
    saved_at_ns: int = field(default=0, repr=False)
    pending: tuple[Rows, Counts] | None = field(default=None, repr=False)

    @property
    def done(self) -> int:
        """Pairs predicted without a gap."""
        return self.counts.done

    @property
    def taken(self) -> int:
        """Pairs predicted, with those beyond a gap that a failed call has left."""
        return self.counts.done + len(self.counts.beyond)

    @property
    def unscored(self) -> int:
        """Pairs whose prediction is not a finite number."""
        return self.counts.unscored

    @property
    def elapsed_ns(self) -> int:
        """Of the predicting, without the writing of checkpoints."""
        return self.counts.elapsed_ns

    @property
    def cpu_ns(self) -> int:
        """CPU time, as elapsed_ns."""
        return self.counts.cpu_ns

    @property
    def usage(self) -> Usage | None:
        """Of all calls."""
        return self.counts.usage


def reduced(stream: Stream, a: Numbers, b: Numbers, values: npt.NDArray[Any]) -> tuple[Rows, int]:
    """Return the rows of the best that the values of pairs change, for both texts; and how many values are NaN."""
    import numpy as np

    known = np.isfinite(values)
    items = np.concatenate([a[known], b[known]])
    others = np.concatenate([b[known], a[known]])
    with np.errstate(over="ignore"):
        both = np.concatenate([values[known]] * 2).astype(np.float32)
    near = both >= stream.best.values[items, -1]
    order = np.argsort(items[near], kind="stable")
    return stream.best.changed(items[near][order], others[near][order], both[near][order]), int((~known).sum())


def commit(
    stream: Stream, places: Numbers, rows: Rows, unscored: int, elapsed_ns: int, cpu_ns: int, usage: Usage
) -> bool:
    """Take a step in, wholly or not at all. True if its pairs follow those before without a gap."""
    import numpy as np

    now = stream.counts
    covered = np.union1d(now.beyond, places)
    gaps = np.flatnonzero(covered != now.done + np.arange(len(covered)))
    following = int(gaps[0]) if len(gaps) else len(covered)
    after = Counts(
        now.done + following,
        covered[following:],
        now.unscored + unscored,
        now.elapsed_ns + elapsed_ns,
        now.cpu_ns + cpu_ns,
        usage if now.usage is None else add_usage([now.usage, usage]),
    )
    stream.pending = rows, after
    settle(stream)
    return following == len(places) == len(covered)


def settle(stream: Stream) -> None:
    """Bring in what is pending. Each line may be the last before an interrupt, and all may run again."""
    if stream.pending is not None:
        rows, after = stream.pending
        stream.best.put(rows)
        stream.counts = after
        stream.pending = None
