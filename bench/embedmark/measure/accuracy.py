"""Scores of every pair of a dataset: what a provider says, beside gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from embedmark.api import Usage
from embedmark.api.items import role_key, swapped
from embedmark.datasets import Dataset, ImageDataset, PairDataset
from embedmark.datasets.sample import pairs_of, texts_of
from embedmark.datasets.text_places import text_places
from embedmark.errors import listing
from embedmark.measure.alike import warn_of_alike
from embedmark.measure.alike_pairs import warn_of_alike_pairs
from embedmark.measure.clock import Clock
from embedmark.measure.compression.measure import compress_pairs, write_pairs
from embedmark.measure.kept_pass import KeptPass, kept_pass
from embedmark.measure.ledger_rows import empty_notice, kept_row
from embedmark.measure.loading import keep_truncation
from embedmark.measure.pairs import scores_at
from embedmark.measure.recorder import Recorder
from embedmark.measure.refused import record_refused
from embedmark.measure.target import Target
from embedmark.notices import Notice, records, texts
from embedmark.store.rows import SampleRow
from embedmark.store.table import ColumnRows
from embedmark.suite import AccuracySpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.store.table import Column

    Array = npt.NDArray[np.float64]


def measure_accuracy(
    target: Target, dataset: PairDataset, spec: AccuracySpec, clock: Clock, recorder: Recorder, job: str
) -> bool:
    """Score every pair and append one row each to scores.csv; False where bad replies cost some of them.

    A pass that ends early scores the pairs that it has, and raises what ended it.
    """
    shared = _shared(target, dataset, recorder)
    if shared is not None:
        warn_of_gaps(target, dataset, shared["predicted"], recorder)
        _write_scores(target, dataset, shared, recorder)
        write_pairs(target, dataset, target.compressed.get(dataset.texts_sha256, {}), recorder)
        return True
    scored = _predict if target.planned.is_cross else _encode
    kept, columns = scored(target, dataset, spec.batch_size, clock, job)
    record_pass(target, dataset, kept, SampleRow(batch_size=spec.batch_size), recorder)
    record_refused(target, dataset, kept.refused, recorder)
    if kept.failure is None:
        warn_of_gaps(target, dataset, columns["predicted"], recorder)
        if not target.planned.is_cross and target.similarity == "dot":
            _warn_of_zeros(target, dataset, kept.done.values, recorder)
        if target.planned.is_cross:
            _warn_of_alike_pairs(target, dataset, kept, recorder)
        else:
            warn_of_alike(target, dataset, texts_of(dataset), kept.done.values, recorder)
            vectors = (kept.done.values, text_places(dataset))
            target.compressed[dataset.texts_sha256] = compress_pairs(target, dataset, vectors, recorder)
    _write_scores(target, dataset, columns, recorder, only_scored=kept.failure is not None)
    lost = _lost_pairs(dataset, kept, target) if kept.lost else []
    record_end(target, dataset, kept, lost, recorder)
    if kept.is_whole(target):
        target.scored[dataset.texts_sha256] = (dataset.name, columns)
    return kept.is_whole(target)


def _write_scores(
    target: Target, dataset: PairDataset, columns: dict[str, Array], recorder: Recorder, *, only_scored: bool = False
) -> None:
    text1, text2 = _numbers_of_texts(dataset).T
    arrays = {"gold": dataset.gold, **columns, "text1": text1, "text2": text2}
    append_scores(target, dataset, arrays, recorder, only_scored=only_scored)


def append_scores(
    target: Target,
    dataset: PairDataset | ImageDataset,
    arrays: Mapping[str, npt.NDArray[np.generic]],
    recorder: Recorder,
    *,
    only_scored: bool,
) -> None:
    """Append a row of scores.csv for every pair.

    Args:
        target: whose scores they are.
        dataset: whose pairs they are.
        arrays: by column, a value for each pair; `predicted` is one of them.
        recorder: takes the rows.
        only_scored: True to leave out pairs without a prediction.
    """
    import numpy as np

    ids: Sequence[str] = dataset.pair_ids
    if only_scored:
        there = np.flatnonzero(~np.isnan(arrays["predicted"]))
        arrays = {name: values[there] for name, values in arrays.items()}
        ids = [ids[i] for i in there.tolist()]
    fixed: dict[str, Column] = {"provider": target.name, "dataset": dataset.name, "pair_id": ids}
    recorder.scores(ColumnRows({**fixed, **arrays}, len(ids)))


def record_pass(target: Target, dataset: Dataset, kept: KeptPass, like: SampleRow, recorder: Recorder) -> None:
    """Append the sample row of a pass, and warn of what the cache served and of empty texts.

    Args:
        like: a row with further cells.
    """
    done, n = kept.done, len(kept.done.values)
    row = kept_row(kept, replace(like, dataset=dataset.name, phase="timed", n=n, repeat=1))
    recorder.samples(target, "accuracy", [row])
    if kept.cached:
        recorder.warn(_cached_notice(target, dataset, kept, n))
    elif done.usage.tokens is not None and done.retries is not None and kept.failure is None:
        target.billed[dataset.name] = target.billed.get(dataset.name, 0) + done.usage.tokens
    if done.empty:
        recorder.warn(empty_notice(target, dataset, done.empty))
    if not kept.cached and kept.failure is None:
        _keep_what_was_cut(target, dataset, n, done.usage, recorder)


def record_end(target: Target, dataset: Dataset, kept: KeptPass, lost: Sequence[str], recorder: Recorder) -> None:
    """Name the pairs that bad replies cost, in failures.csv; raise what ended the pass early."""
    if kept.lost:
        error = kept.lost[0].error
        items = sum(len(one.indexes) for one in kept.lost)
        message = f"{len(kept.lost)} bad replies cost {items} items, and these pairs their score: {listing(lost)}; "
        recorder.failed_point(target, "accuracy", dataset.name, "timed", error, message)
    if kept.failure is not None:
        raise kept.failure


def _lost_pairs(dataset: PairDataset, kept: KeptPass, target: Target) -> list[str]:
    """Return the ids of pairs that have no score because of a bad reply."""
    places = {place for lost in kept.lost for place in lost.indexes}
    if target.planned.is_cross:
        n = len(dataset)
        return [name for i, name in enumerate(dataset.pair_ids) if i in places or i + n in places]
    texts = texts_of(dataset)
    gone = {role_key(texts[place]) for place in places}
    pairs = zip(dataset.pair_ids, dataset.sentence1, dataset.sentence2, strict=True)
    return [name for name, a, b in pairs if role_key(a) in gone or role_key(b) in gone]


def _shared(target: Target, dataset: PairDataset, recorder: Recorder) -> dict[str, Array] | None:
    """Return the scores of the same pairs under another gold, and note what that saved; None where there are none."""
    name, columns = target.scored.get(dataset.texts_sha256, ("", None))
    if columns is None:
        return None
    n, what = (2 * len(dataset), "pairs") if target.planned.is_cross else (len(texts_of(dataset)), "texts")
    note = f"its pairs are those of {name} with another gold: {n:,} {what} a provider were read once for both"
    recorder.dataset_note(dataset.name, note)
    return dict(columns)


def _numbers_of_texts(dataset: PairDataset) -> npt.NDArray[np.int64]:
    """Number the different texts from 1, and return those of each pair (n, 2): pairs that share one are dependent."""
    import numpy as np

    if not dataset.has_roles:
        return text_places(dataset) + 1
    words = dict.fromkeys(map(str, texts_of(dataset)))  # a text is the same one in either role
    numbers = {text: i for i, text in enumerate(words, start=1)}
    sides = (dataset.sentence1, dataset.sentence2)
    return np.array([[numbers[text] for text in side] for side in sides], dtype=np.int64).T


def _encode(
    target: Target, dataset: PairDataset, batch_size: int, clock: Clock, job: str
) -> tuple[KeptPass, dict[str, Array]]:
    texts = texts_of(dataset)
    kept = kept_pass(target, texts, batch_size, clock, job)
    vectors = kept.done.values
    return kept, scores_at(vectors, text_places(dataset), target.similarity)


def _predict(
    target: Target, dataset: PairDataset, batch_size: int, clock: Clock, job: str
) -> tuple[KeptPass, dict[str, Array]]:
    import numpy as np

    pairs = pairs_of(dataset)
    # STS is symmetric and a cross-encoder is not: the other order shows by how much.
    kept = kept_pass(target, [*pairs, *swapped(pairs)], batch_size, clock, job)
    values = kept.done.values.astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    given, reverse = values[: len(pairs)], values[len(pairs) :]
    symmetric = target.planned.info.symmetric
    return kept, {"predicted": given / 2 + reverse / 2 if symmetric else given, "predicted_reversed": reverse}


def _warn_of_alike_pairs(target: Target, dataset: PairDataset, kept: KeptPass, recorder: Recorder) -> None:
    pairs = pairs_of(dataset)
    warn_of_alike_pairs(target, dataset, [*pairs, *swapped(pairs)], kept.batches, kept.done.values, recorder)


def _cached_notice(target: Target, dataset: Dataset, kept: KeptPass, n: int) -> Notice:
    made = datetime.fromtimestamp(kept.cached_from or 0, UTC).date().isoformat()
    return records.cached(target.name, dataset.name, items=kept.cached, of=n, made=made)


def _keep_what_was_cut(target: Target, dataset: Dataset, n: int, usage: Usage, recorder: Recorder) -> None:
    """Keep what replies say about cut texts, if the provider has no tokenizer that told before."""
    if usage.truncated_texts is None or dataset.name in recorder.run.manifest.tokens.get(target.name, {}):
        return
    orders = 2 if target.planned.is_cross else 1  # every pair was read in both
    counts = {"truncated_texts": usage.truncated_texts, "truncated_tokens": usage.truncated_tokens or 0}
    keep_truncation(target, dataset, n // orders, {key: cut // orders for key, cut in counts.items()}, recorder)


def _warn_of_zeros(target: Target, dataset: PairDataset, vectors: npt.NDArray[np.float32], recorder: Recorder) -> None:
    zeros = int((~vectors.any(axis=1)).sum())
    if zeros:
        recorder.warn(texts.zero_vectors(target.name, dataset.name, zeros=zeros, texts=len(vectors)))


def warn_of_gaps(target: Target, dataset: Dataset, predicted: Array, recorder: Recorder) -> None:
    """Warn of pairs without a score: NaN in `predicted` (n,)."""
    import numpy as np

    missing = int(np.isnan(predicted).sum())
    if missing:
        recorder.warn(texts.unscored_pairs(target.name, dataset.name, missing=missing, pairs=len(predicted)))
