"""The ledger of a provider's calls, as cells of sample rows and as facts and warnings of the manifest."""

from __future__ import annotations

import json
from collections.abc import Sequence

from embedmark.api.items import Item, is_empty
from embedmark.calls.replies import Pass
from embedmark.datasets import Dataset
from embedmark.errors import ProviderError
from embedmark.machine.process import put_back
from embedmark.measure.recorder import Recorder, one_line
from embedmark.measure.target import Target
from embedmark.notices import Notice
from embedmark.store.cells import Row


def usage_cells(done: Pass) -> Row:
    """What a pass used and waited for, as cells of its sample row."""
    used: Row = {"tokens": done.usage.tokens, "requests": done.usage.requests, "searches": done.usage.searches}
    return {**used, "retries": done.retries, "throttled_ns": done.throttled_ns}


def sendable_items(target: Target, items: Sequence[Item]) -> list[Item]:
    """The items without empty texts, where the provider takes none: a call that sends nothing has no latency."""
    if target.planned.info.limits.empty_text:
        return list(items)
    kept = [item for item in items if not is_empty(item)]
    return kept or list(items)


def empty_notice(target: Target, dataset: Dataset, n: int) -> Notice:
    """Empty texts are counted, whatever became of them."""
    skipped = target.planned.info.limits.empty == "skip"
    became = "were not sent, and their pairs have no score" if skipped else "were sent as one space"
    return Notice(
        "empty-text",
        f"{target.name} takes no empty text: {n} in {dataset.name} {became}",
        "options: {empty: error | skip | space} decides; compare providers under one policy",
        {"provider": target.name, "dataset": dataset.name, "texts": n},
    )


def close_books(target: Target, recorder: Recorder) -> None:
    """Keep the ledger and what calls revealed in the manifest; warn of token counts that cannot be right."""
    ledger = target.caller.ledger
    _keep_observed(target, recorder)
    if not ledger.requests:
        return
    recorder.provider(target.name, ledger=ledger.facts())
    if ledger.delivered and not ledger.tokens:
        recorder.warn(_no_usage(target))
    doubt = ledger.doubt(*_counted_and_billed(target, recorder))
    if doubt:
        recorder.warn(
            Notice(
                "usage",
                f"{target.name}: {doubt}",
                "do not price this server by its own usage; count with the model's tokenizer",
                {"provider": target.name, **ledger.facts()},
            )
        )


def _no_usage(target: Target) -> Notice:
    """Warn that nothing is known of what was billed: that is not the same as nothing."""
    return Notice(
        "no-usage",
        f"{target.name}: its server says no usage (or 0 for texts that are not empty): tokens, tokens a second and "
        "what was billed are not known",
        "price it by the model's own tokenizer, or look at the server's bill",
        {"provider": target.name},
    )


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
            message = f"{target.name} failed to close: {one_line(error)}"
            recorder.warn(Notice("close", message, "tell the provider's author"))


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
        message = f"{target.name} cannot say what its calls revealed: {one_line(error)}"
        recorder.warn(Notice("provider", message, "tell the provider's author", {"provider": target.name}))
        return
    for note in facts.get("notes") or ():
        advice = "its replies are used as they are; see `observed` in manifest.json"
        recorder.warn(Notice("provider", f"{target.name}: {note}", advice, {"provider": target.name}))
    if facts:
        recorder.provider(target.name, observed=facts)


def _counted_and_billed(target: Target, recorder: Recorder) -> tuple[int | None, int | None]:
    """Tokens of the datasets' texts by the provider's own tokenizer, and what the accuracy passes were billed."""
    counted = recorder.run.manifest["tokens"].get(target.name, {})
    both = [(counted[name]["read"], used) for name, used in target.billed.items() if "read" in counted.get(name, {})]
    return (sum(c for c, _ in both), sum(u for _, u in both)) if both else (None, None)
