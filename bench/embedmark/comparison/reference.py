"""Providers of both sides that did not change: the ratio to them takes the machine's pace out of a timing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from embedmark.comparison.match import Match, Side
from embedmark.derive.run import MeasuredRun

IS_REFERENCE: Final = "it is the reference"
ALONE: Final = (
    "fewer than three runs on each side cannot tell a change of the provider from one of the machine: repeat each side "
    "three times, or add a reference"
)
EITHER: Final = "one of the two providers changed relative to the other; to see which: --reference NAME"
_ENOUGH: Final = 3  # unchanged providers, whose median then outvotes one that did change

# What makes a provider the same in two runs.
RECIPE: Final = ("plugin", "model", "revision", "options", "recipe", "device", "dim", "max_tokens")


@dataclass(frozen=True, slots=True)
class Reference:
    """Providers that tell how fast the machine was: those of both sides that did not change, or the one chosen.

    names is empty where no provider can tell; `reason` then says what to do. Where two unchanged providers have only
    each other, `ambiguous` is true: that they agree is a finding; which of them changed where they do not, is not.
    """

    names: tuple[str, ...]
    reason: str = ""
    ambiguous: bool = False

    @property
    def label(self) -> str:
        return self.names[0] if len(self.names) == 1 else f"the median of {len(self.names)} unchanged providers"


def reference_of(match: Match, is_timed: Callable[[Side, str], bool], chosen: str | None) -> Reference:
    """Return the reference for one match.

    Args:
        is_timed: returns True if every run of a side timed a provider.
        chosen: the user's reference; by default the providers with the same recipe on both sides, if that settles
            which of them changed: three or more (their median), or one or two others where this one's recipe differs.
    """
    if chosen is not None:
        if match.candidate_name == chosen:
            return Reference((), IS_REFERENCE)
        both = is_timed(match.baseline, chosen) and is_timed(match.candidate, chosen)
        return Reference((chosen,)) if both else Reference((), f"the reference {chosen} was timed differently in both")
    same = [
        name
        for name in match.baseline.first.names
        if name in match.candidate.first.names
        and is_unchanged(match.baseline.first, match.candidate.first, name)
        and is_timed(match.baseline, name)
        and is_timed(match.candidate, name)
    ]
    others = [name for name in same if name != match.candidate_name]
    if len(same) >= _ENOUGH or (others and match.candidate_name not in same):
        return Reference(tuple(same))
    return Reference(tuple(others), ambiguous=True) if others else Reference((), ALONE)


def is_unchanged(a: MeasuredRun, b: MeasuredRun, name: str) -> bool:
    """Return True if the provider's recipe is the same in both runs."""
    before, after = a.facts(name).to_json(), b.facts(name).to_json()
    return all(before.get(key) == after.get(key) for key in RECIPE)
