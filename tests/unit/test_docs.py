"""What the documents say is what the code does."""

from __future__ import annotations

import ast
import importlib
import json
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from pydantic import BaseModel

from embedmark import suite as suite_module
from embedmark.cli import main
from embedmark.datasets import Columns, load_file
from embedmark.errors import DatasetError
from embedmark.store.columns import ALL_DERIVED, ALL_RAW
from embedmark.suite import (
    AccuracySpec,
    ColumnsSpec,
    CostSpec,
    FileDataset,
    LatencySpec,
    MeasureSpec,
    ScalingSpec,
    Suite,
    ThroughputSpec,
    load_suite,
)
from tests.reliability import HEAD, PAGE

ROOT = Path(__file__).parents[2]
# The README's suite with defaults takes over a minute on a busy machine; what is tested here is that it runs.
SHORT = {
    "throughput": "{batch_sizes: [1], texts: 8, passes: 3, max_passes: 3}",
    "latency": "{calls: 20}",
    "scaling": "{sizes: [3, 5]}",
}


@pytest.mark.parametrize("name", [*ALL_RAW, *ALL_DERIVED])
def test_every_column_is_documented_under_its_file(name: str) -> None:
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    words = set(re.findall(r"\w+", section))
    assert [column for column in {**ALL_RAW, **ALL_DERIVED}[name] if column not in words] == []


def test_the_reliability_page_is_as_make_faults_writes_it() -> None:
    assert PAGE.read_text(encoding="utf-8").startswith(HEAD)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)


def test_readme_provider_is_short_and_runs_on_its_data(
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
    for name, short in SHORT.items():
        mine = mine.replace(f"{name}: {{}}", f"{name}: {short}")
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
    assert links_of(text)
    assert [link for link in links_of(text) if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_every_link_of_the_docs_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [link for link in links_of(text) if not (page.parent / link).exists()] == []


def links_of(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]


def test_what_the_readme_says_to_install_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (`\[\w+\]`|none needed) \|$", text, re.M))
    assert set(listed) == set(project["entry-points"]["embedmark.providers"])
    extras = {extra.strip("`[]") for extra in listed.values()} - {"none needed"}
    assert extras <= set(project["optional-dependencies"])
    assert f"{project['license']}: see [LICENSE](LICENSE)" in text


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_docs_install_from_a_clone_until_there_is_a_package(page: Path) -> None:
    assert "not on PyPI yet" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"""pip install (?:-\S+ )*["']?embedmark\b(?!-)""", page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.stem)
def test_what_an_example_imports_from_embedmark_exists(path: Path) -> None:
    imports = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    ours = [node for node in imports if (node.module or "").partition(".")[0] == "embedmark"]
    names = [(node.module or "", alias.name) for node in ours for alias in node.names]
    assert names
    assert [name for name in names if not hasattr(importlib.import_module(name[0]), name[1])] == []


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
    for spec in (AccuracySpec(), ThroughputSpec(), LatencySpec(), ScalingSpec()):
        shown = getattr(measure, type(spec).__name__.removesuffix("Spec").lower())
        assert shown == spec
        assert shown.model_fields_set == set(type(spec).model_fields), "every key stands in the example"
    defaults = Suite.model_fields
    assert f"seed: {defaults['seed'].default} " in text
    kept = str(defaults["keep_text"].default).lower()
    assert f"keep the sentences in the run, so that reports can show them; default: {kept}" in text
    assert f"# default: {', '.join(map(str, Columns().all))};" in text
    assert f"encoding: {FileDataset.model_fields['encoding'].default}            # the default" in text
    assert CostSpec() == CostSpec(hardware_usd_per_hour=None, prices={}), "no price of hardware, the built-in table"
    for name in MeasureSpec.model_fields:
        assert f"\n**{name}.** " in text


def test_the_table_of_example_suites_names_each_of_them() -> None:
    text = (ROOT / "docs/suite.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w-]+\.yaml)` \|", text, re.M)
    assert sorted(listed) == sorted(path.name for path in (ROOT / "bench/suites").glob("*.yaml"))


def test_what_the_page_on_korean_shows_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs/korean.md").read_text(encoding="utf-8")
    whole, datasets = re.findall(r"```yaml\n(.*?)```", text, re.S)
    monkeypatch.chdir(tmp_path)
    Path("한국어.yaml").write_text(whole, encoding="utf-8")
    (korsts,) = load_suite(Path("한국어.yaml")).datasets
    assert isinstance(korsts, FileDataset)
    assert korsts.columns == ColumnsSpec()
    Path("mine.yaml").write_text(whole.partition("datasets:")[0] + datasets + "measure: {accuracy: {}}", "utf-8")
    (mine,) = load_suite(Path("mine.yaml")).datasets
    assert isinstance(mine, FileDataset)
    columns = Columns(mine.columns.sentence1, mine.columns.sentence2, mine.columns.score)
    content = "문장1,문장2,점수\n비가 온다,비 온다,4.5\n눈이 온다,밥을 먹는다,0\n"
    Path(mine.path).write_text(content, encoding=mine.encoding)
    assert len(load_file(Path(mine.path), name="m", columns=columns, encoding=mine.encoding)) == 2
    Path(mine.path).write_text(content, encoding="utf-8-sig")
    assert load_file(Path(mine.path), name="m", columns=columns).sentence1[0] == "비가 온다"
    Path(mine.path).write_text(content, encoding="cp949")
    with pytest.raises(DatasetError) as other_encoding:
        load_file(Path(mine.path), name="m", columns=columns)
    assert str(other_encoding.value.hint) in text
    Path(mine.path).write_text(unicodedata.normalize("NFD", content), encoding="utf-8")
    with pytest.raises(DatasetError) as other_form:
        load_file(Path(mine.path), name="m", columns=columns)
    assert "It is stored in decomposed (NFD) Unicode: copy it from there" in str(other_form.value.hint)
    assert "It is stored in decomposed (NFD) Unicode: copy it from there" in text


def _models() -> list[type[BaseModel]]:
    return [value for value in vars(suite_module).values() if isinstance(value, type) and issubclass(value, BaseModel)]
