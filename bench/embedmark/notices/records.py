"""Warnings about a run's record: what was billed, cached, resumed or damaged, and what providers say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from embedmark.notices.model import Notice, first_of

_IN_RECIPE = "its recipe in the report and in manifest.json has all settings"
_IN_OBSERVED = "its replies are used unchanged; see `observed` in manifest.json"


def broken_seal(files: Iterable[str]) -> Notice:
    """Return the warning that raw files are not as they were measured."""
    named = ", ".join(files)
    return Notice(
        code="broken-seal",
        message=f"the seal of the raw rows is broken: {named} changed after the run was measured, and so did the "
        "results below",
        advice="`embedmark verify` names each place; restore the file, or run the suite again",
        data={"files": named},
    )


def damaged_rows(file: str, rows: Sequence[int]) -> Notice:
    """Return the warning that rows of a raw file have too many or too few cells, and were left out."""
    return Notice(
        code="damaged-rows",
        message=f"{file}: {len(rows)} of its rows ({first_of(rows, 5)}) do not have the columns of the file, and were "
        "left out",
        advice="raw rows are never edited; restore the file, or run the suite again",
        data={"file": file, "rows": list(rows)},
    )


def cached(provider: str, dataset: str, *, items: int, of: int, made: str) -> Notice:
    """Return the note that items came from the vector cache; `made` is the date of the oldest."""
    return Notice(
        code="cached",
        message=f"{provider}: {items:,} of {of:,} items of {dataset} came from the vector cache, made {made} or "
        "later: nothing was sent or billed for them",
        advice="--no-cache requests all of them again",
        data={"provider": provider, "dataset": dataset, "items": items, "of": of, "made": made},
    )


def broken_cache(why: str) -> Notice:
    """Return the warning that the vector cache cannot be used."""
    return Notice(
        code="cache",
        message=f"the vector cache cannot be used: {why}",
        advice="embedmark cache info shows where it is; embedmark cache clear makes a new one",
    )


def doubtful_usage(provider: str, doubt: str, facts: Mapping[str, Any]) -> Notice:
    """Return the warning that a server's token counts cannot be right."""
    return Notice(
        code="usage",
        message=f"{provider}: {doubt}",
        advice="do not price this server by its own usage; count with the model's tokenizer",
        data={"provider": provider, **facts},
    )


def no_usage(provider: str) -> Notice:
    """Return the warning that a server reports no usage, so that the billed tokens are not known."""
    return Notice(
        code="no-usage",
        message=f"{provider}: its server reports no usage (or 0 for texts that are not empty): billed tokens and "
        "tokens a second are not known",
        advice="price it by the model's own tokenizer, or check the server's bill",
        data={"provider": provider},
    )


def killed_requests(provider: str, *, requests: int, tokens: int, named: str) -> Notice:
    """Return the warning that requests were under way when a run was killed; `tokens` is the most they can cost."""
    return Notice(
        code="killed-requests",
        message=f"{provider}: {requests} requests were under way when the run was killed, and may have been billed: "
        f"at most {tokens:,} tokens ({named})",
        advice="compare with the provider's own bill; their items were requested again",
        data={"provider": provider, "requests": requests, "tokens": tokens},
    )


def resumed(provider: str, what: str, *, n: int, taken: int, pairs: int) -> Notice:
    """Return the note that scaling went on where an earlier run was stopped."""
    return Notice(
        code="resumed",
        message=f"{provider}: {what} of {n:,} texts continued where an earlier run was stopped: {taken:,} of "
        f"{pairs:,} pairs had been predicted",
        advice="its time is the sum of both runs; run again for a time measured in one session",
        data={"provider": provider, "n": n, "pairs": pairs, "resumed": taken},
    )


def no_candidates(first: str, second: str) -> Notice:
    """Return the warning that a second stage ran before its first stage, so that the two could not be measured."""
    return Notice(
        code="no-candidates",
        message=f"{first}+{second}: no second stage was measured, since memory did not hold both, and {second} came "
        "first",
        advice=f"name {first} before {second} in the suite",
        data={"first": first, "second": second},
    )


def old_price(provider: str, *, usd_per_1m_tokens: float, as_of: str, days: int) -> Notice:
    """Return the warning that a price was read long ago."""
    return Notice(
        code="old-price",
        message=f"{provider}: its price of {usd_per_1m_tokens:g} USD for a million tokens was read {days} days ago "
        f"({as_of})",
        advice="check the service's price list, and set measure.cost.prices",
        data={"provider": provider, "as_of": as_of, "days": days},
    )


def shards_packages(packages: Sequence[str]) -> Notice:
    """Return the warning that shards were measured with different versions of packages."""
    return Notice(
        code="shards-packages",
        message=f"the shards were measured with different versions of {first_of(packages, 5)}",
        advice="measure all shards with the same packages; manifest.json of each shard has its versions",
        data={"packages": list(packages)},
    )


def provider_note(provider: str, note: str) -> Notice:
    """Return what a provider says of itself when it has loaded."""
    return Notice(code="provider", message=f"{provider}: {note}", advice=_IN_RECIPE, data={"provider": provider})


def observed_note(provider: str, note: str) -> Notice:
    """Return what the calls of a provider revealed."""
    return Notice(code="provider", message=f"{provider}: {note}", advice=_IN_OBSERVED, data={"provider": provider})


def bad_observed(provider: str, error: str) -> Notice:
    """Return the warning that a provider's `observed()` fails."""
    return Notice(
        code="provider",
        message=f"{provider} cannot report what its calls revealed: {error}",
        advice="tell the provider's author",
        data={"provider": provider},
    )


def bad_close(provider: str, error: str) -> Notice:
    """Return the warning that a provider failed to close."""
    return Notice(code="close", message=f"{provider} failed to close: {error}", advice="tell the provider's author")
