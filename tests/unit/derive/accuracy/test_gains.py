"""Ranks and metrics of retrieval, against a plain sort and against trec_eval."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.derive.accuracy.gains import Judged, metric_names, metrics_of, random_ndcg, require_rising
from embedmark.errors import EmbedmarkError
from embedmark.measure.retrieval.ranks import all_ranks, best_places, judged_ranks

K = (1, 5, 10, 100)


def collection(rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Scores, judged places and grades of a few queries on one corpus, with many ties and documents not found."""
    n = int(rng.integers(3, 120))
    scores, places, grades = [], [], []
    for _ in range(int(rng.integers(1, 8))):
        own = np.round(rng.normal(size=n) * rng.choice([1, 2, 5]))
        own[rng.random(n) < rng.choice([0.0, 0.3])] = np.nan
        judged = np.sort(rng.choice(n, int(rng.integers(1, min(n, 40) + 1)), replace=False))
        grade = rng.integers(-1, 5, len(judged)).astype(float)
        grade[0] = max(1.0, grade[0])
        scores.append(own)
        places.append(judged)
        grades.append(grade)
    return scores, places, grades


def plain_ranks(scores: np.ndarray, places: np.ndarray, grades: np.ndarray) -> np.ndarray:
    """The same order by one sort of everything."""
    grade = np.zeros(len(scores))
    grade[places] = grades
    order = np.lexsort((np.arange(len(scores)), grade, -scores))
    rank = np.empty(len(scores))
    rank[order] = np.arange(1, len(scores) + 1)
    return np.where(np.isnan(scores), np.nan, rank)


def test_metrics_equal_trec_eval_on_200_collections_with_ties() -> None:
    pytrec_eval = pytest.importorskip("pytrec_eval")
    rng, worst = np.random.default_rng(0), 0.0
    names = {f"{name}.{k}" for k in K for name in ("ndcg_cut", "recall", "success")} | {"recip_rank", "map", "P.1"}

    for _ in range(200):
        scores, places, grades = collection(rng)
        n = len(scores[0])
        ranks = [judged_ranks(*query) for query in zip(scores, places, grades, strict=True)]
        judged = Judged(
            len(scores),
            np.repeat(np.arange(len(scores)), [len(mine) for mine in places]),
            np.concatenate(grades),
            np.concatenate(ranks),
        )
        mine = metrics_of(judged, K, n)
        qrels = {
            str(q): {f"d{d}": int(g) for d, g in zip(places[q], grades[q], strict=True)} for q in range(len(scores))
        }
        full = [plain_ranks(*query) for query in zip(scores, places, grades, strict=True)]
        run = {str(q): {f"d{d}": -r for d, r in enumerate(full[q]) if not np.isnan(r)} for q in range(len(scores))}
        theirs = pytrec_eval.RelevanceEvaluator(qrels, names).evaluate(run)
        for q in range(len(scores)):
            found = theirs.get(str(q), {})
            for k in K:
                reciprocal = found.get("recip_rank", 0.0)
                pairs = {
                    f"ndcg_at_{k}": found.get(f"ndcg_cut_{k}", 0.0),
                    f"recall_at_{k}": found.get(f"recall_{k}", 0.0),
                    f"hit_at_{k}": found.get(f"success_{k}", 0.0),
                    f"mrr_at_{k}": reciprocal if reciprocal >= 1 / k - 1e-12 else 0.0,
                    "map": found.get("map", 0.0),
                    "precision_at_1": found.get("P_1", 0.0),
                }
                worst = max(worst, *(abs(mine[name][q] - value) for name, value in pairs.items()))

    assert worst <= 1e-12


def test_ranks_equal_a_plain_sort() -> None:
    rng = np.random.default_rng(1)

    for _ in range(200):
        for scores, places, grades in zip(*collection(rng), strict=True):
            expected = plain_ranks(scores, places, grades)[places]
            assert np.array_equal(judged_ranks(scores, places, grades), expected, equal_nan=True)


def test_ranks_of_a_query_are_distinct() -> None:
    scores = np.zeros(5)

    ranks = judged_ranks(scores, np.array([0, 1, 3]), np.array([1.0, 0.0, 1.0]))

    assert ranks.tolist() == [4, 1, 5]


def test_unfound_documents_have_no_rank() -> None:
    ranks = judged_ranks(np.array([np.nan, 1.0]), np.array([0, 1]), np.array([1.0, 1.0]))

    assert np.isnan(ranks[0])
    assert ranks[1] == 1


def test_best_places_and_all_ranks_keep_the_order_of_the_corpus() -> None:
    scores = np.array([1.0, 2.0, np.nan, 2.0, 1.0])

    assert best_places(scores, 3).tolist() == [1, 3, 0]
    assert all_ranks(scores).tolist()[:2] == [3, 1]
    assert np.isnan(all_ranks(scores)[2])


def test_recall_that_falls_with_k_is_refused() -> None:
    found = {f"{name}_at_{k}": np.array([1.0 - k / 10]) for name in ("recall", "mrr", "hit") for k in (1, 5)}

    with pytest.raises(EmbedmarkError, match="recall_at_5 is below recall_at_1"):
        require_rising(found, (1, 5))


def test_random_ndcg_is_what_random_orders_reach() -> None:
    rng, n = np.random.default_rng(2), 40
    judged = Judged(1, np.zeros(3, dtype=np.int64), np.array([2.0, 1.0, 0.0]), np.full(3, np.nan))

    tried = []
    for _ in range(4000):
        ranks = rng.permutation(n)[:3] + 1.0
        tried.append(metrics_of(Judged(1, judged.queries, judged.grades, ranks), (10,), n)["ndcg_at_10"][0])

    assert random_ndcg(judged, n) == pytest.approx(np.mean(tried), abs=0.01)


def test_ten_is_always_computed() -> None:
    assert "ndcg_at_10" in metric_names([1, 3])
    assert metric_names([1, 3]).count("ndcg_at_10") == 1
