"""Names in an option: separated by commas, but for those inside a fusion's name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from embedmark.cli import main
from embedmark.cli.options import split_names


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("a, b", ["a", "b"]),
        ("rrf(a,b),bm25", ["rrf(a,b)", "bm25"]),
        ("bm25,rrf(a, b)", ["bm25", "rrf(a, b)"]),
        ("rrf(a,b),rrf(c,d)", ["rrf(a,b)", "rrf(c,d)"]),
        ("", []),
        (None, None),
    ],
)
def test_comma_in_brackets_is_part_of_a_name(given: str | None, names: list[str] | None) -> None:
    assert split_names(given) == names


def test_fusion_is_compared_with_a_provider_of_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = Path(__file__).parents[2] / "results" / "reference" / "retrieval"

    code = main.run(["compare", str(run), "--providers", "bm25,rrf(minilm,bm25)", "--csv"])
    other = main.run(["compare", str(run), "--providers", "bm25,rrf(x,bm25)"])

    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert (code, other) == (0, 2)
    assert {row["provider"] for row in rows} == {"rrf(minilm,bm25)"}
    assert {row["verdict"] for row in rows if row["metric"] == "ndcg_at_10"} <= {"better", "no clear difference"}
    assert "rrf(minilm,bm25)" in said.err
