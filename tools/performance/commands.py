"""CPU time of the commands that are typed most: plan, compare, verify."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tools.performance.child import ROOT, embedmark, median_cpu
from tools.performance.made import write_pairs
from tools.performance.model import Outcome

REFERENCE = ROOT / "results" / "reference"


def measure() -> list[Outcome]:
    """Return an outcome a command. Reference runs that another version derived are derived anew, in copies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suites = [write_pairs(folder, n, providers=3) for n in (10_000, 100_000)]
        small, large = (median_cpu(embedmark("plan", str(suite))) for suite in suites)
        quick = median_cpu(embedmark("plan", str(ROOT / "bench" / "suites" / "quick.yaml")))
        runs = [REFERENCE / "quick", REFERENCE / "local"]
        compared = median_cpu(embedmark("compare", *map(str, runs)))
        verified = []
        for run in runs:
            copy = Path(shutil.copytree(run, folder / run.name))
            median_cpu(embedmark("report", str(copy)), rounds=1)
            verified.append(median_cpu(embedmark("verify", str(copy))))
    per_pair = (large - small) / 90_000 * 1e6
    return [
        Outcome("`plan` of quick.yaml", 0.3, quick, "CPU s"),
        Outcome("`plan` of 100,000 pairs, three providers", 1.0, large, "CPU s", growth=f"{per_pair:.1f} µs a pair"),
        Outcome("`compare` of two reference runs", 1.0, compared, "CPU s"),
        Outcome("`verify` of the reference run quick", 1.0, verified[0], "CPU s"),
        Outcome("`verify` of the reference run local", 2.0, verified[1], "CPU s"),
    ]
