"""Sentences on the cost at a volume, and on the smallest vectors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from embedmark.derive import Derived, derive_all
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.derive.cost.crossings import Crossing
from embedmark.language import using
from embedmark.report.sentences.decision import decision
from embedmark.report.sentences.volume import compression_answers, crossing_sentence, volume_answers
from tests.unit.report.tables.test_costs import reranked, two


def said(suite: Any) -> list[str]:
    return volume_answers(derive_all(suite.build()))


def test_first_sentence_names_the_cheapest_and_its_largest_term() -> None:
    assert said(two())[0] == (
        "At 10,000,000 documents and 3,000,000 queries a month small costs the least in its first year: $2,880.06, of "
        "which 97 % are for keeping vectors."
    )


def test_the_first_year_is_among_the_sentences_to_decide_by() -> None:
    raw = two().build()

    assert said(two())[0] in decision(derive_all(raw), raw.manifest)


def test_what_has_no_bill_is_named_with_what_is_missing() -> None:
    assert said(two(hardware_usd_per_hour=None))[-1] == (
        "local has no first year's cost; missing: the price of a machine (measure.cost.hardware_usd_per_hour)."
    )


def test_crossing_has_its_interval() -> None:
    crossing = Crossing(below="a", above="b", documents=1_234_567.0, low=1e6, high=2e6)

    assert crossing_sentence(crossing) == (
        "From 1,230,000 documents on (95 %: 1,000,000 to 2,000,000), with queries in proportion, b is cheaper than a."
    )


def test_no_crossing_is_said_to_be_at_any_volume() -> None:
    found = crossing_sentence(Crossing(below="a", above="b", documents=None))

    assert found == "a is cheaper than b at any volume up to 10,000 times this one."


@pytest.mark.parametrize(("gain", "words"), [(1.0, "for each dollar."), (-1.0, "makes the order worse")])
def test_second_stage_is_told_with_what_it_gains(gain: float, words: str) -> None:
    [stage] = [text for text in said(reranked(gain)) if text.startswith("cross reranks the first 150 documents")]

    assert "for $4.00 a 1,000 queries" in stage
    assert words in stage


def cell(dims: int, size: int, difference: tuple[float, float, float] | None, **facts: Any) -> CompressionCell:
    return CompressionCell(
        provider="a", dataset="d", dims=dims, precision="int8" if difference else "float32", size=size,
        metric="spearman", value=0.7, interval=None, is_full=difference is None,
        difference=None if difference is None else difference[0],
        difference_interval=None if difference is None else difference[1:], **facts,
    )  # fmt: skip


def smallest(*cells: CompressionCell) -> str:
    details = SimpleNamespace(compression=cells, volume=SimpleNamespace(volume=SimpleNamespace(documents=1e7)))
    [sentence] = compression_answers(cast(Derived, SimpleNamespace(details=details)))
    return sentence


FULL = cell(256, 1024, None, gb=10.24, usd_per_month=38.912)


def test_smallest_equal_vectors_have_their_gb_and_usd() -> None:
    equal = cell(256, 256, (-0.0001, -0.0002, 0.0001), gb=2.56, usd_per_month=9.728)
    worse = cell(64, 64, (-0.03, -0.04, -0.02), gb=0.64, usd_per_month=2.432)

    assert smallest(FULL, equal, worse) == (
        "The smallest vectors of a that are not shown to be worse on d: 256 dimensions as int8, 256 bytes in place of "
        "1024 (difference -0.0001 [-0.0002, +0.0001]), 2.56 GB ($9.73 a month) in place of 10.2 GB ($38.91 a month) at "
        "your volume."
    )


def test_vectors_that_cannot_be_smaller_are_named() -> None:
    worse = cell(64, 64, (-0.03, -0.04, -0.02))

    assert smallest(FULL, worse) == "Vectors of a cannot be made smaller on d without a loss that is shown."


def test_sentences_are_korean_on_a_korean_page() -> None:
    with using("ko"):
        sentences = said(reranked(1.0))

    assert not [text for text in sentences if not any("가" <= letter <= "힣" for letter in text)]


def test_two_that_cost_the_same_are_both_named() -> None:
    suite = two()
    suite.provider("twin", plugin="openai", model="small", dim=1536)
    suite.prices.append(suite.prices[0] | {"provider": "twin"})
    sentences = said(suite)

    assert sentences[0].endswith("the first year costs the least with small, twin: $2,880.06.")
    assert "small and twin cost the same at any volume." in sentences


def test_second_stage_without_a_price_says_so() -> None:
    suite = reranked(1.0)
    suite.prices.pop()
    suite.sample("cross", "retrieval", dataset="r", requests=1.0, n_items=10.0)
    [stage] = [text for text in said(suite) if text.startswith("cross puts")]

    assert stage.endswith("what that costs is not known.")


def test_vectors_shown_to_be_better_are_not_left_out() -> None:
    better = cell(256, 32, (0.01, 0.005, 0.015), gb=0.32, usd_per_month=1.216)

    assert smallest(FULL, better).startswith("The smallest vectors of a that are not shown to be worse on d: 256")
