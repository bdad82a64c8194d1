"""Figures as elements of a page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from embedmark.derive.details import frontier
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.search.details import RecallCurve, RetrievalDetails
from embedmark.report.figures.marks import legend_of
from embedmark.report.figures.retrieval import recall_plot
from embedmark.report.figures.speed import throughput_figure
from embedmark.report.figures.style import MARKERS, SERIES, fitting_name, inline, one_look_each, series
from embedmark.report.figures.tradeoff import Point, tradeoff_figure
from embedmark.report.text.numbers import volume

POINTS = [Point("한국어 모델", 10.0, 0.8, 0.7, 0.9, "text"), Point("$x_1$ <b>", 1000.0, 0.6, None, None, "text")]


def figure(name: str = "one") -> str:
    return tradeoff_figure(name, POINTS, x_label="texts per second", y_label="Spearman", smaller_x=False)


def test_text_stays_text_and_is_escaped() -> None:
    svg = figure()
    assert ">한국어 모델</text>" in svg
    assert "$x_1$ &lt;b&gt;</text>" in svg
    assert "<b>" not in svg


def test_it_is_the_same_every_time_and_asks_for_nothing() -> None:
    assert figure() == figure()
    assert not re.search(r"https?:|font-family|<metadata|xmlns|<\?xml", figure())


def test_colours_follow_the_page() -> None:
    colours = set(re.findall(r"#[0-9a-f]{6}\b", figure()))
    assert colours <= {"#ffffff", "#000000"}
    assert "var(--s1)" in figure()


def test_ids_of_two_figures_do_not_meet() -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', figure(name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', figure()))
    assert used <= ids[0]


def test_provider_keeps_its_color_in_every_figure() -> None:
    row = ThroughputRow(provider="b", kind="", model="", dataset="d", batch_size=8, items_per_s=9.0)
    point = replace(POINTS[0], name="b")

    with one_look_each(["a", "b", "x+b", "b"]):
        svgs = (
            throughput_figure("t", [row, replace(row, provider="x+b")]),
            tradeoff_figure("p", [point], x_label="x", y_label="y", smaller_x=True),
        )

    assert [(entry.series, entry.color) for entry in legend_of(svgs[0])] == [("b", "--s2"), ("x+b", "--s3")]
    assert ["var(--s2)" in svg for svg in svgs] == [True, True]
    assert not any("var(--s1)" in svg for svg in svgs)


def test_equal_recall_curves_are_both_seen() -> None:
    """The later one is dashed, with smaller markers, and each answers with both names."""
    curves = tuple(
        RecallCurve(provider=name, k=(1, 10), recall=(0.5, end))
        for name, end in zip("abc", (1.0, 1.0, 0.7), strict=True)
    )

    details = RetrievalDetails(dataset="d", random_ndcg=0.1, lexical_overlap=0.5, curves=curves, differences=())

    svg = recall_plot(details, 0).svg

    assert svg.count("stroke-dasharray") == 1
    assert svg.count('data-tip="a, b, c: recall@1 0.500"') == 3
    assert svg.count('data-tip="a, b: recall@10 1.000"') == 2
    assert svg.count('data-tip="c: recall@10 0.700"') == 1


def test_series_are_told_apart_without_colour() -> None:
    assert len({series(i) for i in range(len(SERIES) * len(MARKERS))}) == len(SERIES) * len(MARKERS)


@pytest.mark.parametrize(
    ("points", "smaller_x", "expected"),
    [
        ([(1, 0.5), (2, 0.4), (3, 0.6)], False, [2]),
        ([(1, 0.8), (2, 0.7), (3, 0.6)], False, [2, 1, 0]),
        ([(1, 0.8), (2, 0.7), (3, 0.9)], True, [0, 2]),
        ([(2, 0.7), (2, 0.8)], False, [1]),
        ([(2, 0.7)], True, [0]),
    ],
)
def test_the_frontier_is_what_nothing_beats(
    points: list[tuple[float, float]], smaller_x: bool, expected: list[int]
) -> None:
    assert frontier(points, smaller_x=smaller_x) == expected


def test_names_and_volumes_fit() -> None:
    assert fitting_name("short") == "short"
    assert fitting_name("가" * 20, 20) == "가" * 9 + "…"
    assert [volume(x) for x in (950, 12_000, 3.1e6, 2.4e9)] == ["950", "12 k", "3.1 M", "2.4 G"]


@pytest.mark.parametrize(
    ("anchor", "x", "words", "box"),
    [
        ("text-anchor: middle; ", 100, "가" * 10, "0 0 200 50"),  # a label in the middle has room on both sides
        ("text-anchor: end; ", 40, "가" * 10, "-60 0 260 50"),
        ("", 150, "가" * 10, "0 0 250 50"),
        ("text-anchor: end; ", 40, "a" * 100, "0 0 200 50"),  # laid out as it will be drawn
    ],
)
def test_figure_is_as_wide_as_its_korean_texts(anchor: str, x: int, words: str, box: str) -> None:
    text = f'<text style="font-size: 10px; {anchor}fill: #010203" x="{x}" y="5" transform="rotate(-0 {x} 5)">{words}'

    assert f'viewBox="{box}"' in inline(f'<svg viewBox="0 0 200 50">{text}</text></svg>', "f", "alt")
