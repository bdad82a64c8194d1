"""All pairs within n texts, timed at several n: O(n) encodes and a similarity stage, or O(n²) pair predictions."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from embedmark.datasets import Dataset
from embedmark.measure.clock import Clock
from embedmark.measure.recorder import Recorder
from embedmark.measure.similarity import top_k, unit_rows
from embedmark.measure.target import Target
from embedmark.plan import pair_count
from embedmark.store.cells import Row
from embedmark.suite import ScalingSpec
from embedmark.work import sample_items

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_TOP_K = 10
# The similarity stage of some tens of texts takes microseconds, all of them overhead: what c·n² costs shows at sizes
# such as these. Its vectors are drawn from the real ones; the time of a matrix product does not depend on values.
_SIMILARITY_SIZES = (500, 1000, 2000)


def measure_scaling(
    target: Target, dataset: Dataset, spec: ScalingSpec, clock: Clock, recorder: Recorder, seed: int
) -> None:
    """Time the work of all pairs at every size, one row a stage and repeat. Raises what the provider raises."""
    texts = [str(text) for text in sample_items(dataset, "text", spec.sizes[-1], seed, replace=spec.replace)]
    stages = _predict if target.planned.is_cross else _encode
    stages(target, dataset, texts[: spec.sizes[0]], 0, spec, clock, None)
    vectors: npt.NDArray[np.float32] | None = None
    start, last_took = clock.now_ns(), dict.fromkeys(spec.sizes, 0)
    for repeat, n in itertools.product(range(1, spec.repeats + 1), spec.sizes):
        begun = clock.now_ns()
        # Every size once in any case; again only while that still fits, so that the small ones get all their repeats.
        if repeat > 1 and begun - start + last_took[n] > spec.max_seconds * 1e9:
            continue
        vectors = stages(target, dataset, texts[:n], repeat, spec, clock, recorder)
        last_took[n] = clock.now_ns() - begun
    if vectors is not None:
        _similarity_alone(target, dataset, vectors, spec.repeats, clock, recorder)


def _encode(
    target: Target, dataset: Dataset, texts: list[str], repeat: int, spec: ScalingSpec, clock: Clock,
    recorder: Recorder | None,
) -> npt.NDArray[np.float32]:  # fmt: skip
    n = len(texts)

    def encode() -> Any:
        done = target.caller.run(texts, spec.batch_size)
        target.caller.sync()
        return done

    done, encoded = _timed(target, encode, clock)
    _, compared = _timed(target, lambda: top_k(unit_rows(done.values), _TOP_K), clock)
    if recorder is not None:
        row: Row = {"dataset": dataset.name, "phase": "timed", "n": n, "repeat": repeat}
        usage: Row = {"batch_size": spec.batch_size, "tokens": done.usage.tokens, "requests": done.usage.requests}
        recorder.samples(
            target,
            "scaling",
            [
                {**row, **usage, "scenario": "encode", "n_items": n, **encoded},
                {**row, "scenario": "similarity", "unit": "pair", "n_items": pair_count(n), **compared},
            ],
        )
    vectors: npt.NDArray[np.float32] = done.values
    return vectors


def _predict(
    target: Target, dataset: Dataset, texts: list[str], repeat: int, spec: ScalingSpec, clock: Clock,
    recorder: Recorder | None,
) -> None:  # fmt: skip
    def predict() -> Any:
        done = target.caller.run(list(itertools.combinations(texts, 2)), spec.batch_size)
        target.caller.sync()
        return done

    done, predicted = _timed(target, predict, clock)
    if recorder is not None:
        n = len(texts)
        row: Row = {"dataset": dataset.name, "phase": "timed", "n": n, "repeat": repeat, "batch_size": spec.batch_size}
        usage: Row = {"tokens": done.usage.tokens, "requests": done.usage.requests, "n_items": pair_count(n)}
        recorder.samples(target, "scaling", [{**row, **usage, "scenario": "predict", **predicted}])


def _similarity_alone(
    target: Target, dataset: Dataset, vectors: npt.NDArray[np.float32], repeats: int, clock: Clock,
    recorder: Recorder,
) -> None:  # fmt: skip
    import numpy as np

    rng = np.random.default_rng(0)
    for repeat, n in itertools.product(range(1, repeats + 1), _SIMILARITY_SIZES):
        drawn = vectors[rng.integers(len(vectors), size=n)]
        _, took = _timed(target, lambda drawn=drawn: top_k(unit_rows(drawn), _TOP_K), clock)  # type: ignore[misc]
        row: Row = {"dataset": dataset.name, "phase": "timed", "n": n, "repeat": repeat, "scenario": "similarity"}
        recorder.samples(target, "scaling", [{**row, "unit": "pair", "n_items": pair_count(n), **took}])


def _timed(target: Target, work: Callable[[], Any], clock: Clock) -> tuple[Any, dict[str, int]]:
    cpu, start = target.cpu_ns(clock), clock.now_ns()
    result = work()
    elapsed, cpu = clock.now_ns() - start, target.cpu_ns(clock) - cpu
    return result, {"elapsed_ns": elapsed, "cpu_ns": cpu}
