"""Exact all-pairs top-10 against a plain sgemm of the same block shape and against faiss, on the same threads.

EMBEDMARK_PERF_VECTORS sets the number of vectors (default 100,000: about six minutes on two cores; 16384 is quick).
Each side runs in a process of its own, so that its thread budget is set before BLAS loads and its peak memory is its
own; sides take turns, so that a drift of the machine hits all alike. Ratios are of CPU seconds: beside other work, a
wall time says how busy the machine was. Below 50,000 vectors sides take five turns, and the ratios are only printed:
what is asserted of them is meant for the full size.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

N = int(os.environ.get("EMBEDMARK_PERF_VECTORS", "100000"))
DIM, K, BLOCK, CHECKED = 384, 10, 2048, 200
FULL = N >= 50_000
ROUNDS = 1 if FULL else 5
THREADS = min(2, len(os.sched_getaffinity(0)))
ROUNDING = 1e-6  # of a float32 dot product of two vectors of length 1 and 384 dimensions

# Clustered: about 50 near neighbours each, in random order.
_DATA = {
    "gaussian": f"vectors = rng.standard_normal(({N}, {DIM}), dtype=np.float32)",
    "clustered": f"""
centres = rng.standard_normal((max(1, {N} // 50), {DIM}), dtype=np.float32)
vectors = centres[rng.integers(len(centres), size={N})]
vectors += np.float32(0.7) * rng.standard_normal(vectors.shape, dtype=np.float32)
""",
}
_GENERATE = """
import sys
import numpy as np
rng = np.random.default_rng(0)
{data}
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
np.save(sys.argv[1], vectors)
"""
# The peak of this process's own memory: ru_maxrss would begin with that of the process it was forked from.
_SETUP = """
import json, re, sys, time
import numpy as np
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
vectors, indexes, values = np.load(sys.argv[1]), None, None
"""
_SIDES = {
    "embedmark": f"""
from embedmark.allpairs.nearest import nearest
before, start, cpu = peak(), time.perf_counter(), time.process_time()
indexes, values = nearest(vectors, {K}, workers={THREADS}, block={BLOCK})
took, cpu = time.perf_counter() - start, time.process_time() - cpu
""",
    "sgemm": f"""
before, start, cpu = peak(), time.perf_counter(), time.process_time()
buffer = np.empty({BLOCK} * {BLOCK}, dtype=np.float32)
for i in range(0, {N}, {BLOCK}):
    a = vectors[i : i + {BLOCK}]
    for j in range(0, {N}, {BLOCK}):
        b = vectors[j : j + {BLOCK}]
        np.dot(a, b.T, out=buffer[: len(a) * len(b)].reshape(len(a), len(b)))
took, cpu = time.perf_counter() - start, time.process_time() - cpu
""",
    "faiss": f"""
import faiss
faiss.omp_set_num_threads({THREADS})
before, start, cpu = peak(), time.perf_counter(), time.process_time()
index = faiss.IndexFlatIP({DIM})
index.add(vectors)
values, indexes = index.search(vectors, {K} + 1)
took, cpu = time.perf_counter() - start, time.process_time() - cpu
""",
}
# Brute force in float64 for some rows: how far the k similarities found are from the k largest, and how many of the k
# neighbours differ (some do where two similarities are equal up to rounding).
_REPORT = f"""
result = {{"seconds": took, "cpu_seconds": cpu, "memory_mb": peak() - before}}
if indexes is not None:
    rows = np.random.default_rng(1).choice({N}, min({N}, {CHECKED}), replace=False)
    exact = vectors[rows].astype(np.float64) @ vectors.T.astype(np.float64)
    exact[np.arange(len(rows)), rows] = -np.inf
    gap, other, told = 0.0, 0, 0.0
    for i, row in enumerate(rows):
        own = indexes[row] != row
        found, said = indexes[row][own][:{K}], values[row][own][:{K}]
        true = np.argsort(-exact[i])[:{K}]
        assert len(set(found.tolist())) == {K}
        gap = max(gap, float((exact[i][true] - np.sort(exact[i][found])[::-1]).max()))
        told = max(told, float(np.abs(exact[i][found] - said).max()))
        other += len(set(true.tolist()) - set(found.tolist()))
    result |= {{"gap": gap, "told": told, "other": other, "checked": len(rows)}}
print(json.dumps(result))
"""


def run(code: str, vectors: Path) -> str:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, str(THREADS))
    command = [sys.executable, "-c", code, str(vectors)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def tell(kind: str, rounds: list[dict[str, dict[str, Any]]]) -> dict[str, float]:
    """Print a line per side; the median of each side's CPU time over ours, turn by turn.

    On an idle machine every side is on as many CPUs as it has threads; on fewer, others had the rest.
    """
    print(f"\n{kind}: {N:,} x {DIM}, top {K}, {THREADS} threads, blocks of {BLOCK}, median of {len(rounds)}")
    ratios = {}
    for side in _SIDES:
        turns = [turn[side] for turn in rounds]
        seconds = statistics.median(turn["seconds"] for turn in turns)
        over_ours = [turn[side]["cpu_seconds"] / turn["embedmark"]["cpu_seconds"] for turn in rounds]
        ratios[side] = statistics.median(over_ours)
        busy = statistics.median(turn["cpu_seconds"] / turn["seconds"] for turn in turns)
        line = f"  {side:9} {seconds:7.2f} s on {busy:.2f} CPUs  {ratios[side]:5.2f} x embedmark's CPU time"
        line += f"  {max(turn['memory_mb'] for turn in turns):5.0f} MiB above the vectors"
        if "gap" in turns[0]:
            line += f"  {turns[0]['other']} of {turns[0]['checked'] * K} neighbours not those of brute force,"
            line += f" similarities at most {max(turn['gap'] for turn in turns):.0e} short"
        print(line)
    return ratios


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", list(_DATA))
def test_all_pairs_against_sgemm_and_faiss(benchmark, tmp_path, kind):
    pytest.importorskip("faiss")
    vectors = tmp_path / "vectors.npy"
    run(_GENERATE.format(data=_DATA[kind]), vectors)
    print(f"\nload average before: {os.getloadavg()[0]:.2f}", end="")
    rounds: list[dict[str, dict[str, Any]]] = []

    def in_turns() -> None:
        rounds.append({side: json.loads(run(_SETUP + code + _REPORT, vectors)) for side, code in _SIDES.items()})

    benchmark.pedantic(in_turns, rounds=ROUNDS)
    ratios = tell(kind, rounds)
    benchmark.extra_info.update({f"{side} over embedmark": round(ratio, 3) for side, ratio in ratios.items()})
    ours = [turn["embedmark"] for turn in rounds]
    assert max(turn["gap"] for turn in ours) < ROUNDING
    assert max(turn["told"] for turn in ours) < ROUNDING
    assert max(turn["memory_mb"] for turn in ours) < 1024
    if FULL:
        assert ratios["sgemm"] > 1.0
        assert ratios["faiss"] >= 1.5
