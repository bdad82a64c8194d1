"""accuracy.csv on scores with known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats as reference

from embedmark.derive import derive_tables
from embedmark.derive.findings import find

RNG = np.random.default_rng(0)
GOLD = np.round(RNG.uniform(0, 5, 200) * 4) / 4
NOISE = RNG.normal(size=(3, 200))
GOOD, SAME, POOR = GOLD / 5 + 0.1 * NOISE[0], GOLD / 5 + 0.1 * NOISE[1], GOLD / 5 + 0.8 * NOISE[2]
SMALL = {"resamples": 200}


def rows_of(run: Any, **wanted: Any) -> list[dict[str, Any]]:
    table = derive_tables(run.build())["accuracy.csv"]
    return [row for row in table if all(row[key] == value for key, value in wanted.items())]


def test_values_are_those_of_scipy_and_lie_in_their_intervals(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", GOLD, GOOD)
    spearman, pearson = rows_of(suite)
    assert (spearman["metric"], pearson["metric"]) == ("spearman", "pearson")
    assert spearman["value"] == pytest.approx(reference.spearmanr(GOLD, GOOD).statistic, abs=1e-9)
    assert pearson["value"] == pytest.approx(reference.pearsonr(GOLD, GOOD).statistic, abs=1e-9)
    for row in (spearman, pearson):
        assert row["ci_low"] < row["value"] < row["ci_high"]
        assert (row["n_pairs"], row["n_scored"], row["slice"], row["similarity"]) == (200, 200, "all", "cosine")
        assert row["status"] == "ok"


def test_tie_group_has_the_best_and_all_not_shown_to_differ(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200)
    for name, scores in (("poor", POOR), ("good", GOOD), ("same", SAME)):
        suite.provider(name).scores(name, GOLD, scores, dot=scores)
    primary = rows_of(suite, metric="spearman", similarity="cosine")
    assert {row["provider"]: row["tie_group"] for row in primary} == {"poor": None, "good": 1, "same": 1}
    assert {row["tie_group"] for row in rows_of(suite, metric="pearson")} == {None}
    assert {row["tie_group"] for row in rows_of(suite, similarity="dot")} == {None}


def test_one_provider_is_its_own_tie_group(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("only").scores("only", GOLD, POOR)
    assert rows_of(suite, metric="spearman")[0]["tie_group"] == 1


def test_other_similarities_follow_the_models_own(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200)
    suite.provider("a").scores("a", GOLD, GOOD, dot=POOR, neg_euclidean=SAME, neg_manhattan=-GOOD)
    suite.provider("b", similarity="dot").scores("b", GOLD, POOR, dot=POOR, neg_euclidean=SAME, neg_manhattan=SAME)
    suite.provider("c", kind="cross-encoder").scores("c", GOLD, GOOD, predicted_reversed=GOOD)
    order = [(r["provider"], r["similarity"]) for r in rows_of(suite, metric="spearman")]
    assert order == [
        ("a", "cosine"), ("a", "dot"), ("a", "euclidean"), ("a", "manhattan"),
        ("b", "dot"), ("b", "euclidean"), ("b", "manhattan"), ("c", None),
    ]  # fmt: skip
    [dot] = rows_of(suite, provider="a", similarity="dot", metric="spearman")
    assert dot["value"] == pytest.approx(reference.spearmanr(GOLD, POOR).statistic, abs=1e-9)


def test_missing_scores_are_counted_and_left_out(run: Any) -> None:
    gaps = GOOD.copy()
    gaps[[5, 6]], gaps[7] = np.nan, np.inf
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", GOLD, gaps)
    row = rows_of(suite, metric="spearman")[0]
    kept = np.isfinite(gaps)
    assert (row["n_pairs"], row["n_scored"]) == (200, 197)
    assert row["value"] == pytest.approx(reference.spearmanr(GOLD[kept], gaps[kept]).statistic, abs=1e-9)


def test_rows_in_another_order_and_fewer_are_matched_by_pair_id(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").provider("b")
    suite.scores("a", GOLD, GOOD).scores("b", GOLD, POOR)
    expected = rows_of(suite)
    suite.score_rows[200:] = suite.score_rows[:199:-1]
    assert rows_of(suite) == expected
    suite.score_rows = [r for r in suite.score_rows if not (r["provider"] == "b" and r["pair_id"] in {"1", "9"})]
    kept = np.delete(np.arange(200), [0, 8])
    row = rows_of(suite, provider="b", metric="spearman")[0]
    assert (row["n_pairs"], row["n_scored"]) == (200, 198)
    assert row["value"] == pytest.approx(reference.spearmanr(GOLD[kept], POOR[kept]).statistic, abs=1e-9)
    assert rows_of(suite, provider="a") == expected[:2]


@pytest.mark.parametrize(
    ("scores", "gold", "status"),
    [
        (np.full(200, 0.7), GOLD, "constant-predictions"),
        (np.full(200, np.nan), GOLD, "too-few-pairs"),
        (GOOD, np.full(200, 2.5), "constant-gold"),
        (np.where(np.arange(200) < 2, GOOD, np.nan), GOLD, "too-few-pairs"),
    ],
)
def test_undefined_is_empty_and_says_why(run: Any, scores: Any, gold: Any, status: str) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", gold, scores)
    for row in rows_of(suite):
        assert row["status"] == status
        assert row["value"] is row["ci_low"] is row["ci_high"] is row["tie_group"] is None


def test_one_pair(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 1).provider("a").scores("a", [2.0], [0.5])
    assert [(r["status"], r["n_scored"], r["value"]) for r in rows_of(suite)] == [("too-few-pairs", 1, None)] * 2


def test_few_pairs_have_a_value_and_no_interval(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 5).provider("a").scores("a", [1, 2, 3, 4, 5], [1, 3, 2, 4, 5])
    row = rows_of(suite, metric="spearman")[0]
    assert (row["value"], row["ci_low"], row["status"]) == (0.9, None, "ok")


def test_provider_without_scores_has_a_reason(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", GOLD, GOOD)
    suite.provider("untrained", kind="cross-encoder", untrained=True).provider("later")
    suite.provider("broken").failure("broken", "no hub answers")
    found = {row["provider"]: (row["status"], row["value"]) for row in rows_of(suite, metric="pearson")}
    assert found["untrained"] == ("untrained-head", None)
    assert found["later"] == ("not-measured", None)
    assert found["broken"] == ("failed", None)


def test_an_untrained_head_has_no_accuracy_even_with_scores(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("u", untrained=True).scores("u", GOLD, GOOD)
    assert {(row["status"], row["value"]) for row in rows_of(suite)} == {("untrained-head", None)}


def test_several_datasets_are_apart(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("한국어/시험", 200).dataset("second", 100).provider("한국어 모델").provider("b")
    suite.scores("한국어 모델", GOLD, GOOD).scores("b", GOLD, POOR)
    suite.scores("한국어 모델", GOLD[:100], POOR[:100], "second").scores("b", GOLD[:100], GOOD[:100], "second")
    rows = rows_of(suite, metric="spearman")
    assert [(r["dataset"], r["provider"], r["tie_group"]) for r in rows] == [
        ("한국어/시험", "한국어 모델", 1), ("한국어/시험", "b", None),
        ("second", "한국어 모델", None), ("second", "b", 1),
    ]  # fmt: skip


def test_a_providers_rows_do_not_depend_on_who_else_is_there(run: Any) -> None:
    alone = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", GOLD, GOOD)
    beside = run(accuracy=SMALL).dataset("d", 200).provider("z").provider("a")
    beside.scores("z", GOLD, POOR).scores("a", GOLD, GOOD)
    assert rows_of(alone) == rows_of(beside, provider="a")


def test_draws_follow_seed_and_pairs_and_not_the_label(run: Any) -> None:
    def detectable(seed: int, label: str, sha256: str) -> Any:
        suite = run(accuracy=SMALL).dataset(label, 100, sha256)
        for name, scores in (("a", GOOD), ("b", POOR), ("c", GOLD + POOR)):
            suite.provider(name).scores(name, GOLD[:100], scores[:100])
        suite.seed = seed
        return find(suite.build()).comparisons[0].detectable

    assert detectable(0, "d", "h") == detectable(0, "other label", "h")
    assert len({detectable(0, "d", "h"), detectable(1, "d", "h"), detectable(0, "d", "h2")}) == 3


def test_pairs_that_share_texts_have_wider_intervals(run: Any) -> None:
    """Twenty queries with ten candidates each: a query moves all of its scores."""
    query = np.repeat(np.arange(20), 10)
    rng = np.random.default_rng(0)
    gold = rng.normal(size=20)[query] + 0.3 * rng.normal(size=200)
    scores = gold + rng.normal(size=20)[query]

    def width(**columns: Any) -> Any:
        suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", gold, scores, **columns)
        row = rows_of(suite, metric="spearman")[0]
        return row["ci_high"] - row["ci_low"]

    apart = width(text1=np.arange(200), text2=200 + np.arange(200))
    assert apart == width()
    assert width(text1=query, text2=200 + np.arange(200)) > 1.5 * apart


def test_binary_gold_is_judged_by_average_precision(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", (GOLD > 1).astype(float), GOOD)

    rows = rows_of(suite)

    assert [row["metric"] for row in rows] == [
        "average_precision",
        "roc_auc",
        "held_out_accuracy",
        "spearman",
        "pearson",
    ]
    assert [row["tie_group"] for row in rows] == [1, None, None, None, None]
    assert all(row["ci_low"] < row["value"] < row["ci_high"] for row in rows)


@pytest.mark.parametrize(("n", "marked"), [(5, None), (60, 1)])
def test_no_provider_is_marked_if_no_test_reaches_5_percent(run: Any, n: int, marked: int | None) -> None:
    suite = run(accuracy=SMALL).dataset("d", n)
    suite.provider("a").scores("a", GOLD[:n], GOLD[:n]).provider("b").scores("b", GOLD[:n], POOR[:n])

    rows = rows_of(suite, metric="spearman")

    assert [row["tie_group"] for row in rows] == [marked, None]


def test_provider_with_gaps_is_ranked_on_shared_pairs(run: Any) -> None:
    """`part` lost the pairs on which it is wrong: over its own pairs it leads, over those of all it does not."""
    whole = np.concatenate([GOLD[:100] + 0.05 * POOR[:100], POOR[100:]])
    part = np.concatenate([GOOD[:100], np.full(100, np.nan)])
    suite = run(accuracy=SMALL).dataset("d", 200)
    suite.provider("part").scores("part", GOLD, part).provider("whole").scores("whole", GOLD, whole)

    rows = {row["provider"]: row for row in rows_of(suite, metric="spearman")}

    assert rows["part"]["value"] > rows["whole"]["value"]
    assert (rows["part"]["tie_group"], rows["whole"]["tie_group"]) == (None, 1)


def test_no_rows_where_accuracy_was_not_wanted(run: Any) -> None:
    assert rows_of(run().dataset("d", 200).provider("a")) == []


def test_truncated_texts_come_from_the_manifest(run: Any) -> None:
    suite = run(accuracy=SMALL).dataset("d", 200).provider("a").scores("a", GOLD, GOOD)
    suite.tokens = {"a": {"d": {"n_texts": 10, "read": 50, "truncated_texts": 3}}}
    assert rows_of(suite)[0]["truncated_texts"] == 3
