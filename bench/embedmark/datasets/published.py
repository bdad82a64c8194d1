"""Scores that others published, as reference rows: data/published.csv, with the source of each."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path


@cache
def _rows() -> tuple[dict[str, str], ...]:
    path = Path(__file__).parent / "data" / "published.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def published_scores(task: str) -> list[dict[str, str | float]]:
    """Return what was published on a task of MTEB: model, metric, value (times 100) and source of each."""
    return [
        {"model": row["model"], "metric": row["metric"], "value": float(row["value"]), "source": row["source"]}
        for row in _rows()
        if row["dataset"] == task
    ]
