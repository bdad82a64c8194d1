"""Exact all-pairs top-10 against a plain sgemm of the same block shape and against faiss, on the same threads.

EMBEDMARK_PERF_VECTORS sets the number of vectors (default 100,000: about two minutes on two cores). Each side runs in
a process of its own, so that its thread budget is set before BLAS loads and its peak memory is its own; sides take
turns, so that a drift of the machine hits all alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

import pytest

N = int(os.environ.get("EMBEDMARK_PERF_VECTORS", "100000"))
DIM, K, BLOCK = 384, 10, 2048
ROUNDS = 1 if N >= 50_000 else 3
THREADS = min(2, len(os.sched_getaffinity(0)))

_SETUP = f"""
import json, resource, time
import numpy as np
rng = np.random.default_rng(0)
vectors = rng.standard_normal(({N}, {DIM}), dtype=np.float32)
vectors /= np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
"""
_SIDES = {
    "embedmark": f"""
from embedmark.measure.allpairs.nearest import nearest
start = time.perf_counter()
indexes, values = nearest(vectors, {K}, workers={THREADS}, block={BLOCK})
took = time.perf_counter() - start
""",
    "sgemm": f"""
block, buffer = {BLOCK}, np.empty(({BLOCK}, {BLOCK}), dtype=np.float32)
start = time.perf_counter()
for i in range(0, {N}, block):
    a = vectors[i : i + block]
    for j in range(0, {N}, block):
        b = vectors[j : j + block]
        np.dot(a, b.T, out=buffer.reshape(-1)[: len(a) * len(b)].reshape(len(a), len(b)))
took = time.perf_counter() - start
indexes = None
""",
    "faiss": f"""
import faiss
faiss.omp_set_num_threads({THREADS})
start = time.perf_counter()
index = faiss.IndexFlatIP({DIM})
index.add(vectors)
_, indexes = index.search(vectors, {K} + 1)
took = time.perf_counter() - start
""",
}
_REPORT = f"""
rows = np.random.default_rng(1).choice({N}, 20, replace=False)
found = None if indexes is None else [[int(j) for j in indexes[i] if j != i][:{K}] for i in rows]
print(json.dumps({{"seconds": took, "memory_mb": peak() - before, "found": found}}))
"""


def measure(side: str) -> dict[str, object]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, str(THREADS))
    code = _SETUP + _SIDES[side] + _REPORT
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.timeout(1800)
def test_all_pairs_against_sgemm_and_faiss(benchmark):
    pytest.importorskip("faiss")
    rounds: list[dict[str, dict[str, object]]] = []

    def in_turns() -> None:
        rounds.append({side: measure(side) for side in _SIDES})

    benchmark.pedantic(in_turns, rounds=ROUNDS)
    ours = [result["embedmark"]["seconds"] for result in rounds]
    for other in ("sgemm", "faiss"):
        ratios = [result[other]["seconds"] / mine for result, mine in zip(rounds, ours, strict=True)]
        benchmark.extra_info[f"{other} over embedmark"] = round(statistics.median(ratios), 3)
        theirs = statistics.median(result[other]["seconds"] for result in rounds)
        print(
            f"\n{N:,} x {DIM}, {THREADS} threads: embedmark {statistics.median(ours):.1f} s, {other} {theirs:.1f} s",
            end="",
        )
    memory = max(result["embedmark"]["memory_mb"] for result in rounds)
    print(f"\nembedmark's memory above the vectors: {memory:.0f} MB")
    # float32 sums in another order may swap neighbours of equal rank at the end of the list.
    same = [
        len(set(a) & set(b)) for r in rounds for a, b in zip(r["embedmark"]["found"], r["faiss"]["found"], strict=True)
    ]
    assert sum(same) >= 0.999 * K * len(same)
    assert memory < 1024
    assert benchmark.extra_info["sgemm over embedmark"] > 1.0
    assert benchmark.extra_info["faiss over embedmark"] >= 1.5
