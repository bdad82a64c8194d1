"""The suites that ship: each is read, and those of local providers are planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.datasets import load_file
from embedmark.datasets.layout import Columns
from embedmark.suite import load_suite

SUITES = Path(__file__).parents[2] / "bench" / "suites"


@pytest.mark.parametrize("name", ["book", "local", "pooling", "quick"])
def test_example_suite_loads(name: str) -> None:
    assert load_suite(SUITES / f"{name}.yaml").name == name


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_the_schema_of_a_suite(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=suite.schema.json\n")


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_provider_files_of_a_suite_ship_beside_it(path: Path) -> None:
    """The wheel holds this folder, and nothing above it."""
    uses = [provider.use for provider in load_suite(path).providers]
    files = [path.parent / use.partition(":")[0] for use in uses if ".py:" in use]

    assert [file for file in files if file.parent.resolve() != SUITES.resolve() or not file.is_file()] == []


def test_the_book_s_matrix_is_the_gold_of_its_example() -> None:
    spec = load_suite(SUITES / "book.yaml").datasets[0]
    assert not isinstance(spec, str)
    pairs = load_file(
        SUITES / spec.path, name="book", columns=Columns("sentence1", "sentence2", str(spec.columns.score))
    )
    assert pairs.gold.tolist() == [1.0, 0.6410, 0.1887, 1.0, 0.2730, 1.0]
    assert len({*pairs.sentence1, *pairs.sentence2}) == 3
    # A matrix of cosines of three vectors is positive semidefinite.
    a, b, c = 0.6410, 0.1887, 0.2730
    assert 1 + 2 * a * b * c - a * a - b * b - c * c > 0


def test_local_names_every_kind_of_local_provider() -> None:
    uses = [(provider.name, provider.use) for provider in load_suite(SUITES / "local.yaml").providers]
    assert [use for _, use in uses] == ["sbert", "sbert", "cross-encoder", "static", "lexical"]


def test_a_file_of_the_user_s_is_named_as_in_the_suite(tmp_path: Path) -> None:
    """A manifest is passed on: it names no folder of the machine."""
    from embedmark.planning.build import make_plan
    from embedmark.suite import parse_suite

    (tmp_path / "d.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n")
    content = {
        "providers": [{"name": "l", "use": "lexical"}],
        "datasets": [{"path": "d.tsv"}],
        "measure": {"accuracy": {}},
    }
    plan = make_plan(parse_suite(content, path=tmp_path / "s.yaml"), tmp_path)
    assert plan.datasets[0].source == "d.tsv"
