"""Scores, vectors and gold that are infinite, huge, tiny, equal or missing, from the run to the comparison."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

PROVIDER = """
import numpy as np
from embedmark.api import Embeddings, PairPredictions, ProviderInfo

WORST = {"inf": np.inf, "-inf": -np.inf, "nan": np.nan}
FACTORS = {"huge": 1.7e308, "tiny": 5e-324, "equal": 0.0}

def of(text):
    return float(text.split()[1])

class Scores:
    def __init__(self, mode="plain"):
        self.info = ProviderInfo(plugin="scores", model=mode, kind="cross-encoder")
        self.mode = mode

    def load(self): pass
    def close(self): pass

    def predict(self, pairs):
        values = np.array([np.sin(7 * of(a)) + of(a) / 9 for a, _ in pairs])
        values = values / 5 * FACTORS.get(self.mode, 1.0) if self.mode != "tiny" else np.rint(values * 9) * 5e-324
        if self.mode in WORST:
            values[[of(a) % 10 == 3 for a, _ in pairs]] = WORST[self.mode]
        if self.mode == "all nan":
            values[:] = np.nan
        return PairPredictions(values)

class Vectors:
    def __init__(self, mode="plain"):
        self.info = ProviderInfo(plugin="vectors", model=mode, kind="bi-encoder")
        self.factor = {"huge": 1e38, "tiny": 1e-44, "zero": 0.0}.get(mode, 1.0)
        self.mode = mode

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        angle = np.array([of(text) if text.startswith("b") else 0.0 for text in texts]) / 40
        rows = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        rows[:, 1] += [np.sin(5 * of(text)) / 9 for text in texts]
        rows *= self.factor
        if self.mode == "inf":
            rows[[of(text) % 10 == 3 for text in texts], 0] = np.inf
        return Embeddings(rows.astype(np.float32))
"""
SCORES = ("plain", "inf", "-inf", "nan", "huge", "tiny", "equal", "all nan")
VECTORS = ("plain", "inf", "huge", "tiny", "zero")


@pytest.fixture
def odd(work: Path) -> Path:
    (work / "odd.py").write_text(PROVIDER, encoding="utf-8")
    lines = [f"a {i}\tb {i}\t{i}" for i in range(40)]
    (work / "p.tsv").write_text("sentence1\tsentence2\tscore\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return work


def models(providers: str, modes: tuple[str, ...]) -> list[str]:
    return [word for mode in modes for word in ("--model", f"{providers}-{mode}=./odd.py:{providers}?mode={mode}")]


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_odd_scores_have_the_right_rows_and_no_warning(embedmark, odd):
    run = embedmark("run", *models("Scores", SCORES), "--data", "p.tsv", "--measure", "accuracy", "--out", "out")

    assert run.code == 0, run.err
    found = {(row["provider"].removeprefix("Scores-"), row["metric"]): row for row in rows_of(odd / "out/accuracy.csv")}
    spearman = {mode: found[mode, "spearman"] for mode in SCORES}
    assert [spearman[mode]["n_scored"] for mode in SCORES] == ["40", "36", "36", "36", "40", "40", "40", "0"]
    assert spearman["equal"]["status"] == "constant-predictions"
    assert spearman["huge"]["value"] == spearman["plain"]["value"]
    assert spearman["inf"]["value"] == spearman["-inf"]["value"] == spearman["nan"]["value"] != ""
    assert found["huge", "pearson"]["value"] == found["plain", "pearson"]["value"]
    assert float(found["tiny", "pearson"]["value"]) == pytest.approx(float(found["plain", "pearson"]["value"]), abs=0.1)
    assert embedmark("verify", "out").code == 0


def test_odd_vectors_have_the_right_rows_and_no_warning(embedmark, odd):
    names = ", ".join(f"{{name: {m}, use: './odd.py:Vectors', options: {{mode: {m}}}}}" for m in VECTORS)
    scaling = "{sizes: [4, 6, 8, 10], repeats: 1, max_seconds: 0.2, pairings: []}"
    suite = f"providers: [{names}]\ndatasets: [{{path: p.tsv}}]\nmeasure: {{accuracy: {{}}, scaling: {scaling}}}\n"
    (odd / "s.yaml").write_text(suite, encoding="utf-8")

    run = embedmark("run", "s.yaml", "--out", "out")

    assert run.code == 0, run.err
    rows = [row for row in rows_of(odd / "out/accuracy.csv") if row["metric"] == "spearman"]
    found = {row["provider"]: row for row in rows if row["similarity"] == "cosine"}
    assert [found[mode]["n_scored"] for mode in VECTORS] == ["40", "36", "40", "40", "0"]
    assert found["huge"]["value"] == found["plain"]["value"]


def test_constant_scores_are_not_compared(embedmark, odd):
    (odd / "s.yaml").write_text(
        "providers: [{name: p, use: './odd.py:Scores', options: {mode: plain}}, "
        "{name: e, use: './odd.py:Scores', options: {mode: equal}}]\n"
        "datasets: [{path: p.tsv}]\nmeasure: {accuracy: {}}\n",
        encoding="utf-8",
    )
    embedmark("run", "s.yaml", "--out", "a")
    shutil.copytree("a", "b")

    done = embedmark("compare", "a", "b", "--require", "spearman > -0.01")

    assert done.code == 1
    assert "cannot be judged: spearman > -0.01: e, p: the value or its interval is undefined" in done.err


def test_comparison_says_that_a_seal_is_broken(embedmark, odd):
    embedmark("run", *models("Scores", ("plain",)), "--data", "p.tsv", "--measure", "accuracy", "--out", "a")
    shutil.copytree("a", "b")
    scores = odd / "b/scores.csv"
    header, first, *others = scores.read_text("utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index("gold")] = cells[header.split(",").index("predicted")] = "inf"
    scores.write_text("\n".join([header, ",".join(cells), *others]) + "\n", encoding="utf-8")

    done = embedmark("compare", "a", "b")

    assert done.code == 0, done.err
    assert "the seal of b is broken: scores.csv changed after the run was measured" in " ".join(done.out.split())
    assert embedmark("report", "b").code == 0
