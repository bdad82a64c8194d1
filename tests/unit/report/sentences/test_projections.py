"""Projections that say no more than an order of magnitude, and those that throughput contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from embedmark.derive.rows.quality import SummaryRow
from embedmark.derive.rows.timing import ScalingFactRow, ScalingRow
from embedmark.report.sentences.projections import disagreement, is_rough, time_with_interval
from embedmark.report.sentences.scaling import scaling_answers
from embedmark.report.tables.page import rough_times, scaling_view
from embedmark.report.text.numbers import rough_duration

Rows = list[ScalingRow]


def row(provider: str, kind: str, n: int, seconds: float, basis: str, ends: tuple[Any, Any]) -> ScalingRow:
    low, high = ends
    return ScalingRow(
        provider=provider, kind=kind, n=n, encodes=n, seconds=seconds, basis=basis, usd=0.43, seconds_ci_low=low,
        seconds_ci_high=high,
    )  # fmt: skip


def rows(sizes: int = 3, ends: tuple[Any, Any] = (7000.0, 8400.0)) -> Rows:
    measured = [row("cross", "cross-encoder", 10 * 2**i, 4.0**i, "measured", (None, None)) for i in range(sizes)]
    return [*measured, row("cross", "cross-encoder", 1000, 7704.0, "projected", ends)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7704, "about 2 h"), (8.94 * 86_400, "about 9 days"), (15.6, "about 16 s"), (3246, "about 50 min"),
     (0.148, "about 150 ms"), (9.6e-4, "about 1,000 µs"), (4e9, "about 50,000 days")],
)  # fmt: skip
def test_about_has_the_digits_that_are_known(seconds: float, text: str) -> None:
    assert rough_duration(seconds) == text


@pytest.mark.parametrize(("sizes", "ends", "text"), [
    (3, (7000.0, 8400.0), "2.14 h (95 %: 1.94 to 2.33)"),
    (2, (7000.0, 8400.0), "about 2 h"),
    (3, (0.0, 35_640.0), "about 2 h"),
    (3, (1200.0, 48_000.0), "about 2 h"),
    (3, (None, None), "about 2 h"),
])  # fmt: skip
def test_an_interval_is_shown_where_it_says_something(sizes: int, ends: tuple[Any, Any], text: str) -> None:
    every = rows(sizes, ends)
    assert time_with_interval(every[-1], every) == text
    assert is_rough(every[-1], every) == text.startswith("about")
    assert not is_rough(every[0], every)
    cell = scaling_view(every).rows[-1][4].text
    assert cell == ("about 2 h" if text.startswith("about") else "2.14 h [117 min, 2.33 h]")
    assert bool(rough_times(every)) == text.startswith("about")


def test_a_pairing_rests_on_the_fewer_sizes_of_its_parts() -> None:
    every = [*rows(3), row("a+b", "bi-encoder", 10, 1.0, "measured", (None, None)),
             row("a+b+cross", "two-stage", 1000, 100.0, "projected", (90.0, 110.0))]  # fmt: skip
    assert is_rough(every[-1], every)
    every[4:4] = [row("a+b", "bi-encoder", n, 1.0, "measured", (None, None)) for n in (20, 40)]
    assert not is_rough(every[-1], every)


def test_the_sentence_says_why_once() -> None:
    one = scaling_answers({"scaling.csv": rows(2), "scaling_facts.csv": []})[0]
    assert one.endswith("the cross-encoder (cross) about 2 h (too few sizes for a useful interval).")
    two: Rows = [*rows(2), *(replace(each, provider="other") for each in rows(2))]
    sentence = scaling_answers({"scaling.csv": two, "scaling_facts.csv": []})[0]
    assert "cross about 2 h; other about 2 h. About: too few sizes for a useful interval." in sentence


def kept(n: int) -> ScalingFactRow:
    return ScalingFactRow(
        provider="bi+cross", kind="two-stage", fact="neighbours-kept", value=0.7, n=n, candidates=20, top_k=10,
        ci_low=0.6, ci_high=0.8,
    )  # fmt: skip


def summary(provider: str, unit: str, rate: float) -> list[SummaryRow]:
    return [SummaryRow(provider=provider, kind="", model="", dataset="", unit=unit, items_per_s=rate)]


def test_a_share_that_chance_would_reach_is_not_shown() -> None:
    every = [*rows(3), row("bi", "bi-encoder", 1000, 1.0, "projected", (None, None)),
             row("bi+cross", "two-stage", 1000, 100.0, "projected", (90.0, 110.0))]  # fmt: skip
    text = " ".join(scaling_answers({"scaling.csv": every, "scaling_facts.csv": [kept(40)]}))
    assert "70 %" not in text
    assert (
        "40 texts are too few to tell how many of the cross-encoder's own top-10 neighbors two stages keep: 20 "
        "candidates of 39 contain 76 % of them by chance."
    ) in text
    text = " ".join(scaling_answers({"scaling.csv": every, "scaling_facts.csv": [kept(240)]}))
    assert "keeps 70 % (95 %: 60 to 80; by chance 16 %) of the cross-encoder's own top-10 neighbors" in text
    assert "too few to tell" not in text


def test_contradicted_projection_is_named_with_both_figures() -> None:
    near, apart = (summary("cross", "pair", 499_500 / seconds) for seconds in (7704 / 1.2, 5000))
    tables: Any = {"scaling.csv": rows(3), "scaling_facts.csv": [], "summary.csv": near}
    assert disagreement(tables) == ""
    tables["summary.csv"] = apart
    assert "the measured throughput: cross 2.14 h and 83.3 min; trust the throughput" in disagreement(tables)
    tables["scaling.csv"][-1] = replace(tables["scaling.csv"][-1], basis="measured")
    assert disagreement(tables) == ""


def test_the_time_to_compare_vectors_is_no_contradiction() -> None:
    table = [row("bi", "bi-encoder", 1000, 2.0, "projected", (1.9, 2.1))]
    fact = ScalingFactRow(provider="bi", kind="bi-encoder", fact="fit-similarity-per-pair", value=1.0 / 499_500)
    timed = summary("bi", "text", 1000.0)
    assert disagreement({"scaling.csv": table, "scaling_facts.csv": [fact], "summary.csv": timed}) == ""
    assert "bi about 2 s and 1.00 s" in disagreement(
        {"scaling.csv": table, "scaling_facts.csv": [], "summary.csv": timed}
    )
