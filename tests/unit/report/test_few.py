"""A dataset of a few pairs is shown pair by pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.derive import derive_all
from embedmark.language import using
from embedmark.report.tables.summary import make_view
from embedmark.report.terminal import terminal_text
from embedmark.store.read import read_run
from tools.synthetic import FakeDataset, FakeProvider, make_run

PROVIDERS = (FakeProvider("mean"), FakeProvider("cls", noise=2.0))


def shown(folder: Path, datasets: tuple[FakeDataset, ...], lang: str = "en", *, keep_text: bool = True) -> str:
    raw = read_run(make_run(folder / "run", PROVIDERS, datasets, keep_text=keep_text, measure=("accuracy",)))
    with using(lang):
        return terminal_text(make_view(raw.manifest, derive_all(raw)), folder, 100)


def test_each_pair_has_its_scores_and_sentences(tmp_path: Path) -> None:
    text = shown(tmp_path, (FakeDataset("large", 60), FakeDataset("three", 6)))

    table = text[text.index("three, each pair: cosine similarity") :].splitlines()
    assert table[1].split() == ["pair", "gold", "mean", "cls"]
    assert all(" / " in line for line in table[3:9])
    assert "large, each pair" not in text


def test_sentences_to_decide_by_leave_it_out(tmp_path: Path) -> None:
    text = shown(tmp_path, (FakeDataset("large", 60), FakeDataset("two", 2)))

    assert "most accurate (Spearman" in text
    assert "No accuracy" not in text


@pytest.mark.parametrize("n", [2, 6])
def test_pairs_are_named_by_id_where_no_text_is_kept(tmp_path: Path, n: int) -> None:
    text = shown(tmp_path, (FakeDataset("few", n),), "ko", keep_text=False)

    rows = text[text.index("few, 쌍마다: 코사인 유사도") :].splitlines()[3 : 3 + n]
    assert [row.split()[0] for row in rows] == [str(i) for i in range(1, n + 1)]
