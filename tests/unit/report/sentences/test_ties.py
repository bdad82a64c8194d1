"""Who is called fastest or cheapest, beside those who are not shown to be behind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from embedmark.pipeline import derive
from embedmark.report.sentences.choices import choices_of
from embedmark.report.sentences.decision import decision
from tools.synthetic import FakeDataset, FakeProvider, make_run

SPEED = ("accuracy", "throughput", "cost")
LEXICAL = FakeProvider("lex", noise=3.0, rate=50_000, facts={"plugin": "lexical"})


def sentences(folder: Path, providers: Sequence[FakeProvider], measure: Sequence[str] = SPEED, seed: int = 0) -> str:
    make_run(folder, providers, (FakeDataset(n_pairs=60),), measure=measure, seed=seed)
    raw, derived, _ = derive(folder)
    return " ".join(decision(derived, raw.manifest))


def named(noise: float, name: str = "b", rate: float = 1000.0) -> FakeProvider:
    return FakeProvider(name, noise=noise, rate=rate)


def test_ties_of_the_fastest_are_named(tmp_path: Path) -> None:
    text = sentences(tmp_path / "r", [named(0.2, "a"), named(2.0), named(2.0, "late", 500)], measure=SPEED[1:])

    assert "b is the fastest (952 texts/s); not shown to be slower: a." in text
    assert "late" not in text


def test_ties_of_the_best_that_is_also_the_fastest_are_named(tmp_path: Path) -> None:
    text = sentences(tmp_path / "r", [named(0.2, "a"), named(2.0), named(2.0, "late", 500)], seed=4)

    assert "a is also the fastest" in text
    assert "; not shown to be slower: b." in text


def test_speed_that_is_not_shown_is_not_a_trade(tmp_path: Path) -> None:
    text = sentences(tmp_path / "r", [named(0.2, "a"), named(2.0, rate=1015)])

    assert "No provider is shown to be faster than a" in text
    assert "times the speed" not in text


def test_best_is_not_called_fastest_beside_a_faster_baseline(tmp_path: Path) -> None:
    text = sentences(tmp_path / "r", [named(0.2, "a"), named(2.0, rate=500), LEXICAL])

    assert "fastest" not in text


def test_ties_of_the_cheapest_are_named(tmp_path: Path) -> None:
    priced = [FakeProvider(name, noise=noise, usd_per_1m_tokens=usd) for name, noise, usd in
              (("a", 0.2, 0.1), ("b", 2.0, 0.02), ("c", 2.0, 0.02))]  # fmt: skip

    text = sentences(tmp_path / "r", priced)

    assert "b is the cheapest" in text
    assert "; not shown to be more expensive: c." in text


@pytest.mark.parametrize(("rate", "chosen", "said"), [
    (1015, "a", "none is shown to be faster"), (3000, "b", "times as fast as a"),
])  # fmt: skip
def test_choice_for_speed_is_shown_to_be_faster(tmp_path: Path, rate: float, chosen: str, said: str) -> None:
    sentences(tmp_path / "r", [named(0.2, "a"), named(2.0, rate=rate)])
    raw, derived, _ = derive(tmp_path / "r")

    choice = choices_of(derived, raw.manifest)[0].choices[1]

    assert choice.provider == chosen
    assert said in choice.figure
