"""Providers of which the cache has everything, so that nothing of them is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from embedmark.api.items import swapped
from embedmark.calls.tokens import add_counts
from embedmark.datasets import Dataset, ImageDataset, PairDataset
from embedmark.datasets.sample import pairs_of, texts_of
from embedmark.errors import EmbedmarkError
from embedmark.measure.loading import counted_items, keep_truncation
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.planning.job import Job


def is_warm(target: Target, jobs: Sequence[Job], datasets: Mapping[str, Dataset], recorder: Recorder) -> bool:
    """Return True if the cache has all items of these jobs; what load() would reveal is then taken from there.

    Timed jobs are never warm: a cached vector has no time.
    """
    if target.keeping.cache is None or not jobs or any(job.measure != "accuracy" for job in jobs):
        return False
    facts = target.keeping.facts()
    wanted = [datasets[job.dataset] for job in jobs]
    try:
        if facts is None or not all(target.keeping.has(target.keeping.keys(items)) for items in _sent(target, wanted)):
            return False
    except (EmbedmarkError, OSError):  # it is met again, and reported, where the provider is called
        return False
    target.facts = facts
    recorder.provider(target.name, **{key: value for key, value in facts.items() if key != "model"})
    for dataset in datasets.values():
        _count(target, dataset, recorder)
    return True


def _sent(target: Target, datasets: Sequence[Dataset]) -> Iterator[Sequence[Any]]:
    """Yield the items of each dataset as they would be sent."""
    for dataset in datasets:
        if isinstance(dataset, ImageDataset):
            yield dataset.items("image")
        items: Sequence[Any] = texts_of(dataset)
        if target.planned.is_cross and isinstance(dataset, PairDataset):
            pairs = pairs_of(dataset)
            items = [*pairs, *swapped(pairs)]
        ready = target.caller.prepare(items, len(items), average=False)
        yield [ready.items[place] for place in ready.order]


def _count(target: Target, dataset: Dataset, recorder: Recorder) -> None:
    items = counted_items(target, dataset)
    cached = target.keeping.find(target.keeping.keys(items))
    if cached is None or not cached.found.all():
        return
    counts = cached.counts[:, 1]
    if (counts >= 0).all():
        added = add_counts(counts.tolist(), target.max_tokens)
        keep_truncation(target, dataset, len(items), asdict(added), recorder)
