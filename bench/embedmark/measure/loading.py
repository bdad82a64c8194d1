"""Loading a provider and its first call: phases of their own, since both are slow in ways that never come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from embedmark.api.items import Item
from embedmark.calls.tokens import count_tokens
from embedmark.datasets import Dataset, PairDataset
from embedmark.datasets.sample import sample_items
from embedmark.errors import ProviderError
from embedmark.machine.collector import collector_off
from embedmark.measure.clock import Clock
from embedmark.measure.ledger_rows import sendable_items
from embedmark.measure.provider_facts import describe
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices.records import provider_note
from embedmark.notices.texts import truncation
from embedmark.plugins.info import fault_of
from embedmark.store.manifest.entries import TokenFacts
from embedmark.store.rows import SampleRow


def load(target: Target, clock: Clock, recorder: Recorder) -> None:
    """Load the provider, timed. Raises what the provider raises."""
    with target.stopwatch(clock) as took, collector_off():
        target.provider.load()
    target.loaded = True
    recorder.samples(target, "load", [SampleRow(phase="load", **took.cells())])
    info = target.provider.info
    if fault := fault_of(info):
        raise ProviderError(fault, hint="write it so in ProviderInfo(...)")
    recorder.provider(target.name, **describe(info, target.planned.model))
    for note in info.notes:
        recorder.warn(provider_note(target.name, note))


def first_call(target: Target, dataset: Dataset, clock: Clock, recorder: Recorder, seed: int) -> None:
    """Make the first call after load: one item, timed. Raises what the provider raises."""
    items = sendable_items(target, sample_items(dataset, target.planned.unit, 8, seed))
    took, item = target.stopwatch(clock), items[0]
    try:
        with took:
            reply = target.caller.call([item])
    except ProviderError as error:
        if not error.splittable or len(items) < 2:
            raise
        item = items[1]  # it may be for what the first text holds
        with took:
            reply = target.caller.call([item])
    elapsed = took.elapsed_ns if reply.service_ns is None else reply.service_ns
    target.alone = (item, target.caller.values(reply, 1)[0].copy())
    _check_dim(target, target.alone[1], recorder)
    row = SampleRow(
        dataset=dataset.name, phase="first", n=1, batch_size=1, n_items=1, tokens=reply.usage.tokens,
        requests=reply.usage.requests, retries=reply.retries, throttled_ns=reply.throttled_ns, elapsed_ns=elapsed,
        cpu_ns=took.cpu_ns,
    )  # fmt: skip
    recorder.samples(target, "load", [row])


def _check_dim(target: Target, vector: Any, recorder: Recorder) -> None:
    """Warn if a provider says another dimension than its vectors have, and keep theirs; a score has none."""
    said = target.provider.info.dim
    if vector.ndim == 1 and said not in (None, len(vector)):
        recorder.warn(
            provider_note(
                target.name, note=f"it says that its vectors have {said} dimensions, and they have {len(vector)}"
            )
        )
        recorder.provider(target.name, dim=len(vector))


def count_dataset(target: Target, dataset: Dataset, recorder: Recorder) -> None:
    """Count the tokens of the dataset's texts where the provider can, off the clock; warn of texts that are cut.

    Of a cross-encoder, the tokens of its pairs: its limit cuts the two texts together.
    """
    items = counted_items(target, dataset)
    counted = count_tokens(target.provider, items, target.caller.token_counts)
    if counted is None:
        return
    keep_truncation(target, dataset, len(items), asdict(counted), recorder)


def counted_items(target: Target, dataset: Dataset) -> Sequence[Item]:
    """Return the items of the dataset whose tokens are counted: pairs for a cross-encoder, else texts."""
    pairs = target.planned.is_cross and isinstance(dataset, PairDataset)
    return dataset.items("pair" if pairs else "text")


def keep_truncation(target: Target, dataset: Dataset, n: int, counts: dict[str, int], recorder: Recorder) -> None:
    """Keep in the manifest what was counted of a dataset, and warn of texts that are cut.

    Args:
        n: texts (pairs, for a cross-encoder) that were counted.
        counts: at least `truncated_texts` and `truncated_tokens`.
    """
    pairs = target.planned.is_cross and isinstance(dataset, PairDataset)
    entry = {"n_pairs" if pairs else "n_texts": n, **counts}
    recorder.run.manifest.tokens.setdefault(target.name, {})[dataset.name] = TokenFacts.from_json(entry)
    if counts["truncated_texts"]:
        recorder.warn(truncation(target.name, dataset.name, entry, target.max_tokens))
