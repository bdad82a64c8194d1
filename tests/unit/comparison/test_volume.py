"""Bills at a volume on two sides, and rules on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedmark.comparison.gate import check_rules
from embedmark.comparison.match import Side
from embedmark.comparison.model import BILL_TERMS, ComparedRuns
from embedmark.comparison.rules import parse_rule
from embedmark.comparison.runs import compare_providers, compare_runs
from embedmark.derive.run import MeasuredRun
from embedmark.store.manifest.suite import CostFacts
from embedmark.store.read import read_run
from tests.unit.comparison.test_runs import find
from tools.synthetic import FakeDataset, FakeProvider, make_run

API = FakeProvider("api", usd_per_1m_tokens=0.02, facts={"dim": 1536})
PROVIDERS = (
    API,
    *(FakeProvider(name, rate=rate, facts={"dim": 256}) for name, rate in (("a", 50), ("b", 60), ("c", 70))),
)
VOLUME = {
    "documents": 10_000_000, "queries_per_month": 3_000_000, "changed_per_month": 0.05,
    "tokens_per_document": 200.0, "tokens_per_query": 20.0,
}  # fmt: skip
COST = {"hardware_usd_per_hour": 0.36, "vector_usd_per_gb_month": 3.80, "machines": "scale-to-zero", "volume": VOLUME}


def side(
    folder: Path,
    providers: tuple[FakeProvider, ...] = PROVIDERS,
    seed: int = 0,
    reranks: Sequence[str] = (),
    **cost: Any,
) -> Side:
    """Return a run of an API and of three providers on a machine, with a volume."""
    raw = read_run(make_run(folder, providers, (FakeDataset(n_pairs=60),), seed=seed))
    raw.manifest.suite.measure.cost = CostFacts.from_json(COST | cost)
    for price in raw.manifest.prices:
        price.batch_usd_per_1m_tokens = 0.01
    return Side(folder.name, (MeasuredRun.of(raw),))


@pytest.fixture
def base(tmp_path: Path) -> Side:
    return side(tmp_path / "base")


def other(provider: FakeProvider) -> tuple[FakeProvider, ...]:
    return tuple(provider if one.name == provider.name else one for one in PROVIDERS)


def verdict(found: ComparedRuns, rule: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    judged = check_rules([parse_rule(rule)], found)
    return judged.broken, judged.unjudged


def test_bill_of_tokens_is_exact(base: Side, tmp_path: Path) -> None:
    change = find(compare_runs(base, [side(tmp_path / "same", seed=1)]), "api", "year_1_usd")

    assert change.baseline == pytest.approx(78.40 + 2801.664)
    assert (change.change, change.ci_low, change.ci_high) == (0.0, 0.0, 0.0)


def test_longer_vectors_cost_more_and_break_the_rule(base: Side, tmp_path: Path) -> None:
    longer = side(tmp_path / "longer", other(replace(API, facts={"dim": 3072})))
    found = compare_runs(base, [longer])
    broken, _ = verdict(found, "year_1_usd > +10%")

    assert find(found, "api", "year_1_usd").change == pytest.approx(2801.664 / 2880.064)
    assert find(found, "api", "index_usd").change == 0.0
    assert [line.split(":")[1].strip() for line in broken] == ["api, made/up"]


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_bill_of_a_machine_follows_its_speed_with_an_interval(base: Side, tmp_path: Path, factor: float) -> None:
    faster = side(tmp_path / "other", other(replace(PROVIDERS[1], rate=50 * factor)), seed=1)
    change = find(compare_runs(base, [faster]), "a", "index_usd")

    assert change.ci_low is not None
    assert change.ci_high is not None
    assert change.ci_low < 1 / factor - 1 < change.ci_high
    assert change.ci_low < change.change < change.ci_high  # type: ignore[operator]


def test_machine_speed_is_not_reported_as_a_change(base: Side, tmp_path: Path) -> None:
    raw = read_run(make_run(tmp_path / "slow", PROVIDERS, (FakeDataset(n_pairs=60),), seed=1, pace=0.7))
    raw.manifest.suite.measure.cost = CostFacts.from_json(COST)
    found = compare_runs(base, [Side("slow", (MeasuredRun.of(raw),))])

    assert {find(found, name, "index_usd").verdict for name in "abc"} == {"no clear difference"}


@pytest.mark.parametrize(
    ("cost", "reason"),
    [
        ({"volume": VOLUME | {"documents": 20_000_000}}, "another volume: documents 10000000; documents 20000000"),
        ({"machines": "always-on"}, "another volume: machines scale-to-zero; machines always-on"),
        ({"vector_usd_per_gb_month": 5.0}, "another price: vector_usd_per_gb_month 3.8, 5.0"),
        ({"hardware_usd_per_hour": 1.0}, "another price: hardware_usd_per_hour 0.36, 1.0"),
        ({"volume": None}, "no volume in other (measure.cost.volume)"),
    ],
)
def test_another_volume_or_price_is_not_comparable(base: Side, tmp_path: Path, cost: Any, reason: str) -> None:
    found = compare_runs(base, [side(tmp_path / "other", seed=1, **cost)])
    change = find(found, "a", "year_1_usd")
    _, unjudged = verdict(found, "year_1_usd > +10%")

    assert (change.verdict, change.reason) == ("not comparable", reason)
    assert any(reason in line for line in unjudged)


def test_bill_that_lacks_a_price_is_not_judged(tmp_path: Path) -> None:
    sides = [side(tmp_path / name, vector_usd_per_gb_month=None) for name in ("one", "two")]
    found = compare_runs(sides[0], sides[1:])

    assert "missing: the price of memory" in find(found, "a", "year_1_usd").reason
    assert verdict(found, "year_1_usd > +10%")[1]
    assert find(found, "a", "index_usd").change is not None


def test_providers_of_one_run_are_compared_at_own_prices(base: Side) -> None:
    both = find(compare_providers(base, "a", "b"), "b", "index_usd")
    mixed = find(compare_providers(base, "api", "a"), "a", "year_1_usd")

    assert both.change == pytest.approx(50 / 60 - 1, abs=0.05)
    assert mixed.ci_low is not None
    assert mixed.ci_low <= mixed.change <= mixed.ci_high  # type: ignore[operator]


def test_run_without_a_volume_has_no_such_row(tmp_path: Path) -> None:
    sides = [side(tmp_path / name, volume=None) for name in ("one", "two")]

    assert not [c for c in compare_runs(sides[0], sides[1:]).changes if c.metric == "year_1_usd"]


def test_reranker_has_no_index_to_compare(tmp_path: Path) -> None:
    cross = FakeProvider("cross", kind="cross-encoder", usd_per_1m_tokens=0.05)
    sides = [side(tmp_path / name, (*PROVIDERS, cross), reranks=("a", "cross")) for name in ("one", "two")]
    found = compare_runs(sides[0], sides[1:])

    assert {c.metric for c in found.changes if c.provider == "cross" and c.metric.endswith("_usd")} == {
        "queries_usd",
        "year_1_usd",
        "per_1k_queries_usd",
    }


def test_every_term_of_a_bill_has_a_rule(tmp_path: Path) -> None:
    volume = VOLUME | {"growth_per_month": 0.01}
    sides = [side(tmp_path / name, (API, PROVIDERS[1]), volume=volume) for name in ("one", "two")]
    found = compare_runs(sides[0], sides[1:])

    compared = {change.metric for change in found.changes if change.provider == "api" and change.metric in BILL_TERMS}
    on_machine = {change.metric for change in found.changes if change.provider == "a" and change.metric in BILL_TERMS}
    assert compared == BILL_TERMS.keys() - {"machines_usd"}
    assert on_machine == {m for m, (_, by_batch) in BILL_TERMS.items() if not by_batch} - {"machines_usd"}


@pytest.mark.parametrize(
    ("metric", "usd"),
    [
        ("index_usd", 40.0), ("index_batch_usd", 20.0), ("queries_usd", 1.2), ("churn_usd", 2.0),
        ("churn_batch_usd", 1.0),
        ("storage_usd", 233.472), ("year_1_usd", 2880.064), ("year_1_batch_usd", 2848.064), ("switch_usd", 40.0),
        ("per_1k_queries_usd", 2880.064 / 36_000),
    ],
)  # fmt: skip
def test_terms_of_the_worked_example_are_exact(tmp_path: Path, metric: str, usd: float) -> None:
    runs = [side(tmp_path / name, (API,)) for name in ("one", "two")]
    change = find(compare_runs(runs[0], runs[1:]), "api", metric)

    assert change.baseline == pytest.approx(usd)
    assert (change.change, change.ci_low, change.ci_high) == (0.0, 0.0, 0.0)


def test_machines_always_on_are_one_term_and_storage_is_exact(tmp_path: Path) -> None:
    local = (PROVIDERS[1],)
    sides = [side(tmp_path / name, local, machines="always-on") for name in ("one", "two")]
    found = compare_runs(sides[0], sides[1:])

    assert find(found, "a", "machines_usd").baseline == pytest.approx(730 * 0.36)
    assert find(found, "a", "storage_usd").ci_low == 0.0
    assert not [c for c in found.changes if c.metric in ("queries_usd", "churn_usd")]
