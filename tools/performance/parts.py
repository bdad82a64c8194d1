"""The encoding of a suite of several datasets beside mteb's: STS-B's parts, and parts that share their texts.

The made suite has each text 1.63 times, as STS-B has together with STS12 to STS16. Both sides encode the same local
texts with MiniLM, on one thread, with batches of 32; only the time inside `encode` counts, in CPU seconds.
"""

from __future__ import annotations

import csv
import json
import random
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from embedmark.datasets import load_named
from tools.performance.beside_mteb import mteb_command, mteb_python, pinned
from tools.performance.child import embedmark
from tools.performance.model import Outcome
from tools.performance.pairs import Pairs, write_csv, write_json, write_suite

GOAL: Final = 0.65
TIMES: Final = 1.63
_PARTS: Final = ("train", "dev", "test")
_THREADS: Final = 1
_AGREE: Final = 0.002  # between two Spearman correlations of the same model
Data = Mapping[str, Pairs]


def measure(rounds: int, fraction: float) -> list[Outcome]:
    """Return embedmark's encoding of both suites, as shares of mteb's CPU time; medians over rounds.

    Args:
        rounds: turns of both.
        fraction: of each part's pairs, the first ones; 1 for all.
    """
    python = mteb_python()
    parts = {f"stsb-{part}": Pairs.of(load_named(f"stsb/{part}"), fraction) for part in _PARTS}
    share = "" if fraction == 1 else f" ({fraction:.0%} of the pairs)"
    outcomes = []
    for what, data in (("STS-B train, dev and test", parts), (f"each text {TIMES} times", repeated(parts))):
        ratio = statistics.median(_round(python, data) for _ in range(rounds))
        texts = [text for pairs in data.values() for text in pairs.texts()]
        growth = f"{len(texts):,} texts, {len(set(texts)):,} distinct"
        name = f"encoding a suite beside mteb: {what}{share}"
        outcomes.append(Outcome(name, GOAL, ratio, "of its CPU time", growth=growth))
    return outcomes


def repeated(parts: Data) -> dict[str, Pairs]:
    """Return three datasets of the parts' texts, each of which is there once or twice, 1.63 times in the mean."""
    draw = random.Random(0)  # noqa: S311 - a shuffle
    distinct = sorted({text for pairs in parts.values() for text in pairs.texts()})
    again = draw.sample(distinct, round((TIMES - 1) * len(distinct)))
    texts = draw.sample([*distinct, *again], len(distinct) + len(again))
    size = len(texts) // (2 * len(_PARTS))
    made = {}
    for i, part in enumerate(_PARTS):
        own = texts[2 * size * i : 2 * size * (i + 1)]
        made[f"made-{part}"] = Pairs(own[:size], own[size:], [draw.random() * 5 for _ in range(size)])
    return made


def _round(python: str, data: Data) -> float:
    """Return embedmark's CPU time inside `encode` as a share of mteb's. Raises where their scores disagree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_json(folder / "data.json", data)
        for dataset, pairs in data.items():
            write_csv(folder / f"{dataset}.csv", pairs)
        write_suite(folder / "suite.yaml", [f"{{path: {dataset}.csv, name: {dataset}}}" for dataset in data], _THREADS)
        found = json.loads(_output(mteb_command(python, _THREADS), folder).splitlines()[-1])
        _output(embedmark("run", "suite.yaml", "--out", "run"), folder)
        scores = {row["dataset"]: float(row["spearman"]) for row in _rows(folder / "run" / "summary.csv")}
        for dataset, score in found["scores"].items():
            if abs(score - scores[dataset]) > _AGREE:
                raise RuntimeError(f"{dataset}: mteb has {score}, and embedmark {scores[dataset]}")
        passes = [row for row in _rows(folder / "run" / "samples.csv") if row["measure"] == "accuracy"]
        return sum(int(row["cpu_ns"] or 0) for row in passes) / 1e9 / float(found["encode_cpu_s"])


def _output(command: Sequence[str], folder: Path) -> str:
    environment = pinned(folder, _THREADS)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
