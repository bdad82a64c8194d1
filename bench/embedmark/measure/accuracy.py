"""Scores of every pair of a dataset: what a provider says, beside gold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedmark.api import Usage
from embedmark.api.items import swapped
from embedmark.calls.refusals import Refusal
from embedmark.datasets import Dataset, PairDataset
from embedmark.datasets.sample import pairs_of, texts_of
from embedmark.measure.clock import Clock
from embedmark.measure.ledger_rows import empty_notice, usage_cells
from embedmark.measure.loading import keep_truncation
from embedmark.measure.recorder import Recorder
from embedmark.measure.refused import record_refused
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.store.cells import Row
from embedmark.suite import AccuracySpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


def measure_accuracy(
    target: Target, dataset: PairDataset, spec: AccuracySpec, clock: Clock, recorder: Recorder
) -> None:
    """Score every pair and append one row each to scores.csv. Raises what the provider raises."""
    columns = _shared(target, dataset, recorder)
    if columns is None:
        scored = _predict if target.planned.is_cross else _encode
        columns = scored(target, dataset, spec.batch_size, clock, recorder)
        target.scored[dataset.texts_sha256] = (dataset.name, columns)
    warn_of_gaps(target, dataset, columns["predicted"], recorder)
    names = [*columns, "text1", "text2"]
    rows = zip(*(values.tolist() for values in columns.values()), *_numbers_of_texts(dataset), strict=True)
    recorder.scores([
        {"provider": target.name, "dataset": dataset.name, "pair_id": pair_id, "gold": gold,
         **dict(zip(names, row, strict=True))}
        for pair_id, gold, row in zip(dataset.pair_ids, dataset.gold.tolist(), rows, strict=True)
    ])  # fmt: skip


def _shared(target: Target, dataset: PairDataset, recorder: Recorder) -> dict[str, Array] | None:
    """Return the scores of the same pairs under another gold, and note what that saved; None where there are none."""
    name, columns = target.scored.get(dataset.texts_sha256, ("", None))
    if columns is None:
        return None
    n, what = (2 * len(dataset), "pairs") if target.planned.is_cross else (len(texts_of(dataset)), "texts")
    entry = next(each for each in recorder.run.manifest["datasets"] if each["name"] == dataset.name)
    note = f"its pairs are those of {name} with another gold: {n:,} {what} a provider were read once for both"
    if note not in entry["notes"]:
        entry["notes"].append(note)
    return dict(columns)


def _numbers_of_texts(dataset: PairDataset) -> tuple[list[int], list[int]]:
    """Number the different texts from 1, and return those of each pair: pairs that share one are not independent."""
    numbers = {text: i for i, text in enumerate(texts_of(dataset), start=1)}
    return [numbers[text] for text in dataset.sentence1], [numbers[text] for text in dataset.sentence2]


def pair_scores(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], similarity: str) -> dict[str, Array]:
    """Scores of row i of `a` with row i of `b`, float64 (n,): predicted, dot, neg_euclidean, neg_manhattan.

    A row that is not finite gives NaN; so does the cosine of a zero vector, which has no direction.
    """
    import numpy as np

    x, y = a.astype(np.float64), b.astype(np.float64)
    dot = np.einsum("ij,ij->i", x, y)
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = np.where(norms > 0, dot / norms, np.nan)
    scores = {
        "predicted": dot if similarity == "dot" else cosine,
        "dot": dot,
        "neg_euclidean": -np.linalg.norm(x - y, axis=1),
        "neg_manhattan": -np.abs(x - y).sum(axis=1),
    }
    return {name: np.where(np.isfinite(values), values, np.nan) for name, values in scores.items()}


def _encode(
    target: Target, dataset: PairDataset, batch_size: int, clock: Clock, recorder: Recorder
) -> dict[str, Array]:
    texts = texts_of(dataset)
    vectors = _timed(target, dataset, texts, batch_size, clock, recorder)
    similarity = target.provider.info.similarity
    if similarity == "dot":  # of a cosine, such pairs have no score, and warn_of_gaps() says so
        _warn_of_zeros(target, dataset, vectors, recorder)
    place = {text: i for i, text in enumerate(texts)}
    first = vectors[[place[text] for text in dataset.sentence1]]
    second = vectors[[place[text] for text in dataset.sentence2]]
    return pair_scores(first, second, similarity)


def _predict(
    target: Target, dataset: PairDataset, batch_size: int, clock: Clock, recorder: Recorder
) -> dict[str, Array]:
    import numpy as np

    pairs = pairs_of(dataset)
    # STS is symmetric and a cross-encoder is not: the other order shows by how much.
    values = _timed(target, dataset, [*pairs, *swapped(pairs)], batch_size, clock, recorder).astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    given, reverse = values[: len(pairs)], values[len(pairs) :]
    symmetric = target.planned.info.symmetric
    return {"predicted": (given + reverse) / 2 if symmetric else given, "predicted_reversed": reverse}


def _timed(
    target: Target, dataset: PairDataset, items: Any, batch_size: int, clock: Clock, recorder: Recorder
) -> npt.NDArray[Any]:
    cpu, start = target.cpu_ns(clock), clock.now_ns()
    refused: list[Refusal] = []
    done = target.caller.run(items, batch_size, average=False, refused=refused)
    target.caller.sync()
    elapsed, cpu = clock.now_ns() - start, target.cpu_ns(clock) - cpu
    row: Row = {"dataset": dataset.name, "phase": "timed", "n": len(items), "batch_size": batch_size, "repeat": 1}
    usage: Row = {**usage_cells(done), "n_items": len(items)}
    recorder.samples(target, "accuracy", [{**row, **usage, "elapsed_ns": elapsed, "cpu_ns": cpu}])
    if done.usage.tokens is not None and done.retries is not None:
        target.billed[dataset.name] = done.usage.tokens
    if done.empty:
        recorder.warn(empty_notice(target, dataset, done.empty))
    record_refused(target, dataset, refused, recorder)
    _keep_what_was_cut(target, dataset, len(items), done.usage, recorder)
    return done.values


def _keep_what_was_cut(target: Target, dataset: PairDataset, n: int, usage: Usage, recorder: Recorder) -> None:
    """What replies say of cut texts, where the provider has no tokenizer that told before."""
    if usage.truncated_texts is None or dataset.name in recorder.run.manifest["tokens"].get(target.name, {}):
        return
    orders = 2 if target.planned.is_cross else 1  # every pair was read in both
    counts = {"truncated_texts": usage.truncated_texts, "truncated_tokens": usage.truncated_tokens or 0}
    keep_truncation(target, dataset, n // orders, {key: cut // orders for key, cut in counts.items()}, recorder)


def _warn_of_zeros(target: Target, dataset: PairDataset, vectors: npt.NDArray[np.float32], recorder: Recorder) -> None:
    zeros = int((~vectors.any(axis=1)).sum())
    if zeros:
        recorder.warn(
            Notice(
                "zero-vectors",
                f"{target.name} gave a vector of zeros for {zeros} of {len(vectors)} texts of {dataset.name}: "
                "their dot product is 0 with every text",
                "such texts are scored as if unlike anything; unknown words and empty texts are the usual cause",
                {"provider": target.name, "dataset": dataset.name, "texts": zeros},
            )
        )


def warn_of_gaps(target: Target, dataset: Dataset, predicted: Array, recorder: Recorder) -> None:
    """Warn of pairs without a score: NaN in `predicted` (n,)."""
    import numpy as np

    missing = int(np.isnan(predicted).sum())
    if missing:
        recorder.warn(
            Notice(
                "no-score",
                f"{target.name} gave no score for {missing} of {len(predicted)} pairs of {dataset.name} "
                "(refused, or a vector that is zero or not finite)",
                "look at these pairs in scores.csv: their `predicted` is empty; empty texts are the usual cause",
                {"provider": target.name, "dataset": dataset.name, "pairs": missing},
            )
        )
