"""`plan`: what it tells somebody who has no key yet, a small dataset, or a budget to keep."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

KEYED = "  - {name: api, use: openai, model: text-embedding-3-small}\n"
UNTRAINED = """
class Untrained(Overlap):
    info = ProviderInfo(plugin="overlap", model="overlap", kind="cross-encoder", untrained=True)
"""


def rewrite(work, *changes):
    text = (work / "small.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (work / "small.yaml").write_text(text, encoding="utf-8")


def with_api(work, monkeypatch):
    pytest.importorskip("openai")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    rewrite(work, ("datasets:\n", KEYED + "datasets:\n"))


def default_sizes(work, pairs):
    rewrite(work, ("sizes: [4, 6, 8], ", ""))
    lines = ["sentence1\tsentence2\tscore", *(f"글 {i}\ttext {i}\t{i % 5}" for i in range(pairs))]
    (work / "쌍.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_price_can_be_asked_for_without_a_key(embedmark, work, monkeypatch):
    with_api(work, monkeypatch)
    done = embedmark("plan", "small.yaml")
    assert done.code == 0
    assert done.out.startswith("This run bills at most $0.")
    assert "note: api: no API key: OPENAI_API_KEY is not set; `embedmark run` will need it" in done.out
    keyless = done.out

    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    done = embedmark("plan", "small.yaml")
    assert "note:" not in done.out
    assert [line for line in keyless.splitlines() if "note:" not in line] == done.out.splitlines()


def test_plan_says_that_texts_go_to_another_server(embedmark, work, monkeypatch):
    with_api(work, monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    done = embedmark("plan", "small.yaml")

    assert done.code == 0
    assert "note: api: OPENAI_BASE_URL is set: texts go to http://127.0.0.1:9/v1\n" in done.out


def test_run_without_key_writes_nothing_and_says_what_to_do(embedmark, work, monkeypatch):
    with_api(work, monkeypatch)
    done = embedmark("run", "small.yaml", "--out", "r")
    assert done.code == 2
    assert "small.yaml:5, provider 'api'" in done.err
    assert "export OPENAI_API_KEY=" in done.err
    assert "or leave it out: --only 길이,overlap\n" in done.err
    assert not (work / "r").exists()


def test_only_of_a_later_provider_still_names_its_own_line(embedmark, work, monkeypatch):
    with_api(work, monkeypatch)
    done = embedmark("run", "small.yaml", "--only", "api")
    assert "small.yaml:5, provider 'api'" in done.err
    assert "leave it out" not in done.err


@pytest.mark.parametrize(("pairs", "sizes", "said"), [
    (20, [5, 8, 12, 18, 27, 40], "measured at 5, 8, 12, 18, 27, 40;"),
    (4, [2, 3, 5, 8], "measured at 2, 3, 5, 8;"),
    (2, [2, 4], "measured at 2, 4; with fewer than three sizes no projection is checked;"),
])  # fmt: skip
def test_default_sizes_shrink_to_the_dataset_and_say_so(embedmark, work, pairs, sizes, said):
    default_sizes(work, pairs)
    done = embedmark("plan", "small.yaml")
    assert done.code == 0
    assert f"쌍 has {2 * pairs} different texts, fewer than the 80 of the default sizes" in done.out
    assert said in done.out
    done = embedmark("run", "small.yaml", "--only", "길이", "--out", "r")
    assert done.code == 0, done.err
    manifest = json.loads((work / "r/manifest.json").read_text(encoding="utf-8"))
    assert manifest["suite"]["measure"]["scaling"]["sizes"] == sizes
    assert "fewer-texts" in {warning["code"] for warning in manifest["warnings"]}
    rows = (work / "r/samples.csv").read_text(encoding="utf-8").splitlines()
    measured = {row.split(",")[6] for row in rows if ",scaling," in row and ",encode," in row}
    assert {int(n) for n in measured} == set(sizes)
    assert embedmark("verify", "r").code == 0


def test_one_text_cannot_be_compared_with_another(embedmark, work):
    default_sizes(work, 2)
    (work / "쌍.tsv").write_text("sentence1\tsentence2\tscore\na\ta\t1\na\ta\t2\n", encoding="utf-8")
    done = embedmark("plan", "small.yaml")
    assert done.code == 2
    assert "쌍 has one text only" in done.err
    assert "small.yaml:11, measure.scaling" in done.err


def test_sizes_that_the_user_wrote_are_an_error_with_its_line(embedmark, work):
    rewrite(work, ("[4, 6, 8]", "[4, 6, 800]"))
    done = embedmark("plan", "small.yaml")
    assert done.code == 2
    assert "small.yaml:11, measure.scaling.sizes" in done.err


def test_plan_names_idle_providers_and_missing_budgets(embedmark, work):
    source = (work / "providers.py").read_text(encoding="utf-8")
    (work / "providers.py").write_text(source + UNTRAINED, encoding="utf-8")
    rewrite(work, (":Overlap", ":Untrained"))
    out = embedmark("plan", "small.yaml").out
    assert "overlap: no accuracy, since its head is untrained" in out
    assert "throughput 40 s (2 settings of 20 s), latency 2 min (2 settings of 60 s), at most" in out
    assert "No fixed end: loading; accuracy" in out


@pytest.mark.parametrize(("cost", "said"), [
    ("  cost: {hardware_usd_per_hour: 1.0}\n", "hardware cost follows from the measured throughput"),
    ("  cost: {}\n", "hardware_usd_per_hour is not set"),
    ("", None),
])  # fmt: skip
def test_cost_is_spoken_of_where_it_is_measured(embedmark, work, cost, said):
    rewrite(work, ("  cost: {hardware_usd_per_hour: 1.0}\n", cost))
    out = embedmark("plan", "small.yaml").out
    assert said in out if said else "price per token" not in out


def test_queries_against_a_corpus(embedmark):
    out = embedmark("plan", "small.yaml", "--queries", "5", "--corpus", "200").out
    assert "5 queries against a corpus of n texts" in out
    assert ["200", "205", "1,000", "205", "+", "100"] in [line.split() for line in out.splitlines()]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_sentences_fit_the_columns_that_are_asked_for(embedmark, work, monkeypatch, language):
    whole = embedmark("plan", "small.yaml", "--lang", language).out
    monkeypatch.setenv("COLUMNS", "80")

    folded = embedmark("plan", "small.yaml", "--lang", language).out

    assert max(map(cell_len, folded.splitlines())) <= 80
    assert max(map(cell_len, whole.splitlines())) > 80
    assert "`embedmark run --max-seconds S`" in folded
    assert folded.split() == whole.split()
