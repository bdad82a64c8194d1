"""compressed.csv: written from the vectors of one encode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.kit import Clock, Known, clock, dataset, measure

__all__ = ["clock", "measure"]


def test_cells_come_from_one_encode(measure: Callable[..., Any], clock: Clock) -> None:
    provider, pairs = Known(clock, "a"), dataset()
    run, *_ = measure([provider], {"accuracy": {}, "compression": {"dims": [2, 1]}}, [pairs])

    assert sum(provider.calls) == 1 + len({*pairs.sentence1, *pairs.sentence2})  # the first call is apart
    assert set(zip(run.compressed["dims"], run.compressed["precision"], strict=True)) == {
        (dims, kind) for dims in (2, 1) for kind in ("float32", "float16", "int8", "binary", "binary+rescore")
    }


def test_full_cell_is_the_score_itself(measure: Callable[..., Any], clock: Clock) -> None:
    run, *_ = measure([Known(clock, "a")], {"accuracy": {}, "compression": {"precisions": ["int8"]}})
    rows = run.compressed[(run.compressed["dims"] == 2) & (run.compressed["precision"] == "float32")]

    assert np.allclose(rows["value"], run.scores["predicted"], atol=1e-6)


def test_dims_above_the_models_fail_and_the_others_continue(measure: Callable[..., Any], clock: Clock) -> None:
    run, *_ = measure([Known(clock, "a")], {"accuracy": {}, "compression": {"dims": [5, 1], "precisions": ["int8"]}})

    assert "names 5, and its vectors have 2 dimensions" in run.failures["message"].iloc[0]
    assert {(2, "float32"), (1, "int8")} == set(zip(run.compressed["dims"], run.compressed["precision"], strict=True))


def test_run_without_compression_has_no_file(measure: Callable[..., Any], clock: Clock) -> None:
    run, *_ = measure([Known(clock, "a")], {"accuracy": {}})

    assert run.compressed is None
