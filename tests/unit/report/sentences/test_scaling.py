"""The sentence and the figure, from tables whose figures are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from embedmark.derive.rows.timing import ScalingFactRow, ScalingRow
from embedmark.report.figures.marks import legend_of
from embedmark.report.figures.scaling import scaling_figure
from embedmark.report.sentences.scaling import scaling_answers, scaling_notes
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.model import Manifest

KINDS = {"글모델": "bi-encoder", "cross": "cross-encoder"}
MANIFEST = Manifest(datasets=[DatasetFacts(name="내 <글>", n_pairs=1, sha256="")])


def row(provider: str, kind: str, n: int, seconds: float, basis: str = "projected", half: float = 0.1) -> ScalingRow:
    low, high = seconds * (1 - half), seconds * (1 + half)
    return ScalingRow(
        provider=provider, kind=kind, n=n, seconds=seconds, basis=basis, seconds_ci_low=low, seconds_ci_high=high
    )


def fact(provider: str, kind: str, fact: str, value: float, **cells: Any) -> ScalingFactRow:
    return ScalingFactRow(provider=provider, kind=kind, fact=fact, value=value, **cells)


@pytest.fixture
def tables() -> dict[str, list[Any]]:
    rows = [
        *(row(name, kind, n, 0.1, "measured") for n in (40, 80) for name, kind in KINDS.items()),
        row("글모델", "bi-encoder", 160, 0.5, "measured"), row("글모델", "bi-encoder", 320, 1.0, "held-out"),
        row("글모델", "bi-encoder", 10_000, 38.0),
        row("cross", "cross-encoder", 160, 100.0, "measured"), row("cross", "cross-encoder", 320, 400.0, "held-out"),
        row("cross", "cross-encoder", 10_000, 5.2 * 86_400, half=0.06),
        row("글모델+cross", "two-stage", 10_000, 41 * 60.0),
    ]  # fmt: skip
    facts = [
        fact("글모델", "bi-encoder", "fit-encode-per-text", 0.003),
        fact("글모델", "bi-encoder", "projection-off", -0.04, n=320),
        fact("cross", "cross-encoder", "fit-predict-per-pair", 0.008),
        fact("cross", "cross-encoder", "projection-off", 0.03, n=320),
        fact("cross", "cross-encoder", "longer-than-1-h", 1049),
        fact("글모델+cross", "two-stage", "faster-than-all-pairs", 43, candidates=20),
        fact("글모델+cross", "two-stage", "neighbours-kept", 0.91, n=320, candidates=10, top_k=10),
        fact(
            "글모델+cross",
            "two-stage",
            "neighbours-kept",
            0.97,
            n=320,
            candidates=20,
            top_k=10,
            ci_low=0.94,
            ci_high=0.985,
        ),
        fact("글모델+cross", "two-stage", "spearman-gain", 0.0123, ci_low=0.001, ci_high=0.02),
    ]
    return {"scaling.csv": rows, "scaling_facts.csv": facts, "summary.csv": []}


def test_the_answer_in_one_sentence(tables: Any) -> None:
    sentence, limits, stages, gain = scaling_answers(tables, comparisons=1)
    assert sentence == (
        "At 10,000 texts, all pairs: 글모델 38.0 s (95 %: 34.2 to 41.8); the cross-encoder (cross) 5.20 days "
        "(95 %: 4.89 to 5.51); two-stage (글모델+cross) with k = 20 takes up to 41.0 min (95 %: 36.9 to 45.1) and "
        "keeps 97 % (95 %: 94 to 98; by chance 12 %) of the cross-encoder's own top-10 neighbors, measured at "
        "320 texts (at 10,000 texts chance keeps 0.4 %)."
    )
    assert limits == "All pairs: cross takes longer than an hour beyond 1,050 texts."
    assert stages == "Two stages instead of all pairs: 글모델+cross takes less time from 43 texts on."
    assert gain == (
        "Spearman over the same pairs: cross is +0.0123 above 글모델 (95 %, this pair alone: +0.0010 to +0.0200)."
    )


def test_the_check_is_reported(tables: Any) -> None:
    note, intervals = scaling_notes(tables)
    assert intervals == "intervals of projected times: 95 % for one measurement more, each alone"
    assert "projection against measurement at 320 texts, which the fits did not use" in note
    assert "글모델 -4 %, cross +3 %" in note


def test_without_a_check_the_report_says_so(tables: Any) -> None:
    tables["scaling_facts.csv"] = []
    assert scaling_notes(tables)[0].startswith("fewer than three sizes were measured")


def test_far_projection_is_marked(tables: Any) -> None:
    tables["scaling.csv"].append(row("cross", "cross-encoder", 100_000, 4e7))
    assert "100,000 texts: over 100 times the largest measured size (320)" in scaling_notes(tables)[1]
    tables["scaling.csv"] = [r for r in tables["scaling.csv"] if r.n not in (160, 320)]
    tables["scaling.csv"].append(row("cross", "cross-encoder", 80, 1.0, "measured"))
    assert scaling_answers(tables)[0].startswith("At 10,000 texts (far beyond what was measured), all pairs:")


def test_nothing_measured_says_nothing() -> None:
    empty: Any = {"scaling.csv": [], "scaling_facts.csv": [], "summary.csv": []}
    assert scaling_answers(empty) == scaling_notes(empty) == []
    assert scaling_figure(empty, MANIFEST) == ""


def test_the_figure_is_an_svg_of_text(tables: Any) -> None:
    svg = scaling_figure(tables, MANIFEST)
    root = ElementTree.fromstring(svg)
    texts = ["".join(element.itertext()) for element in root.iter("text")]
    for wanted in ("texts n", "1 h", "n = 1,049", "10,000"):
        assert wanted in texts
    assert not any("$" in text for text in texts)
    assert legend_of(svg)[0].series == "글모델 (projection off by -4 %)"
    assert "내 <글>" in root.attrib["aria-label"]
    tips = [element.attrib["data-tip"] for element in root.iter() if "data-tip" in element.attrib]
    assert any(tip.startswith("글모델: 10,000 texts, ") and tip.endswith(", projected") for tip in tips)
    assert "http" not in svg
    assert "#010203" not in svg


def test_far_projections_have_a_gray_background(tables: Any) -> None:
    assert "far beyond" not in scaling_figure(tables, MANIFEST)
    tables["scaling.csv"].append(row("cross", "cross-encoder", 100_000, 4e7))
    assert "far beyond" in scaling_figure(tables, MANIFEST)


def test_similarity_fit_is_drawn_by_its_products(tables: Any) -> None:
    plain = scaling_figure(tables, MANIFEST)
    tables["scaling_facts.csv"].append(fact("글모델", "bi-encoder", "fit-similarity-per-product", 1e-6))
    assert scaling_figure(tables, MANIFEST) != plain


def test_a_name_with_dollar_signs_is_a_name(tables: Any) -> None:
    for name in ("scaling.csv", "scaling_facts.csv"):
        tables[name] = [replace(row, provider=row.provider.replace("글모델", "a$x^2$")) for row in tables[name]]
    assert "a$x^2$+cross" in [entry.series for entry in legend_of(scaling_figure(tables, MANIFEST))]


def test_the_same_tables_give_the_same_bytes(tables: Any) -> None:
    assert scaling_figure(tables, MANIFEST) == scaling_figure(tables, MANIFEST)


def test_a_style_of_the_users_own_changes_nothing(tables: Any) -> None:
    import matplotlib as mpl

    plain = scaling_figure(tables, MANIFEST)
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30}):
        assert scaling_figure(tables, MANIFEST) == plain


def test_of_many_the_fastest_of_each_kind_are_named_and_drawn() -> None:
    rows = [row(f"bi{i:02d}", "bi-encoder", 10_000, 100.0 - i) for i in range(20)]
    rows += [row("cross", "cross-encoder", 10_000, 1e6)]
    rows += [row(f"bi{i:02d}+cross", "two-stage", 10_000, 1000.0 - i) for i in range(20)]
    tables: Any = {"scaling.csv": rows, "scaling_facts.csv": [], "summary.csv": []}
    sentence = scaling_answers(tables)[0]
    assert [f"bi{i:02d} " in sentence for i in (15, 16, 17, 18, 19)] == [False, True, True, True, True]
    assert "cross" in sentence
    assert "bi15+cross" not in sentence
    assert scaling_notes(tables)[-1].startswith("41 providers and pairings: only the 4 fastest of each kind")
    svg = scaling_figure(tables, MANIFEST)
    assert "bi19" in [entry.series for entry in legend_of(svg)]
    assert "bi15" not in svg


def test_rough_projections_have_no_band_or_exact_crossing(tables: Any) -> None:
    exact = scaling_figure(tables, MANIFEST)
    tables["scaling.csv"] = [replace(row, seconds_ci_low=0.0) for row in tables["scaling.csv"]]
    rough = scaling_figure(tables, MANIFEST)
    assert exact.count("fill-opacity: 0.15") == 3
    assert "fill-opacity: 0.15" not in rough
    assert "n = 1,049</text>" in exact
    assert "n ≈ 1,000</text>" in rough
