"""Everything that is wrong with a request: one message with the place and the remedy, exit 2, nothing written."""

from __future__ import annotations

import pytest

CASES = {
    "unknown key": (
        "latency: {calls: 80}",
        "latancy: {}",
        ["measure.latancy", "did you mean `latency`", "small.yaml:10"],
    ),
    "wrong type": ("calls: 80", "calls: many", ["measure.latency.calls", "many"]),
    "negative batch size": ("batch_sizes: [4]", "batch_sizes: [-4]", ["batch_sizes[0]", "greater than 0"]),
    "yaml tag": ("name: small", "name: !!python/object:os.system x", ["tag", "small.yaml:1"]),
    "same label twice": ("name: overlap", "name: 길이", ["two providers are called '길이'"]),
    "no such provider": (
        '"./providers.py:Overlap"',
        "lexicl",
        ["did you mean 'lexical'", "small.yaml:4, provider 'overlap'"],
    ),
    "no such dataset": ("{path: 쌍.tsv}", "stsb/tset", ["did you mean", "stsb/test", "small.yaml:6, datasets[0]"]),
    "no such package": (
        '"./providers.py:Overlap"',
        "sbert, model: 'package:not_here/model'",
        ["small.yaml:4", "the package that ships `not_here`", "embedmark models list"],
    ),
    "unknown option": ('Length"', 'Length", options: {facto: 2}', ["did you mean 'factor'"]),
    "no such model": ('"./providers.py:Overlap"', "sbert, model: ./none", ["no model at", "provider 'overlap'"]),
    "no such file": ("{path: 쌍.tsv}", "{path: 짝.tsv}", ["짝.tsv", "쌍.tsv", "small.yaml:6, datasets[0]"]),
    "no such column": ("{path: 쌍.tsv}", "{path: 쌍.tsv, columns: {score: scor}}", ["scor", "score"]),
    "sizes above the data": ("[4, 6, 8]", "[4, 6, 8000]", ["8000", "replace: true"]),
    "bad file provider": ("providers.py:Length", "providers.py:Lenth", ["did you mean 'Length'"]),
}

# What stands in place of the whole of `measure`.
MEASURES = {
    "a list of measures": (
        "measure: [accuracy, latency]\n",
        [
            "measure: a mapping is wanted here, and this is a list",
            "small.yaml:7",
            "measure: {accuracy: {}, latency: {}}",
        ],
    ),
    "a measure alone": ("measure: accuracy\n", ["this is 'accuracy'", "measure: {accuracy: {}"]),
    "nothing behind it": ("measure:\n", ["this is nothing", "measure: {accuracy: {}"]),
    "a measure switched on": ("measure: {accuracy: true}\n", ["measure.accuracy", "this is True", "accuracy: {}"]),
    "no measure": ("", ["measure: this key is missing", "measure: {accuracy: {}"]),
}

FILES = {
    "empty": (b"", "empty"),
    "header only": (b"sentence1\tsentence2\tscore\n", "header"),
    "ragged": (b"sentence1\tsentence2\tscore\na\tb\t1\na\tb\n", ":3"),
    "not utf-8": ("sentence1\tsentence2\tscore\n한국어\t문장\t1\n나\t너\t2\n".encode("cp949"), "encoding: cp949"),
    "not a number": (b"sentence1\tsentence2\tscore\na\tb\t1\na\tb\tmany\n", "many"),
    "not finite": (b"sentence1\tsentence2\tscore\na\tb\t1\na\tb\tnan\n", "nan"),
    "one pair": (b"sentence1\tsentence2\tscore\na\tb\t1\n", "one pair|two pairs|1 pair"),
}


def assert_refused(done, work, before, words):
    assert done.code == 2, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err
    assert sorted(p.name for p in work.iterdir() if p.name != "__pycache__") == before


@pytest.mark.parametrize("case", CASES)
def test_bad_suite(embedmark, work, case):
    old, new, words = CASES[case]
    if "sbert" in new:
        pytest.importorskip("sentence_transformers")
    text = (work / "small.yaml").read_text(encoding="utf-8")
    assert old in text
    (work / "small.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    before = sorted(p.name for p in work.iterdir())
    assert_refused(embedmark("run", "small.yaml", "--offline"), work, before, words)


@pytest.mark.parametrize("case", MEASURES)
def test_bad_measure(embedmark, work, case):
    new, words = MEASURES[case]
    text = (work / "small.yaml").read_text(encoding="utf-8").partition("measure:")[0]
    (work / "small.yaml").write_text(text + new, encoding="utf-8")
    assert_refused(embedmark("run", "small.yaml"), work, sorted(p.name for p in work.iterdir()), words)


@pytest.mark.parametrize("case", FILES)
def test_bad_data(embedmark, work, case):
    import re

    content, words = FILES[case]
    (work / "쌍.tsv").write_bytes(content)
    before = sorted(p.name for p in work.iterdir())
    done = embedmark("run", "small.yaml")
    assert_refused(done, work, before, ["쌍.tsv"])
    assert re.search(words, done.err), done.err


@pytest.mark.parametrize(
    ("content", "words"), [("", "is empty"), ("- a\n", "holds a list"), ("providers: []\n", "providers")]
)
def test_not_a_suite(embedmark, work, content, words):
    (work / "small.yaml").write_text(content, encoding="utf-8")
    before = sorted(p.name for p in work.iterdir())
    assert_refused(embedmark("run", "small.yaml"), work, before, [words])


def test_out_that_is_there_already(embedmark, work):
    (work / "there").mkdir()
    (work / "there/file").touch()
    before = sorted(p.name for p in work.iterdir())
    assert_refused(embedmark("run", "small.yaml", "--out", "there"), work, before, ["not empty"])


@pytest.mark.parametrize("command", ["report", "verify"])
def test_not_a_run(embedmark, work, command):
    done = embedmark(command, "nowhere")
    assert done.code == 2
    assert "not a run directory" in done.err


def test_only_names_the_providers_there_are(embedmark, work):
    done = embedmark("run", "small.yaml", "--only", "길이,none")
    assert done.code == 2
    assert "one of: 길이, overlap" in done.err


@pytest.mark.parametrize("arguments", [["nonsense"], ["run"], ["run", "a", "--nonsense"], ["datasets", "pull"]])
def test_a_command_line_that_is_wrong(embedmark, arguments):
    done = embedmark(*arguments)
    assert done.code == 2
    assert "Usage" in done.err or "error: a suite is missing" in done.err


@pytest.mark.parametrize(("arguments", "said"), [
    (["reprot"], "Did you mean 'report'?"),
    (["datasets", "pul"], "Did you mean 'pull'?"),
    (["models", "xyzzy"], "One of: list, pull."),
])  # fmt: skip
def test_a_misspelt_command_gets_the_nearest_name(embedmark, arguments, said):
    done = embedmark(*arguments)
    assert done.code == 2
    assert said in done.err


def test_a_missing_suite_names_five_others_at_most(embedmark, work):
    for i in range(27):
        (work / f"suite-{i:02}.yaml").touch()
    done = embedmark("plan", "smal.yaml")
    assert "did you mean small.yaml?" in done.err
    (work / "suites").mkdir()
    for i in range(6):
        (work / f"suites/my suite-{i}.yaml").touch()
    done = embedmark("plan", "suites/my suite.yaml")
    assert "did you mean 'suites/my suite-5.yaml' or 'suites/my suite-4.yaml' or " in done.err
    done = embedmark("plan", "없다.yaml")
    assert "small.yaml, suite-00.yaml, suite-01.yaml, suite-02.yaml, suite-03.yaml and 23 more" in done.err


def test_a_dataset_that_would_have_to_be_fetched_offline(embedmark, work, monkeypatch):
    monkeypatch.setenv("EMBEDMARK_CACHE", str(work / "cache"))
    text = (work / "small.yaml").read_text(encoding="utf-8").replace("{path: 쌍.tsv}", "stsb/test")
    (work / "small.yaml").write_text(text, encoding="utf-8")
    done = embedmark("run", "small.yaml", "--offline")
    assert done.code == 2
    assert "embedmark datasets pull stsb" in done.err


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("names", ["", ",", " , "])
def test_only_without_a_name_is_refused(embedmark, work, command, names):
    before = sorted(p.name for p in work.iterdir())
    words = ["--only names no provider", "one or more of: 길이, overlap"]
    assert_refused(embedmark(command, "small.yaml", "--only", names), work, before, words)


def test_bad_out_is_refused_before_planning(embedmark, work, monkeypatch):
    monkeypatch.setattr("embedmark.planning.build.make_plan", None)
    monkeypatch.setattr("embedmark.machine.watch.wait_until_quiet", None)
    (work / "file").touch()
    before = sorted(p.name for p in work.iterdir())
    done = embedmark("run", "small.yaml", "--out", "file/run", "--require-quiet")
    assert_refused(done, work, before, ["the run cannot be written there: file is a file"])


def test_a_run_that_is_too_dear_does_not_wait_for_quiet(embedmark, work, monkeypatch):
    monkeypatch.setattr("embedmark.machine.watch.wait_until_quiet", None)
    text = (work / "small.yaml").read_text(encoding="utf-8")
    prices = "cost: {prices: {길이: {usd_per_1m_tokens: 9999}}}"
    (work / "small.yaml").write_text(text.replace("cost: {hardware_usd_per_hour: 1.0}", prices), encoding="utf-8")
    before = sorted(p.name for p in work.iterdir())
    assert_refused(embedmark("run", "small.yaml", "--require-quiet"), work, before, ["has no --max-usd"])


def test_the_working_directory_has_a_name(embedmark, work, monkeypatch):
    folder = work / "여기"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert embedmark("run", "../small.yaml", "--only", "길이", "--out", ".").code == 0
    assert '"run_id": "여기"' in (folder / "manifest.json").read_text(encoding="utf-8")
