"""Texts that a provider refused while it took others: each named with its dataset, pair and first characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from embedmark.calls.refusals import Refusal, describe_item
from embedmark.datasets import Dataset, PairDataset
from embedmark.errors import ProviderError
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.notices.texts import refused_text

# Refused texts that get a row of their own in failures.csv; the others are one row together.
_ROWS = 20
_NAMED = 3
_ADVICE = "shorten or remove it, let the server truncate (options: {extra_body: ...}), or options: {refused: skip}"


def record_refused(target: Target, dataset: Dataset, refused: Sequence[Refusal], recorder: Recorder) -> None:
    """Write what was refused: failure rows under the policy `error`, one warning under `skip`."""
    if not refused:
        return
    unique = list({one.item: one for one in refused}.values())
    if target.planned.info.limits.refused == "skip":
        recorder.warn(_notice(target, dataset, unique))
        return
    for one in unique[:_ROWS]:
        recorder.failed_point(target, "accuracy", dataset.name, "timed", _named(dataset, one))
    if rest := unique[_ROWS:]:
        more = type(rest[0].error)(f"{len(rest)} more texts of {dataset.name} were refused: {rest[0].error.message}")
        recorder.failed_point(target, "accuracy", dataset.name, "timed", more)


def _named(dataset: Dataset, refusal: Refusal) -> ProviderError:
    error = refusal.error
    message = f"{_place(dataset, refusal.item)}: {describe_item(refusal.item)} was refused: {error.message}"
    return type(error)(message, may_be_billed=error.may_be_billed, where=error.where, hint=_ADVICE)


def _place(dataset: Dataset, item: Any) -> str:
    """Return the dataset and the pairs that contain a text, or a pair of texts."""
    if not isinstance(dataset, PairDataset):
        return f"a text of {dataset.name}"
    rows = zip(dataset.pair_ids, dataset.sentence1, dataset.sentence2, strict=True)
    found = [pair_id for pair_id, *texts in rows if _is_of(item, texts)]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{dataset.name}, pair {', '.join(found[:_NAMED])}{more}" if found else f"a text of {dataset.name}"


def _is_of(item: Any, texts: Sequence[str]) -> bool:
    return item in texts if isinstance(item, str) else sorted(item) == sorted(texts)


def _notice(target: Target, dataset: Dataset, refused: Sequence[Refusal]) -> Notice:
    named = "; ".join(f"{_place(dataset, one.item)}: {describe_item(one.item)}" for one in refused[:_NAMED])
    more = f"; and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
    return refused_text(target.name, dataset.name, len(refused), f"{named}{more} ({refused[0].error.message})")
