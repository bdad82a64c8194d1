"""The ledger of a provider's calls, as sample rows and as facts and warnings of the manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from embedmark.api.items import Item, is_empty
from embedmark.calls.replies import Pass
from embedmark.datasets import Dataset
from embedmark.errors import ProviderError
from embedmark.machine.process import put_back
from embedmark.measure.call import Call
from embedmark.measure.error_text import one_line, reason_of
from embedmark.measure.kept_pass import KeptPass
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices import Notice, records
from embedmark.notices.texts import empty_text
from embedmark.store.rows import SampleRow


def with_usage(row: SampleRow, done: Pass) -> SampleRow:
    """Return the row with what a pass used and waited for."""
    used = done.usage
    return replace(
        row, tokens=used.tokens, requests=used.requests, searches=used.searches, retries=done.retries,
        throttled_ns=done.throttled_ns,
    )  # fmt: skip


def call_row(call: Call, place: int, row: SampleRow) -> SampleRow:
    """Return the row of a timed call; `place` counts from 1, and `row` says what it was made for."""
    return replace(
        row, phase="timed", n=1, batch_size=1, call=place, n_items=1, tokens=call.tokens, requests=call.requests,
        retries=call.retries, throttled_ns=call.throttled_ns, queue_ns=call.queue_ns, elapsed_ns=call.elapsed_ns,
        cpu_ns=call.cpu_ns,
    )  # fmt: skip


def kept_row(kept: KeptPass, row: SampleRow) -> SampleRow:
    """Return the row of a pass whose replies are kept: usage, times, and what the cache served or ended it."""
    row = replace(with_usage(row, kept.done), n_items=kept.n_items, elapsed_ns=kept.elapsed_ns, cpu_ns=kept.cpu_ns)
    if kept.cached:
        row = replace(row, cached_items=kept.cached, cached_tokens=kept.cached_tokens)
    if kept.failure is not None:
        row = replace(row, status="incomplete", error=reason_of(kept.failure))
    return row


def sendable_items(target: Target, items: Sequence[Item]) -> list[Item]:
    """Return the items without empty texts, where the provider takes none: a call that sends nothing has no latency."""
    if target.planned.info.limits.empty_text:
        return list(items)
    kept = [item for item in items if not is_empty(item)]
    return kept or list(items)


def empty_notice(target: Target, dataset: Dataset, n: int) -> Notice:
    """Return the warning that `n` empty texts of a dataset were skipped or replaced."""
    skipped = target.planned.info.limits.empty == "skip"
    return empty_text(target.name, dataset.name, n, skipped=skipped)


def keep_books(target: Target, recorder: Recorder) -> bool:
    """Keep the ledger and what calls revealed in the manifest; False if nothing was requested.

    Called before a job is noted as done: a run that goes on after a kill does not touch a provider without work.
    """
    ledger = target.caller.ledger
    _keep_observed(target, recorder)
    if not ledger.requests or (target.elsewhere is not None and not target.elsewhere.is_paid):
        return False
    recorder.provider(target.name, ledger=ledger.facts())
    return True


def close_books(target: Target, recorder: Recorder) -> None:
    """Keep the ledger and what calls revealed in the manifest; warn of token counts that cannot be right."""
    if not keep_books(target, recorder):
        return
    ledger = target.caller.ledger
    if ledger.delivered and not ledger.tokens:
        recorder.warn(records.no_usage(target.name))
    doubt = ledger.doubt(*_counted_and_billed(target, recorder))
    if doubt:
        recorder.warn(records.doubtful_usage(target.name, doubt, ledger.facts()))


def close_targets(targets: Sequence[Target], recorder: Recorder) -> None:
    """Close providers that are open, and their books before that."""
    for target in targets:
        if target.closed:
            continue
        target.closed = True
        close_books(target, recorder)
        try:
            with put_back():
                target.caller.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - all is measured; a bad goodbye must not lose it
            recorder.warn(records.bad_close(target.name, one_line(error)))


def _keep_observed(target: Target, recorder: Recorder) -> None:
    observed = getattr(target.provider, "observed", None)
    if observed is None or not target.loaded:  # asking it would import what it computes with
        return
    try:
        facts = dict(observed())
        json.dumps(facts, allow_nan=False)
    except ProviderError:  # it has died, or a call of it was given up: that is said elsewhere
        return
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - all is measured; a provider that says nonsense must not lose it
        recorder.warn(records.bad_observed(target.name, one_line(error)))
        return
    notes = facts.get("notes") or ()
    for note in map(str, [notes] if isinstance(notes, str) else notes):
        recorder.warn(records.observed_note(target.name, note))
    if facts:
        recorder.provider(target.name, observed=facts)


def _counted_and_billed(target: Target, recorder: Recorder) -> tuple[int | None, int | None]:
    """Tokens of the datasets' texts by the provider's own tokenizer, and what the accuracy passes were billed."""
    counted = {name: recorder.run.manifest.counts(target.name, name).read for name in target.billed}
    both = [(read, used) for name, used in target.billed.items() if (read := counted[name]) is not None]
    return (sum(c for c, _ in both), sum(u for _, u in both)) if both else (None, None)
