"""A report for 30 providers x 10 datasets x 1,379 pairs: 414,000 score rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tools.performance.big_report import make
from tools.performance.child import output_of


@pytest.mark.timeout(1200)
def test_thirty_providers_and_ten_datasets(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    folder = make(tmp_path / "big")
    with (folder / "scores.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in file) == 1 + 30 * 10 * 1379

    said = benchmark.pedantic(output_of, args=("tools.performance.big_report", str(folder)), rounds=1, iterations=1)
    used, size = json.loads(said), (folder / "report.html").stat().st_size
    print(f"\n{used['cpu_s']:.1f} CPU seconds, {used['peak_mib']:.0f} MiB at most, a page of {size / 1e6:.2f} MB")
    assert used["cpu_s"] < 30
    assert size < 1_500_000
