"""ko-sample: read offline, all scores, Korean throughout, and marked as what it is."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

from embedmark.datasets import catalogue, load_named
from embedmark.suite import load_suite

ROOT = Path(__file__).parents[3]


def test_it_needs_no_network_and_no_cache(cache: Path) -> None:
    data = load_named("ko-sample", offline=True)
    assert len(data) == 60
    assert not cache.exists()
    assert Counter(data.gold.tolist()) == dict.fromkeys(map(float, range(6)), 10)
    assert "smoke sample, not a benchmark" in data.notes[0]
    assert data.licence == "Apache-2.0"
    (entry,) = [entry for entry in catalogue() if entry.name == "ko-sample"]
    assert (entry.languages, entry.cached, entry.source) == (("ko",), True, "embedmark")
    assert "not a benchmark" in entry.description


def test_it_is_korean_composed_and_without_repeats() -> None:
    data = load_named("ko-sample", offline=True)
    texts = [*data.sentence1, *data.sentence2]
    assert len(set(texts)) == 120
    for text in texts:
        assert unicodedata.is_normalized("NFC", text)
        assert text == text.strip()
        letters = [char for char in text if char.isalpha()]
        assert all("HANGUL SYLLABLE" in unicodedata.name(char) for char in letters), text


def test_ko_sample_covers_many_phenomena() -> None:
    path = ROOT / "bench" / "embedmark" / "datasets" / "data" / "ko-sample.tsv"
    phenomena = {line.split("\t")[3] for line in path.read_text(encoding="utf-8").splitlines()[1:]}
    assert {"paraphrase", "negation", "number change", "particles", "honorifics", "word order"} <= phenomena


def test_the_korean_suite_is_one() -> None:
    suite = load_suite(ROOT / "bench" / "suites" / "korean.yaml")
    assert suite.datasets == ["ko-sample"]
    assert {provider.name for provider in suite.providers} >= {"use", "minilm"}
    use = suite.providers[0].use.rpartition(":")[0]
    assert (ROOT / "bench" / "suites" / use).resolve().is_file()
