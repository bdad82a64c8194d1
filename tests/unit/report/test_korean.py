"""Reports in Korean: nothing in English is left but names, file names and units."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from embedmark.comparison.gate import check_rules
from embedmark.comparison.rules import REQUIRE, parse_rule
from embedmark.derive import derive_all
from embedmark.language import from_english, using
from embedmark.pipeline import compare
from embedmark.report import comparison
from embedmark.report.html import render_html
from embedmark.report.markdown import render_markdown
from embedmark.report.tables.summary import make_view
from embedmark.report.terminal import terminal_text
from embedmark.store.read import read_run
from tools.synthetic import FakeDataset, FakeProvider, make_run

# Names, and what stays in Latin letters in Korean technical prose.
LATIN = re.compile(
    r"minilm|cross|wordllama|stsb/test|synthetic|CPU|GiB|Python|embedmark[\w .-]*|[\w./]+\.(?:csv|html|json)|noisy|"
    r"(?:p50|p95|p99)?\s?ms|measure\.[\w.]+|[a-z]+_[a-z_]+|--[\w-]+|show results/run|k = |µs"
)
RUN = "results/run"
THREE_WORDS = r"[A-Za-z]{2,}(?:[ -][A-Za-z]{2,}){2,}"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Any]:
    providers = (
        FakeProvider("minilm", noise=0.8, rate=200),
        FakeProvider("wordllama", noise=1.2, rate=2000, host_state="noisy"),
        FakeProvider("cross", kind="cross-encoder", untrained=True, rate=90),
    )
    warning = {
        "code": "duplicates",
        "message": "minilm: the first call took 12 times as long as the median call, and warm-up is 0",
        "advice": "see failures.csv; results are over the other images",
        "data": {},
    }
    folder = make_run(tmp_path_factory.mktemp("runs") / "run", providers, (FakeDataset("stsb/test", 100),),
                      warnings=(warning,))  # fmt: skip
    raw = read_run(folder)
    return raw.manifest, derive_all(raw)


@pytest.mark.parametrize("form", ["terminal", "wide terminal", "markdown"])
def test_no_english_sentence_is_left_in_korean(form: str, parts: tuple[dict[str, Any], Any]) -> None:
    manifest, derived = parts

    with using("ko"):
        if form == "markdown":
            text = render_markdown(manifest, derived).replace("\\", "")
        else:
            text = terminal_text(make_view(manifest, derived), Path(RUN), 80 if form == "terminal" else 200)

    english = [line for line in text.splitlines() if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", LATIN.sub("", line))]
    assert english == []
    assert "바이 인코더" in text or form == "terminal"


def test_page_and_its_figures_have_no_english_sentence(parts: tuple[Any, Any]) -> None:
    manifest, derived = parts

    with using("ko"):
        page = render_html(manifest, derived, {})

    page = re.sub(r"<(script|style|pre)\b.*?</\1>", "", page, flags=re.DOTALL)
    described = re.findall(r'(?:aria-label|title|data-tip)="([^"]*)"', page)
    lines = [*re.sub(r"<[^>]+>", "\n", page).splitlines(), *described]
    assert [line for line in lines if re.search(THREE_WORDS, LATIN.sub("", line))] == []
    assert any("모든 쌍의 시간" in text for text in described)


def test_comparison_has_no_english_sentence(tmp_path: Path) -> None:
    dataset = FakeDataset("stsb/test", 60)
    before = make_run(tmp_path / "before", (FakeProvider("minilm", noise=0.8), FakeProvider("wordllama")), (dataset,))
    after = make_run(tmp_path / "after", (FakeProvider("minilm", noise=1.5, host_state="noisy"),), (dataset,))
    compared = compare(before, after).compared
    verdicts = check_rules([parse_rule("spearman > -0.005", REQUIRE)], compared)

    with using("ko"):
        text = "\n".join(
            [
                comparison.markdown_text(compared, verdicts).replace("\\", ""),
                comparison.comparison_text(compared, 80),
            ]
        )

    assert [line for line in text.splitlines() if re.search(THREE_WORDS, LATIN.sub("", line))] == []
    assert "제공자" in text


def test_warning_is_recognized_with_its_figures() -> None:
    with using("ko"):
        assert from_english("a b: 3 of 20 passes are far from the median pass") == (
            "a b: 패스 20개 중 3개가 중앙값에서 멀리 벗어납니다"
        )
