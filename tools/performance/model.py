"""One line of the table of goals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """A goal and what was measured.

    Attributes:
        what: the bullet of the goal.
        goal: the limit; None where there is none, and the figure is told.
        measured: the median.
        unit: of both, such as `CPU s`.
        is_least: True if the goal is to reach at least the limit.
        growth: how the cost grows with the work.
    """

    what: str
    goal: float | None
    measured: float
    unit: str
    is_least: bool = False
    growth: str = ""

    @property
    def verdict(self) -> str:
        """Return `kept`, `missed`, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        kept = self.measured >= self.goal if self.is_least else self.measured <= self.goal
        return "kept" if kept else "**missed**"

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the line."""
        sign = "at least" if self.is_least else "at most"
        goal = "" if self.goal is None else f"{sign} {self.goal:g} {self.unit}"
        return self.what, goal, f"{self.measured:.3g} {self.unit}", self.verdict, self.growth


def table(outcomes: list[Outcome]) -> str:
    """Return the table in Markdown."""
    lines = ["| what | goal | measured | | growth with the work |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(outcome.cells()) + " |" for outcome in outcomes)])
