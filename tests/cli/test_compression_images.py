"""Quality per byte of images and texts: every cell from one encode, and the full vectors as accuracy.csv has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_compression import rows_of
from tests.cli.test_images import seen

__all__ = ["seen"]

SUITE = """\
name: coarse
providers:
  - {name: 색, use: "./colours.py:Colours"}
  - {name: blind, use: "./colours.py:Colours", options: {blind: true}}
datasets:
  - {kind: captions, path: 그림/captions.csv, name: seen}
  - {kind: graded, path: 그림/graded.csv}
  - {kind: matrix, name: little, images: [그림/red.png, 그림/blue.png], texts: [red, blue, lime]}
measure:
  accuracy: {resamples: 100}
  compression: {dims: [4, 1], precisions: [float32, int8, binary, binary+rescore]}
"""


@pytest.fixture
def coarse(embedmark, work: Path, seen: Path) -> list[dict[str, str]]:
    (work / "s.yaml").write_text(SUITE, encoding="utf-8")
    done = embedmark("run", "s.yaml", "--out", "out")
    assert done.code == 0, done.err
    return rows_of(work / "out", "compression.csv")


def test_images_and_texts_have_every_cell(embedmark, work: Path, coarse: list[dict[str, str]]) -> None:
    full = {
        (row["provider"], row["dataset"]): row for row in coarse if (row["dims"], row["precision"]) == ("4", "float32")
    }
    accuracy = rows_of(work / "out", "accuracy.csv")

    assert len(coarse) == 2 * 2 * 8
    wanted = (("색", "seen", "recall_at_1"), ("blind", "seen", "recall_at_1"), ("색", "graded", "spearman"))
    for provider, dataset, metric in wanted:
        mine = [r for r in accuracy if (r["provider"], r["dataset"], r["metric"]) == (provider, dataset, metric)]
        same = next(r for r in mine if r["similarity"] == "cosine" and r["slice"] in ("image-to-text", "all"))
        row = full[provider, dataset]
        assert row["metric"] == metric
        for name in ("value", "ci_low", "ci_high"):
            assert float(row[name]) == pytest.approx(float(same[name]), abs=1e-9)
    assert embedmark("verify", "out").code == 0


def test_fewer_numbers_find_fewer_captions(coarse: list[dict[str, str]]) -> None:
    value = {
        (row["dims"], row["precision"]): float(row["value"])
        for row in coarse
        if (row["provider"], row["dataset"]) == ("색", "seen")
    }

    tied = {(row["dims"], row["precision"]) for row in coarse if row["dataset"] == "seen" and row["tie_group"] == "1"}
    assert value["4", "float32"] == value["4", "int8"] == 1.0
    assert ("4", "int8") in tied
    assert value["1", "float32"] < 0.5
    assert value["4", "binary"] <= value["4", "binary+rescore"] < 1.0  # texts with the same bits tie
