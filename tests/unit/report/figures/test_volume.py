"""Cost over the volume, drawn; and labels that do not lie on each other."""

from __future__ import annotations

import itertools
import re
from html import unescape

from embedmark.derive import derive_all
from embedmark.language import using
from embedmark.report.figures.labels import Box, PointLabel, label_points, spread_heights
from embedmark.report.figures.marks import legend_of
from embedmark.report.figures.volume import volume_plots
from tests.unit.report.tables.test_costs import two


def svg(language: str = "en") -> str:
    with using(language):
        [plot] = volume_plots(derive_all(two(vector_usd_per_gb_month=10.0).build()))
    return plot.svg


def test_lines_answer_with_their_bill_at_the_volume() -> None:
    tips = [unescape(tip) for tip in re.findall(r'data-tip="([^"]*)"', svg())]

    assert "small: 10,000,000 documents → $7,451.20" in tips
    assert any(tip.startswith("local: 10,000,000 documents → $") and "[" in tip for tip in tips)


def test_crossing_answers_with_its_sentence_and_interval() -> None:
    found = re.search(r'data-tip="(From [^"]* documents on \(95 %: [^"]*\), [^"]*small[^"]*)"', svg())

    assert found is not None


def test_lines_differ_in_marker_and_dash() -> None:
    figure = svg()

    assert len({entry.glyph for entry in legend_of(figure)}) == 2
    assert "stroke-dasharray" in figure


def test_axes_are_korean_on_a_korean_page() -> None:
    figure = svg("ko")

    assert "첫해 비용(USD)" in figure
    assert "문서 수" in figure


def test_no_bill_no_figure() -> None:
    suite = two(volume=None)

    assert volume_plots(derive_all(suite.build())) == []


def placed(points: list[tuple[float, float]], text: str = "256") -> list[Box]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.9))
    axes = figure.subplots()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    return label_points(figure, axes, [PointLabel(text=text, x=x, y=y) for x, y in points])


def test_labels_of_near_points_do_not_overlap() -> None:
    boxes = placed([(5 + 0.12 * i, 5 + 0.1 * (i % 3)) for i in range(9)])

    assert len(boxes) > 3
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_label_without_room_is_left_out() -> None:
    assert placed([(5.0, 5.0)], text="x" * 400) == []


def test_names_at_the_end_of_lines_stay_apart_and_within() -> None:
    heights = spread_heights([95.0, 96.0, 97.0, 40.0][::-1], 12.0, 0.0, 100.0)

    assert all(b - a >= 12.0 - 1e-9 for a, b in itertools.pairwise(sorted(heights)))
    assert max(heights) <= 100.0
    assert 40.0 in heights


def test_provider_timed_too_seldom_is_said_to_have_no_interval() -> None:
    suite = two()
    suite.samples.clear()
    suite.passes("local", [1.0], n=1000, tokens=20_000.0)
    [plot] = volume_plots(derive_all(suite.build()))

    assert plot.caption.endswith("No interval for local: timed too seldom, or on a noisy machine.")


def test_free_provider_is_named_and_not_drawn() -> None:
    suite = two(vector_usd_per_gb_month=0.0)
    suite.prices[0] = suite.prices[0] | {"usd_per_1m_tokens": 0.0}
    [plot] = volume_plots(derive_all(suite.build()))

    assert "Free, and not drawn: small." in plot.caption
    assert [entry.series for entry in legend_of(plot.svg)] == ["local"]
