"""Files that people have, as they were found: each case of the shared hunt loads, or says what to type."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

CASES = {
    "40-stsb-as-released": (0, ["sts-test: 6 pairs", "3 lines have 7, 3 lines have 9 columns"]),
    "41-pandas-tsv-quotes": (0, ["pandas: 60 pairs", "3 of 60 first sentences look csv-quoted", "`quoting: minimal`"]),
    "42-long-cell": (0, ["long_cell: 7 pairs"]),
    "45-semrel-two-in-one-cell": (2, ['{text: Text, separator: "\\n", score: Score}']),
    "46-klue-json": (0, ["klue-sts-v1.1_dev: "]),
    "48-gzip": (0, ["stsbenchmark: 6 pairs", "`where: {split: test}` takes one"]),
    "50-excel-semicolon": (0, ["excel_de: 6 pairs", '`delimiter: ";"`', '`decimal: ","`']),
    "52-unscored-lines": (2, ["unscored.tsv:1", "the score is missing", "`missing_score: skip`", "`on_bad_row: skip`"]),
    "54-score-as-string": (0, ["strscore: 6 pairs"]),
    "57-hash-in-yaml": (2, ["put a name with # in quotes", '"#1 String"']),
    "58-several-files": (2, ["paws.tsv:1", "score: label", "one entry for each file"]),
    "61-url": (2, ["URLs are not read: ", "download it first"]),
}
# What the message says to type, typed; then the pairs.
REMEDIES = {
    "41-pandas-tsv-quotes": ("{path: pandas.tsv}", "{path: pandas.tsv, quoting: minimal}", "pandas: 60 pairs"),
    "45-semrel-two-in-one-cell": (
        "{sentence1: Text, sentence2: Text, score: Score}",
        '{text: Text, separator: "\\n", score: Score}',
        "eng_train: 6 pairs",
    ),
    "48-gzip": (
        "{path: stsbenchmark.tsv.gz}",
        "{path: stsbenchmark.tsv.gz, where: {split: test}}",
        "stsbenchmark: 3 pairs",
    ),
    "52-unscored-lines": ("score: 1}}", "score: 1}, on_bad_row: skip}", "2 of 5 rows have no score and were left out"),
    "57-hash-in-yaml": ("#1 String, sentence2: #2 String", '"#1 String", sentence2: "#2 String"', "6 pairs"),
    "58-several-files": (
        "- {path: [paws.tsv, glue_dev.tsv]}",
        "- {path: paws.tsv, columns: {sentence1: sentence1, sentence2: sentence2, score: label}}\n"
        "  - {path: glue_dev.tsv}",
        "glue_dev: 6 pairs",
    ),
}


@pytest.fixture
def case(shared: Path, work: Path, request: pytest.FixtureRequest) -> str:
    shutil.copytree(shared / "cases" / "hunt" / request.param, work, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return str(request.param)


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_case_loads_or_says_what_to_type(embedmark, case):
    code, words = CASES[case]

    done = embedmark("plan", "suite.yaml")

    assert done.code == code
    for word in words:
        assert word.removesuffix(": ") in done.out + done.err


@pytest.mark.parametrize("case", REMEDIES, indirect=True)
def test_remedy_works_when_it_is_typed(embedmark, work, case):
    before, after, words = REMEDIES[case]
    suite = work / "suite.yaml"
    assert before in suite.read_text("utf-8")
    suite.write_text(suite.read_text("utf-8").replace(before, after), encoding="utf-8")

    done = embedmark("plan", "suite.yaml")

    assert done.code == 0, done.err
    assert words in done.out
