"""What an experiment found, beside what was promised; and validity.csv, where that is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = ("experiment", "case", "measures", "wanted_low", "wanted_high", "found", "n", "verdict", "detail")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One figure of one experiment.

    Attributes:
        experiment, case: what was tried.
        measures: what `found` is, with its unit: a share of experiments, a relative error, microseconds.
        found: the figure.
        low, high: the promise: `found` lies between them, ends included; None where that side is open.
        n: experiments (or timed calls, or runs) behind the figure.
        detail: conditions and seeds, in a few words.
    """

    experiment: str
    case: str
    measures: str
    found: float
    low: float | None
    high: float | None
    n: int
    detail: str = ""

    @property
    def kept(self) -> bool:
        """Return True if the promise is kept. A figure that is not a number keeps none."""
        above = self.low is None or self.found >= self.low
        return above and (self.high is None or self.found <= self.high) and self.found == self.found

    @property
    def verdict(self) -> str:
        """`kept`, `missed`, or `not shown` where no experiment came to a figure."""
        if self.found != self.found:
            return "not shown"
        return "kept" if self.kept else "missed"

    def cells(self) -> dict[str, str]:
        """The row of validity.csv; empty where a side is open."""
        return {
            "experiment": self.experiment,
            "case": self.case,
            "measures": self.measures,
            "wanted_low": _cell(self.low),
            "wanted_high": _cell(self.high),
            "found": _cell(self.found),
            "n": str(self.n),
            "verdict": self.verdict,
            "detail": self.detail,
        }


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def share(hits: Iterable[object]) -> tuple[float, int]:
    """The share of true values, and how many there are; NaN of none."""
    values = [bool(hit) for hit in hits]
    return (sum(values) / len(values) if values else float("nan")), len(values)


def merge(path: Path, outcomes: Sequence[Outcome], order: Sequence[str]) -> None:
    """Write `outcomes` to the CSV file at `path`: they replace all rows of their experiments, others stay.

    Rows are in the order of the experiments' names in `order`. The file is replaced whole, or not at all.
    """
    new = {outcome.experiment for outcome in outcomes}
    rows = [row for row in read(path) if row["experiment"] not in new]
    rows += [outcome.cells() for outcome in outcomes]
    known = {name: place for place, name in enumerate(order)}
    rows.sort(key=lambda row: known.get(row["experiment"], len(known)))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draft.replace(path)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a validity.csv; [] where there is none yet."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(file)]
