"""What a run says while it goes on: what is left, and scores as they come."""

from __future__ import annotations

import numpy as np

from embedmark.cli.estimate import Estimate
from embedmark.cli.progress import Lines, score_text, spoken_job
from embedmark.language import using
from embedmark.store.table import ColumnRows

ROWS = {"provider": "minilm", "dataset": "d", "gold": np.arange(12.0), "predicted": np.arange(12.0) ** 2}


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_said_before_anything_is_known():
    estimate = Estimate(["load", "accuracy", "accuracy"], {})

    assert estimate.text() == ""


def test_time_left_follows_from_jobs_of_the_same_measure():
    clock = Hand()
    estimate = Estimate(["accuracy", "accuracy", "accuracy"], {}, clock)
    estimate.at("minilm: accuracy stsb/test")
    clock.now = 30
    estimate.advance(1)

    assert estimate.text() == "about 60 s left"


def test_budget_bounds_a_measure_that_has_not_begun():
    clock = Hand()
    estimate = Estimate(["accuracy", "latency", "latency"], {"latency": 60}, clock)
    estimate.at("minilm: accuracy stsb/test")
    clock.now = 5
    estimate.advance(1)

    assert estimate.text() == "at most 2 min left"


def test_job_without_a_bound_makes_the_rest_unknown():
    clock = Hand()
    estimate = Estimate(["accuracy", "scaling"], {}, clock)
    estimate.at("minilm: accuracy stsb/test")
    clock.now = 5
    estimate.advance(1)

    assert estimate.text() == ""


def test_scores_are_shown_as_they_come(capsys):
    lines = Lines()

    lines.scored(ColumnRows(ROWS, 12))

    assert capsys.readouterr().err == "  minilm: Spearman 1.000 on d (12 pairs)\n"


def test_constant_scores_show_nothing():
    assert score_text(ColumnRows(ROWS | {"predicted": np.ones(12)}, 12)) == ""


def test_scores_without_gold_show_nothing():
    assert score_text(ColumnRows(ROWS | {"gold": np.full(12, np.nan)}, 12)) == ""


def test_run_prints_its_scores(embedmark, work):
    done = embedmark("run", "small.yaml", "--out", "r", "--measure", "accuracy")

    assert "Spearman" in done.err
    assert "pairs)" in done.err


def test_job_is_named_in_korean_and_its_dataset_is_not() -> None:
    with using("ko"):
        assert spoken_job("lexical: accuracy pairs") == "lexical: 정확도 pairs"
        assert spoken_job("lexical: latency server queries") == "lexical: 지연 시간 server queries"
        assert spoken_job("lexical: load") == "lexical: 로드"
