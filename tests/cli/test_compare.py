"""`embedmark compare` as it is typed."""

from __future__ import annotations

import csv
import io
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from embedmark.cli.main import run
from tools.synthetic import FakeDataset, FakeProvider, make_run

ROOT = Path(__file__).parents[2]
PROVIDERS = (FakeProvider("작은 모델", noise=0.8), FakeProvider("large", rate=100), FakeProvider("other", rate=500))
WORSE = (replace(PROVIDERS[0], noise=2.5), *PROVIDERS[1:])


@pytest.fixture
def runs(tmp_path: Path) -> tuple[str, str]:
    data = (FakeDataset(n_pairs=150),)
    make_run(tmp_path / "main", PROVIDERS, data)
    make_run(tmp_path / "branch", WORSE, data, seed=1)
    return str(tmp_path / "main"), str(tmp_path / "branch")


def test_rules_decide_the_exit_code(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", *runs]) == 0
    assert run(["compare", *runs, "--fail-on", "spearman < -0.005"]) == 1
    assert "failed: spearman < -0.005: 작은 모델, made/up" in capsys.readouterr().err
    assert run(["compare", *runs, "--fail-on", "items_per_s < -20%"]) == 0


def test_rules_are_checked_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "no-such-run", "nor-this", "--fail-on", "spearmen < 1"]) == 2
    assert "did you mean 'spearman'" in capsys.readouterr().err
    assert run(["compare", "no-such-run", "nor-this"]) == 2
    assert "is not a run directory" in capsys.readouterr().err


def test_csv_and_markdown(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", *runs, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    row = next(r for r in rows if (r["provider"], r["metric"]) == ("작은 모델", "spearman"))
    assert row["verdict"] == "worse"
    assert float(row["ci_low"]) < float(row["change"]) < float(row["ci_high"]) < 0
    assert run(["compare", *runs, "--md"]) == 0
    text = capsys.readouterr().out
    assert "| 작은 모델 | Spearman |" in text
    assert "▼ worse" in text


def test_two_providers_of_one_run(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", runs[0], "--providers", "large,other"]) == 0
    assert "other against large" in capsys.readouterr().out
    assert run(["compare", runs[0]]) == 2
    assert "--providers a,b" in capsys.readouterr().err


def test_a_reference_within_one_run_is_refused(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", runs[0], "--providers", "large,other", "--reference", "large"]) == 2
    assert "leave out --reference large" in capsys.readouterr().err


def test_only_some_providers(runs: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", *runs, "--providers", "large", "--csv"]) == 0
    assert {row["provider"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))} == {"large"}
    assert run(["compare", *runs, "--providers", "nobody"]) == 2
    assert "has no provider 'nobody'" in capsys.readouterr().err


def test_a_folder_of_runs_is_one_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone, slow = PROVIDERS[:1], (replace(PROVIDERS[0], rate=500.0),)
    for i in range(3):
        make_run(tmp_path / "before" / str(i), alone, seed=i)
        make_run(tmp_path / "after" / str(i), slow, seed=10 + i)
    code = run(["compare", str(tmp_path / "before"), str(tmp_path / "after"), "--fail-on", "items_per_s < -10%"])
    assert code == 1
    assert "after against before" in capsys.readouterr().out


def workflow_line() -> list[str]:
    """Return the arguments of the command that the documented workflow compares with."""
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    script = page.partition("```yaml")[2].partition("```")[0].replace("\\\n", " ")
    line = next(line for line in script.splitlines() if line.strip().startswith("embedmark compare"))
    return shlex.split(line.partition("|")[0])[1:]


def test_the_documented_workflow_passes_what_did_not_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the recorded run of the quick suite, whose rows are noisy and whose cross-encoder has no head."""
    monkeypatch.chdir(tmp_path)
    for name in ("main", "branch"):
        shutil.copytree(ROOT / "results" / "reference" / "quick", tmp_path / "results" / name)

    code = run(workflow_line())

    out = capsys.readouterr().out
    assert code == 0
    assert "## Rules: passed" in out
    assert "| minilm | Spearman |" in out


def test_the_documented_workflow_stops_other_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("main", "branch"):
        shutil.copytree(ROOT / "results" / "reference" / "quick", tmp_path / "results" / name)
    path = tmp_path / "results" / "branch" / "scores.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    for i, row in enumerate(rows):
        if row["provider"] == "minilm" and i % 20 == 0:
            row["predicted"] = "0.5"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

    code = run(workflow_line())

    assert code == 1
    assert "failed: spearman > -0.01: minilm, stsb/test" in capsys.readouterr().err
