"""A report for 30 providers x 10 datasets x 1,379 pairs: 414,000 score rows. `make perf` prints how long it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tools.synthetic import FakeDataset, FakeProvider, make_run

# In a process of its own, so that the peak is that of the report alone.
REPORT = """
import json, resource, sys, time
from pathlib import Path
from embedmark.runs.derived import write_derived
start = time.process_time()
write_derived(Path(sys.argv[1]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu_s": time.process_time() - start, "peak_mb": peak}))
"""


def report(folder: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-c", REPORT, str(folder)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(1200)
def test_thirty_providers_and_ten_datasets(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    providers = [
        FakeProvider(
            f"provider-{i:02d}",
            kind="cross-encoder" if i % 10 == 9 else "bi-encoder",
            noise=0.8 + 0.03 * i,
            rate=100 * 1.3**i,
            usd_per_1m_tokens=0.02 if i % 7 == 3 else None,
        )
        for i in range(30)
    ]
    long = (('<script>alert(1)</script> "q"', "😀 مرحبا"), ("가나다 " * 1250, "b " * 2500))
    datasets = [FakeDataset(f"data/{j}", 1379, long) for j in range(10)]
    folder = make_run(tmp_path / "big", providers, datasets, calls=400, keep_text=True)
    assert sum(1 for _ in (folder / "scores.csv").open(encoding="utf-8")) == 1 + 30 * 10 * 1379

    used = benchmark.pedantic(report, args=(folder,), rounds=1, iterations=1)
    size = (folder / "report.html").stat().st_size
    print(f"\n{used['cpu_s']:.1f} CPU seconds, {used['peak_mb']:.0f} MiB at most, a page of {size / 1e6:.2f} MB")
    assert used["peak_mb"] < 1024
    assert size < 1_500_000
