"""Reports of all sorts of runs: the terminal and Markdown against golden files, the page for what it must hold.

To accept a change: EMBEDMARK_GOLDEN=write python -m pytest tests/unit/report, and read the diff.
"""

from __future__ import annotations

import functools
import os
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from embedmark.derive import Derived, derive_all
from embedmark.language import using
from embedmark.report.tables.summary import make_view
from embedmark.report.terminal import terminal_text
from embedmark.runs.derived import derive_files
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import RawRun, read_run
from tools.synthetic import FakeDataset, FakeProvider, make_run

GOLDEN = Path(__file__).parents[2] / "golden"
SMALL, LARGE = FakeProvider("minilm", noise=1.2, rate=2000), FakeProvider("큰 모델", noise=0.8, rate=200)
API = FakeProvider("api|v3", noise=0.82, rate=150, usd_per_1m_tokens=0.02)
CROSS = FakeProvider("cross", kind="cross-encoder", untrained=True, rate=90)
FAILED = FakeProvider("broken", error="the hub does not answer")
NOISY = FakeProvider("noisy", noise=1.0, host_state="noisy")
BUSY = {
    "code": "noisy-host",
    "message": "the machine was noisy at 20 of 100 checks",
    "advice": "run again",
    "data": {},
}
DATA = (FakeDataset("stsb/test", 150),)

RUNS: dict[str, Callable[[Path], Path]] = {
    "usual": lambda folder: make_run(
        folder, (SMALL, LARGE, API, CROSS), (*DATA, FakeDataset("한국어/시험", 80)), calls=400, keep_text=True
    ),
    "failures": lambda folder: make_run(folder, (SMALL, FAILED), DATA),
    "one-provider": lambda folder: make_run(folder, (SMALL,), DATA),
    "no-accuracy": lambda folder: make_run(folder, (SMALL, LARGE), DATA, measure=("throughput", "cost")),
    "noisy": lambda folder: make_run(folder, (SMALL, NOISY), DATA, warnings=(BUSY,)),
    "all-failed": lambda folder: make_run(folder, (FAILED,), DATA),
    "constant": lambda folder: make_run(folder, (SMALL, FakeProvider("flat", constant=True)), DATA),
}


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("EMBEDMARK_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@functools.cache
def derived_of(base: Path, name: str) -> tuple[RawRun, Derived, dict[str, bytes]]:
    return derive_files(RUNS[name](base / name))


def with_facts(raw: RawRun, **facts: object) -> Manifest:
    return Manifest.from_json(raw.manifest.to_json() | facts)


@pytest.mark.parametrize("name", RUNS)
def test_terminal_and_markdown_are_as_agreed(name: str, base: Path) -> None:
    raw, derived, files = derived_of(base, name)
    for width in (80, 120):
        shown = terminal_text(make_view(raw.manifest, derived), Path("results") / name, width)
        text = "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"
        check(f"{name}-{width}.txt", text)
    check(f"{name}.md", files["report.md"].decode("utf-8"))


@pytest.mark.parametrize("name", RUNS)
def test_the_page_is_whole(name: str, base: Path) -> None:
    text = derived_of(base, name)[2]["report.html"].decode("utf-8")
    for section in ("To run it again", "Files", name):
        assert section in text
    assert ("Failures" in text) == (name in ("failures", "all-failed"))
    assert ("Worst pairs" in text) == (name not in ("no-accuracy", "all-failed"))
    # No address is ever loaded: nothing but the page's own parts.
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)
    assert "http" not in text.replace("http-equiv", "").replace("https-", "")
    assert len(re.findall(r'role="img"', text)) == text.count("<svg")


@pytest.mark.parametrize("name", ["usual", "all-failed"])
def test_terminal_ends_with_warnings_page_and_folder(name: str, base: Path) -> None:
    raw, derived, _ = derived_of(base, name)
    folder = Path("결과") / ("long" * 30)

    lines = terminal_text(make_view(with_facts(raw, warnings=[BUSY]), derived), folder, 80).rstrip("\n").split("\n")

    assert lines[-3] == f"1 warning: embedmark show {shlex.quote(str(folder))} --warnings"
    assert lines[-2] == f"page: {folder / 'report.html'}"
    assert lines[-1].split(" (")[0] == str(folder)
    assert BUSY["message"] not in "\n".join(lines)


def six_providers(folder: Path, measure: tuple[str, ...] = ("accuracy", "throughput", "latency")) -> Path:
    names = ("all-mpnet-base-v2", "minilm", "bge-m3", "wordllama", "multilingual-e5-small", "text-embedding-3-small")
    providers = [FakeProvider(name, noise=0.7 + 0.1 * i, rate=100 * 3**i) for i, name in enumerate(names)]
    return make_run(folder, providers, (FakeDataset("stsb/test", 100), FakeDataset("우리 문장쌍/시험", 60)),
                    measure=measure, warnings=(BUSY,))  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ko"])
def test_terminal_is_one_screen_for_six_providers(language: str, tmp_path: Path) -> None:
    raw = read_run(six_providers(tmp_path / "run"))
    derived = derive_all(raw)

    with using(language):
        lines = terminal_text(make_view(raw.manifest, derived), Path("results/run"), 80).rstrip("\n").split("\n")

    assert len(lines) <= 25
    assert max(map(cell_len, lines)) <= 80
    sentences = lines[lines.index("") + 1 :]
    best = max(derived.tables["summary.csv"][:6], key=lambda row: row.value or 0.0)
    assert sentences[0].startswith(str(best["provider"]))


@pytest.mark.parametrize("width", [30, 40, 60, 70])
def test_narrow_terminal_drops_columns_and_cuts_nothing(width: int, base: Path) -> None:
    raw, derived, _ = derived_of(base, "one-provider")
    view = make_view(raw.manifest, derived)

    text = terminal_text(view, Path("run"), width)

    whole = {cell for table in view.tables for row in table.rows for cell in row}
    cells = {cell.strip() for line in text.splitlines() if line.startswith("minilm  ") for cell in line.split("  ")}
    assert cells - {""} <= whole
    assert max(map(len, text.splitlines())) <= width
    assert "all pairs" not in text.partition("minilm  ")[0]


def test_baseline_that_wins_is_said_first(tmp_path: Path) -> None:
    raw = read_run(
        make_run(tmp_path / "run", (FakeProvider("words", noise=0.2), FakeProvider("minilm", noise=3)), DATA)
    )
    raw.manifest.providers[0].plugin = "lexical"
    raw.manifest.datasets[0].letters = "Korean 98 %, Latin letters 2 %"

    first = make_view(raw.manifest, derive_all(raw)).decision[0]

    assert first.startswith("The no-model baseline wins on stsb/test: no model here reads Korean, words reaches")


def test_all_pairs_are_said_only_where_scaling_was_measured(base: Path, tmp_path: Path) -> None:
    raw = read_run(six_providers(tmp_path / "run"))
    asked = derived_of(base, "usual")

    without = make_view(raw.manifest, derive_all(raw))

    assert not [text for text in (*without.decision, *without.answers) if "ll pairs" in text]
    assert [text for text in make_view(asked[0].manifest, asked[1]).decision if text.startswith("All pairs of")]


def test_what_is_paid_for_and_who_was_noisy_is_said(base: Path) -> None:
    raw, derived, _ = derived_of(base, "usual")
    noisy = [replace(row, host_state="noisy") for row in derived.tables["summary.csv"]]
    manifest = with_facts(raw, host={"looks": 428, "noisy": 376})
    view = make_view(manifest, replace(derived, tables=derived.tables | {"summary.csv": noisy}))
    assert "Every provider was timed on a noisy machine (376 of 428 checks)." in view.answers
    assert "noisy timings: every provider" in view.tables[0].notes
    titles = [column.title.replace("\n", " ") for column in view.tables[0].columns]
    assert "$/1M texts or pairs" in titles
    assert "throughput at the best batch size measured; in pairs: cross" in view.tables[0].notes
    [pairs] = [text for text in view.answers if text.startswith("All pairs of 1,000 texts")]
    assert re.search(r"; cross [\d.]+ min, \$[\d.]+ \(499,500 predictions\)", pairs)


def test_noise_of_passes_is_not_said_of_a_quiet_machine(base: Path) -> None:
    """The page said `timed on a noisy machine (0 of 425 checks)`."""
    raw, derived, _ = derived_of(base, "usual")
    first, *others = derived.tables["summary.csv"]
    rows = [replace(first, host_state="noisy"), *others]
    manifest = with_facts(raw, host={"looks": 425, "noisy": 0})
    view = make_view(manifest, replace(derived, tables=derived.tables | {"summary.csv": rows}))

    [told] = [text for text in view.answers if "oisy" in text]
    assert told.startswith(f"Noisy timings: {first.provider}. Passes spread by more than 5")
    assert not [text for text in view.answers if text in view.decision]


def test_accuracy_alone_is_reported_without_a_word_on_timings(tmp_path: Path) -> None:
    raw = read_run(make_run(tmp_path / "run", (SMALL, NOISY), DATA, measure=("accuracy",)))
    manifest = with_facts(raw, host={"looks": 428, "noisy": 376})

    view = make_view(manifest, derive_all(raw))
    text = "\n".join([*view.decision, *view.answers, terminal_text(view, tmp_path, 100)])

    assert "Most accurate on stsb/test" in text
    assert not re.search(r"timed|noisy machine|a second|p50|cheap", text, re.IGNORECASE)


def test_all_files_are_the_same_every_time(base: Path) -> None:
    files = derived_of(base, "usual")[2]
    assert derive_files(base / "usual")[2] == files


def test_the_answer_comes_first_and_is_computed(base: Path) -> None:
    text = derived_of(base, "usual")[2]["report.html"].decode("utf-8")
    answer = text[text.index('class="answer"') : text.index("<table")]
    assert "Most accurate on stsb/test: 큰 모델" in answer
    assert "not shown to be worse: api|v3" in answer
    assert "Most texts a second: minilm" in answer
    # $0.20 an hour is $146.1 a month; 15 tokens a text at $0.02 for 1M are $0.0000003 a text: 487 M texts.
    assert "Below 487 M texts a month api|v3 is cheaper than a machine of $146 a month with minilm, 큰 모델." in answer
    assert "No accuracy for cross: no trained head." in answer


def test_sentences_are_shown_only_where_they_are_at_hand(base: Path) -> None:
    kept = derived_of(base, "usual")[2]["report.html"].decode("utf-8")
    gone = derived_of(base, "one-provider")[2]["report.html"].decode("utf-8")
    assert "고양이가 자고 있다" in kept
    assert "고양이가 자고 있다" not in gone
    assert "not kept" in gone


def test_page_of_thirty_providers_is_small_enough_to_send(tmp_path: Path) -> None:
    many = [FakeProvider(f"provider {i:02d}", noise=0.7 + 0.05 * i, rate=50.0 * (i + 1)) for i in range(30)]
    long = (("가나다라 " * 1000, "x" * 5000), ("짧다", "short"))
    data = [FakeDataset(f"data/{i}", 20, long) for i in range(2)]
    files = derive_files(make_run(tmp_path / "many", many, data, keep_text=True))[2]
    assert len(files["report.html"]) < 1_500_000
    assert "provider 29" in files["report.html"].decode("utf-8")
