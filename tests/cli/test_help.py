"""Help is quick, and the small commands say what they should."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from embedmark.cli.main import run

HEAVY = {"torch", "numpy", "pandas", "scipy", "pydantic", "openai", "matplotlib", "sklearn", "transformers", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys; from embedmark.cli.main import run; "
        f"code = run({arguments!r}); print(sorted(m for m in sys.modules if '.' not in m), file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = set(eval(done.stderr.splitlines()[-1]))
    assert "click" in imported
    assert not imported & HEAVY


def test_help_lists_the_commands(embedmark):
    out = embedmark("--help").out
    for name in ("run", "plan", "report", "verify", "providers", "datasets", "schema"):
        assert f"\n  {name}" in out


@pytest.mark.parametrize(("arguments", "words"), [
    ([], ["Providers: list, check, write one.", "Datasets: list, pull, check.",
          "Models available without a model hub"]),
    (["providers", "check"], ["A paid API charges for these calls."]),
    (["report"], ["Print the path of report.html."]),
    (["run"], ["Download no dataset. Does not affect model hubs: HF_HUB_OFFLINE=1 does."]),
    (["plan"], ["Does not affect model hubs: HF_HUB_OFFLINE=1 does.", "and needs no key"]),
    (["compare"], ["BASELINE [RUN...]", "With one run and --providers A,B: two providers of that run."]),
])  # fmt: skip
def test_help_says_what_a_newcomer_asks(embedmark, arguments, words):
    out = " ".join(embedmark(*arguments, "--help").out.split())
    for word in words:
        assert word in out


def test_providers_list(embedmark):
    out = embedmark("providers", "list").out
    for name in ("sbert", "cross-encoder", "static", "lexical"):
        assert name in out


def test_datasets_list(embedmark):
    out = embedmark("datasets", "list").out
    assert "stsb/test" in out
    assert "1,379 pairs" in out


def test_help_lists_whole_sentences(embedmark, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for path in ([], ["providers"], ["datasets"], ["models"], ["cache"]):
        assert "...\n" not in embedmark(*path, "--help").out.partition("Commands:")[2]


@pytest.mark.parametrize(("columns", "shown"), [("80", False), ("120", True)])
def test_datasets_list_has_whole_names(embedmark, monkeypatch, columns, shown):
    monkeypatch.setenv("COLUMNS", columns)

    lines = embedmark("datasets", "list").out.splitlines()

    assert any(line.startswith("en-retrieval-sample   60 queries") for line in lines)
    assert any(line.rstrip().endswith("STSBenchmarkMultilingualSTS") for line in lines) == shown
    assert max(map(len, lines)) <= int(columns)


def test_schema_is_json_schema_of_a_suite(embedmark):
    schema = json.loads(embedmark("schema").out)
    assert {"providers", "datasets", "measure"} <= set(schema["required"])


def test_python_m_embedmark():
    done = subprocess.run([sys.executable, "-m", "embedmark", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("embedmark ")


def test_command_line_without_a_word_is_help(monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    code = run([])

    assert code == 2
    assert capsys.readouterr().err.startswith("Usage: embedmark")


@pytest.mark.parametrize("typed", ["--yess", "--ye", "--ys"])
def test_consent_to_a_bill_is_not_proposed(capsys, typed):
    code = run(["run", "suite.yaml", typed])

    assert code == 2
    assert "--yes'" not in capsys.readouterr().err
