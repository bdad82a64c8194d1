"""Suite files: what is accepted, and that everything else gets one message with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.errors import SuiteError
from embedmark.suite import Suite, load_suite, select

GOOD = """\
providers:
  - {name: a, use: lexical}
  - {name: 한국어 모델, use: sbert, model: m, options: {pooling: mean}}
datasets:
  - stsb/test
  - {path: 쌍.tsv, columns: {sentence1: 1, sentence2: 2, score: 3}}
measure:
  accuracy:
  throughput: {batch_sizes: [1, 8]}
"""


def load(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_suite(path)


def test_a_suite_names_providers_datasets_and_measures(tmp_path: Path) -> None:
    suite = load(tmp_path, GOOD)
    assert suite.name == "mine"
    assert [provider.name for provider in suite.providers] == ["a", "한국어 모델"]
    assert suite.providers[1].options == {"pooling": "mean"}
    assert suite.datasets[1].label == "쌍"  # type: ignore[union-attr]
    assert suite.measure.accuracy is not None  # named with nothing behind it: its defaults
    assert suite.measure.throughput is not None
    assert suite.measure.throughput.batch_sizes == [1, 8]
    assert suite.measure.latency is None  # not named: not measured


def test_suite_in_utf16_is_read_by_its_byte_order_mark(tmp_path: Path) -> None:
    """PowerShell's `>` writes UTF-16."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(GOOD.encode("utf-16"))

    assert load_suite(path) == load(tmp_path, GOOD)


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[3] / "bench/suites").glob("*.yaml")), ids=lambda f: f.stem
)
def test_every_example_suite_is_good(file: Path) -> None:
    assert load_suite(file).name == file.stem


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("accuracy:", "acuracy:", ["measure.acuracy", "unknown key", "did you mean `accuracy`", "mine.yaml:8"]),
        ("use: lexical", "usr: lexical", ["providers[0].use", "missing", "providers[0].usr"]),
        ("[1, 8]", "[1, -8]", ["measure.throughput.batch_sizes[1]", "greater than 0", "-8"]),
        ("[1, 8]", "[1, 1]", ["names a size twice"]),
        ("[1, 8]", "'1'", ["measure.throughput.batch_sizes", "list"]),
        ("name: a,", "name: no,", ["providers[0].name", "quotes"]),
        ("name: a,", "name: '=cmd',", ["= + - @"]),
        ("name: a,", "name: '한국어 모델',", ["two providers are called '한국어 모델'"]),
        ("- stsb/test", "- 7", ["datasets[0]", "name of the catalog"]),
        ("path: 쌍.tsv", "pth: 쌍.tsv", ["datasets[1].path", "missing"]),
        ("path: 쌍.tsv", "path: '-쌍.tsv'", ["name:"]),
        ("- stsb/test", "- 쌍", ["two datasets are called '쌍'"]),
        ("accuracy:\n", "accuracy: {resamples: 1}\n", ["measure.accuracy.resamples", "100"]),
        ("accuracy:\n", "cost: {prices: {b: {usd_per_1m_tokens: 1}}}\n", ["no provider is called 'b'"]),
        ("accuracy:\n", "scaling: {sizes: [40, 20]}\n", ["sizes must be in increasing order"]),
        ("accuracy:\n", "accuracy: !!python/name:os.system\n", ["tag", "mine.yaml:8"]),
        ("accuracy:\n", "accuracy: !mine {}\n", ["tag", "mine.yaml:8"]),
        ("accuracy:\n", "accuracy: {}\n  accuracy: {}\n", ["'accuracy' is listed twice", "mine.yaml:9"]),
        ("accuracy:\n", "accuracy: [\n", ["not valid YAML", "mine.yaml:"]),
    ],
)
def test_one_message_with_the_place_and_the_remedy(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    with pytest.raises(SuiteError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "holds a list"),
        ("providers: []\ndatasets: [stsb/test]\nmeasure: {accuracy: {}}\n", "providers"),
        (GOOD.partition("measure")[0] + "measure: {}\n", "nothing to measure"),
        ("a: &a [*a]\n", "contain itself"),
    ],
)
def test_not_a_suite(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SuiteError, match=words):
        load(tmp_path, text)


def test_a_nest_of_aliases_ends(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
    with pytest.raises(SuiteError):
        load(tmp_path, bomb)


def test_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").touch()
    with pytest.raises(SuiteError, match=r"quick\.yaml"):
        load_suite(tmp_path / "quik.yaml")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes("name: 모델\n".encode("cp949"))
    with pytest.raises(SuiteError, match="UTF-8"):
        load_suite(path)


def test_select_keeps_the_order_of_the_suite(tmp_path: Path) -> None:
    suite = load(tmp_path, GOOD)
    assert [p.name for p in select(suite, ["한국어 모델", "a"]).providers] == ["a", "한국어 모델"]
    with pytest.raises(SuiteError, match="one of: a, 한국어 모델"):
        select(suite, ["b"])


@pytest.mark.parametrize(
    ("keys", "place", "hint"),
    [
        ("skip_lines: two", "datasets[0].skip_lines", "`skip_lines: 1`"),
        ("skip_lines: {corpus: -2}", "datasets[0].skip_lines.corpus", "`corpus: 2`"),
        ("format: exel", "datasets[0].format", "`format: excel`"),
        ("delimiter: ab", "datasets[0].delimiter", "`delimiter: ;`"),
        ("labels: {good: high}", "datasets[0].labels.good", "`good: 1`"),
    ],
)
def test_key_of_a_search_is_named_without_its_branches(tmp_path: Path, keys: str, place: str, hint: str) -> None:
    entry = f"{{kind: retrieval, path: a.csv, {keys}}}"
    text = f"providers: [{{name: a, use: lexical}}]\ndatasets:\n  - {entry}\nmeasure: {{retrieval: {{}}}}\n"

    with pytest.raises(SuiteError) as caught:
        load(tmp_path, text)

    assert caught.value.message.startswith(f"{place}: ")
    assert (caught.value.where or "").endswith(place)
    assert caught.value.hint == hint
