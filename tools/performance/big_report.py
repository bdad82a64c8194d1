"""A report for 30 providers x 10 datasets x 1,379 pairs: 414,000 score rows."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from embedmark.runs.derived import write_derived
from tools.performance.child import output_of
from tools.performance.model import Outcome
from tools.performance.stages import peak_mib
from tools.synthetic import FakeDataset, FakeProvider, make_run


def make(folder: Path) -> Path:
    """Write the run; its folder."""
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
    return make_run(folder, providers, datasets, calls=400, keep_text=True)


def measure() -> list[Outcome]:
    """Return CPU time and peak memory of the report, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = make(Path(name) / "big")
        used = json.loads(output_of("tools.performance.big_report", str(folder)))
        manifest = (folder / "manifest.json").stat().st_size / 1e6
    return [
        Outcome("report of 30 providers x 10 datasets x 1,379 pairs", 30, used["cpu_s"], "CPU s"),
        Outcome("the same, peak memory", 600, used["peak_mib"], "MiB"),
        Outcome("the same, manifest.json", None, manifest, "MB"),
    ]


if __name__ == "__main__":
    start = time.process_time()
    write_derived(Path(sys.argv[1]))
    print(json.dumps({"cpu_s": time.process_time() - start, "peak_mib": peak_mib()}))  # noqa: T201 - its result
