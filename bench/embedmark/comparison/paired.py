"""Observations of both sides, pair by pair or query by query, and their differences as one family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embedmark.comparison.match import Match
from embedmark.comparison.model import Change, Quantity
from embedmark.derive.run import real

if TYPE_CHECKING:
    from embedmark.stats import Array, Difference, Statistic, Units

UNDEFINED: Final = "the value or its interval is undefined (constant or too few scores)"


@dataclass(frozen=True, eq=False, slots=True)
class Observed:
    """One match over the observations of a dataset, float64 (n,), NaN where either side has none.

    Attributes:
        lost: why a rule cannot judge the match although observations are left; "" where it can.
    """

    match: Match
    before: Array
    after: Array
    lost: str


@dataclass(frozen=True, eq=False, slots=True)
class SharedSample:
    """What the observations of a dataset have in common: gold (n,) or None, units, and the seed of draws."""

    gold: Array | None
    units: Units
    draws: int
    seed: tuple[int, int]


def paired_changes(
    quantity: Quantity, statistic: Statistic, matches: Sequence[Observed], sample: SharedSample
) -> Iterator[Change]:
    """Yield the difference of each match. Matches with the same gaps are one family, with simultaneous intervals."""
    import numpy as np

    families: dict[bytes, list[Observed]] = {}
    for observed in matches:
        families.setdefault(np.packbits(np.isnan(observed.before)).tobytes(), []).append(observed)
    for family in families.values():
        yield from _family(quantity, statistic, family, sample)


def _family(
    quantity: Quantity, statistic: Statistic, matches: Sequence[Observed], sample: SharedSample
) -> Iterator[Change]:
    import numpy as np

    from embedmark.stats import estimate, paired_differences

    scores = np.stack([row for observed in matches for row in (observed.before, observed.after)])
    values = estimate(statistic, scores, gold=sample.gold, units=sample.units).values.tolist()
    found = paired_differences(
        statistic,
        scores,
        [(2 * i + 1, 2 * i) for i in range(len(matches))],
        gold=sample.gold,
        units=sample.units,
        draws=sample.draws,
        seed=sample.seed,
    )
    for i, (observed, difference) in enumerate(zip(matches, found, strict=True)):
        yield _change(quantity, observed, (values[2 * i], values[2 * i + 1]), difference)


def _change(quantity: Quantity, observed: Observed, values: tuple[float, float], found: Difference) -> Change:
    known = real(values[0]), real(values[1])
    if None not in known and _is_identical(observed):
        return observed.match.difference(
            quantity, values=known, change=0.0, interval=(0.0, 0.0), reason=observed.lost, unjudged=observed.lost
        )
    if found.interval is None:
        return observed.match.incomparable(quantity, UNDEFINED, values=known)
    return observed.match.difference(
        quantity,
        values=known,
        change=real(found.value),
        interval=found.interval,
        reason=observed.lost,
        unjudged=observed.lost,
    )


def _is_identical(observed: Observed) -> bool:
    """Return True if both sides say the same of every pair: then nothing is left to chance, however few they are."""
    import numpy as np

    return bool(np.array_equal(observed.before, observed.after, equal_nan=True))
