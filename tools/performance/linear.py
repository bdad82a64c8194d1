"""Pairs from 10,000 upwards with a provider of one microsecond a text: seconds and memory a stage."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.performance.child import output_of
from tools.performance.made import write_pairs
from tools.performance.model import Outcome

VECTORS_MIB = 2 * 64 * 4 / 2**20  # a pair: two texts of 64 float32
ABOVE_MIB = 1024
MILLION = 1_000_000
Stages = dict[str, dict[str, Any]]


def measure(sizes: Sequence[int]) -> tuple[list[Outcome], str]:
    """Return the outcomes, and a table of all stages."""
    found: dict[int, Stages] = {}
    with tempfile.TemporaryDirectory() as name:
        for n in sizes:
            suite = write_pairs(Path(name), n)
            found[n] = json.loads(output_of("tools.performance.stages", str(suite), str(Path(name) / f"run{n}")))
    outcomes = []
    for n, stages in found.items():
        cpu, peak = _cpu(stages), _peak(stages)
        above = peak - n * VECTORS_MIB
        growth = f"{cpu / n * 1e6:.1f} µs a pair"
        is_goal = n == MILLION
        outcomes.append(Outcome(f"{n:,} pairs, all stages", 60 if is_goal else None, cpu, "CPU s", growth=growth))
        what = f"{n:,} pairs, peak memory above the vectors"
        outcomes.append(Outcome(what, ABOVE_MIB if is_goal else None, above, "MiB"))
    return outcomes, _stage_table(found)


def _cpu(stages: Stages) -> float:
    return float(sum(stage["cpu_s"] for stage in stages.values()))


def _peak(stages: Stages) -> float:
    return float(max(stage["peak_mib"] for stage in stages.values()))


def _stage_table(found: dict[int, Stages]) -> str:
    sizes = list(found)
    lines = ["| stage | " + " | ".join(f"{n:,} pairs" for n in sizes) + " |", "|---" * (1 + len(sizes)) + "|"]
    for stage in next(iter(found.values())):
        cells = [f"{found[n][stage]['cpu_s']:.2f} CPU s, {found[n][stage]['peak_mib']:,} MiB" for n in sizes]
        lines.append(f"| {stage} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
