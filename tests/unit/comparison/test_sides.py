"""Sides are named so that no two are alike, and what only one of them has is a row without a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from embedmark.comparison.gate import check_rules
from embedmark.comparison.match import Match, Side
from embedmark.comparison.model import ComparedRuns
from embedmark.comparison.rules import FAIL_ON, REQUIRE, parse_rule
from embedmark.comparison.runs import compare_runs
from embedmark.comparison.sides import read_sides, side_labels
from embedmark.derive.run import MeasuredRun
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import read_run
from tools.synthetic import FakeDataset, FakeProvider, make_run

THREE = (FakeProvider("small", rate=2000), FakeProvider("large", rate=200), FakeProvider("other"))
DATA = (FakeDataset("first", n_pairs=60), FakeDataset("second", n_pairs=50))
WARNING = ({"code": "noisy-host", "message": "", "advice": "", "data": {}},)


@pytest.mark.parametrize(
    ("folders", "labels"),
    [
        (["/r/main", "/r/branch"], ["main", "branch"]),
        (["/before/1", "/after/1"], ["before/1", "after/1"]),
        (["/r/1", "/r/2"], ["r/1", "r/2"]),
        (["/a/x/run", "/b/x/run", "/b/y/run"], ["a/x/run", "b/x/run", "y/run"]),
        (["/r/same", "/r/same"], ["same", "same (2)"]),
    ],
)
def test_labels_tell_all_folders_apart(folders: list[str], labels: list[str]) -> None:
    found = side_labels([Path(folder) for folder in folders])

    assert len(set(found)) == len(found)
    assert found == labels


def compared(
    folder: Path,
    before: Sequence[FakeProvider] = THREE,
    after: Sequence[FakeProvider] = THREE,
    data: tuple[Sequence[FakeDataset], Sequence[FakeDataset]] = (DATA, DATA),
) -> ComparedRuns:
    make_run(folder / "main" / "1", before, data[0], warnings=WARNING)
    make_run(folder / "branch" / "1", after, data[1], seed=1, warnings=WARNING)
    first, second = read_sides([folder / "main" / "1", folder / "branch" / "1"])
    return compare_runs(first, [second])


def test_notes_name_both_runs(tmp_path: Path) -> None:
    noisy = [note for note in compared(tmp_path).notes if "noisy" in note]

    assert [note.split(":")[0] for note in noisy] == [
        "the machine was noisy in main/1",
        "the machine was noisy in branch/1",
    ]


@pytest.mark.parametrize(("option", "rule"), [(FAIL_ON, "spearman < -0.9"), (REQUIRE, "spearman > -0.9")])
@pytest.mark.parametrize(
    "after",
    [
        (replace(THREE[0], error="no model"), *THREE[1:]),
        (replace(THREE[0], name="renamed"), *THREE[1:]),
        THREE[1:],
        (*THREE, FakeProvider("new")),
        (replace(THREE[0], constant=True), *THREE[1:]),
        (replace(THREE[0], untrained=True), *THREE[1:]),
    ],
    ids=["died", "renamed", "gone", "added", "constant", "untrained"],
)
def test_a_provider_without_a_verdict_breaks_a_rule(
    tmp_path: Path, after: Sequence[FakeProvider], option: str, rule: str
) -> None:
    parsed = parse_rule(rule, FAIL_ON if option == FAIL_ON else REQUIRE)

    gate = check_rules([parsed], compared(tmp_path, after=after))

    assert gate.broken == ()
    assert gate.unjudged
    assert not gate


@pytest.mark.parametrize(
    "after",
    [
        (FakeDataset("first", n_pairs=61), DATA[1]),  # other data under the same name
        (DATA[0], FakeDataset("second", n_pairs=51)),
        DATA[:1],
        (*DATA, FakeDataset("third", n_pairs=50)),
    ],
    ids=["first", "second", "gone", "added"],
)
def test_a_dataset_without_a_verdict_breaks_a_rule(tmp_path: Path, after: Sequence[FakeDataset]) -> None:
    gate = check_rules([parse_rule("spearman < -0.9")], compared(tmp_path, data=(DATA, after)))

    assert gate.unjudged
    assert not gate


def test_nothing_lost_and_nothing_changed_passes(tmp_path: Path) -> None:
    untrained = (*THREE, FakeProvider("cross", kind="cross-encoder", untrained=True))

    gate = check_rules([parse_rule("spearman < -0.9")], compared(tmp_path, untrained, untrained))

    assert gate
    assert gate.unjudged == ()


def test_what_one_side_lacks_is_a_row_that_says_so(tmp_path: Path) -> None:
    found = compared(tmp_path, after=(replace(THREE[0], name="renamed"), *THREE[1:]))

    rows = {(c.provider, c.metric): c for c in found.changes if c.dataset == "first"}
    assert rows["small", "spearman"].reason == "branch/1 has no provider small"
    assert rows["renamed", "items_per_s"].reason == "main/1 has no provider renamed"
    assert {rows["small", metric].verdict for metric in ("spearman", "items_per_s", "latency_ms_p50")} == {
        "not comparable"
    }


def test_data_that_a_suite_names_twice_are_joined_by_name(tmp_path: Path) -> None:
    """Scores that were lost under one of the names are not those of the other."""
    twice = (FakeDataset("first", n_pairs=60), FakeDataset("second", n_pairs=60))
    sides = [Side(name, (with_one_hash(make_run(tmp_path / name, THREE, twice)),)) for name in ("before", "after")]
    match = Match(sides[0], "a", sides[1], "a")

    found = [match.dataset(dataset)[0] for dataset in sides[0].first.datasets]

    assert [dataset.name for dataset in found if dataset is not None] == ["first", "second"]


def test_renamed_data_are_noted(tmp_path: Path) -> None:
    sides = [make_run(tmp_path / name, THREE, (FakeDataset(name, n_pairs=60),)) for name in ("before", "after")]
    before, after = (Side(path.name, (with_one_hash(path),)) for path in sides)

    found = compare_runs(before, [after])

    assert "dataset before has the same data as after in after" in found.notes
    assert {change.dataset for change in found.changes} == {"before"}


def with_one_hash(folder: Path) -> MeasuredRun:
    raw = read_run(folder)
    facts = raw.manifest.to_json()
    for dataset in facts["datasets"]:
        dataset["sha256"] = "0" * 64
    return MeasuredRun.of(replace(raw, manifest=Manifest.from_json(facts)))


@pytest.mark.parametrize("metric", ["latency_ms_p99", "items_per_s", "usd_per_1k_items"])
def test_what_died_on_both_sides_is_not_judged(tmp_path: Path, metric: str) -> None:
    dead = (replace(THREE[0], error="no model"), *THREE[1:])

    found = compared(tmp_path, dead, dead)

    mine = [c for c in found.changes if (c.provider, c.metric, c.dataset) == (THREE[0].name, metric, "first")]
    assert [bool(change.unjudged) for change in mine] == [True]


def test_rankers_have_no_throughput_to_judge(tmp_path: Path) -> None:
    with_ranker = (*THREE, FakeProvider("bm25", kind="ranker", error="died"))

    found = compared(tmp_path, with_ranker, with_ranker)

    assert "items_per_s" not in {change.metric for change in found.changes if change.provider == "bm25"}
