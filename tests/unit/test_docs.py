"""What the documents say is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from embedmark import suite as suite_module
from embedmark.cli import main
from embedmark.store.columns import DERIVED, RAW
from embedmark.suite import AccuracySpec, LatencySpec, ScalingSpec, Suite, ThroughputSpec, load_suite

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*RAW, *DERIVED])
def test_every_column_is_documented_under_its_file(name: str) -> None:
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    words = set(re.findall(r"\w+", section))
    assert [column for column in {**RAW, **DERIVED}[name] if column not in words] == []


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)


def test_the_provider_of_the_readme_is_short_and_runs_on_the_readme_s_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = blocks("python")
    (suite,) = blocks("yaml")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    monkeypatch.chdir(tmp_path)
    Path("my_provider.py").write_text(code, encoding="utf-8")
    rows = [f"문장 {'가' * (i % 7)}\t글 {'나' * (i % 5)}\t{i % 6}" for i in range(30)]
    Path("문장쌍.tsv").write_text("\n".join(["문장1\t문장2\t점수", *rows]) + "\n", encoding="utf-8")
    mine = re.sub(r"use: sbert, model: [\w/-]+", 'use: "./my_provider.py:Length"', suite)
    assert mine != suite
    mine = mine.replace("throughput: {}", "throughput: {texts: 8}").replace("scaling: {}", "scaling: {sizes: [3, 5]}")
    Path("mine.yaml").write_text(mine, encoding="utf-8")
    assert main.run(["run", "mine.yaml", "--out", "run"]) == 0
    assert "문장쌍, 30 pairs" in capsys.readouterr().out


def test_every_make_target_and_command_of_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z-]+)", text)):
        assert re.search(rf"^{target}:", makefile, re.M), target
    for command in set(re.findall(r"^embedmark ([a-z]+)", text, re.M)):
        assert command in main._COMMANDS


def test_every_link_of_the_readme_leads_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("http") and not (ROOT / link).exists()] == []


def test_the_suite_of_the_docs_is_valid_and_names_every_key(tmp_path: Path) -> None:
    text = (ROOT / "docs/suite.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    path = tmp_path / "docs.yaml"
    path.write_text(example, encoding="utf-8")
    suite = load_suite(path)
    assert suite.providers[0].isolate == "process"
    keys = set(re.findall(r'"(\w+)": \{', json.dumps(Suite.model_json_schema())))
    fields = {name for model in _models() for name in model.model_fields}
    assert keys >= fields
    assert [name for name in sorted(fields) if not re.search(rf"\b{name}\b", text)] == []


def test_the_defaults_of_the_docs_are_the_defaults(tmp_path: Path) -> None:
    text = (ROOT / "docs/suite.md").read_text(encoding="utf-8")
    path = tmp_path / "docs.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", text, re.S)[0], encoding="utf-8")
    measure = load_suite(path).measure
    assert measure.accuracy == AccuracySpec()
    assert measure.throughput == ThroughputSpec()
    assert measure.scaling == ScalingSpec()
    assert measure.latency == LatencySpec(scenarios=["single-stream", "server"])


def _models() -> list[type[BaseModel]]:
    return [value for value in vars(suite_module).values() if isinstance(value, type) and issubclass(value, BaseModel)]
