"""Warnings for people: those of one kind together, in one sentence. The manifest has each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from embedmark.notices import TIMING_CODES, has_timings, noisy_message

Data = Mapping[str, Any]
_MOST_PROVIDERS = 6
_MOST_MESSAGES = 4


def grouped(manifest: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return message and advice of every kind of warning, in the order of the first of its kind.

    A run that timed nothing has no warning about timings, although earlier versions wrote some.
    """
    kinds: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    timed = has_timings(manifest["suite"].get("measure") or {})
    for warning in manifest["warnings"]:
        if warning["code"] in TIMING_CODES and not timed:
            continue
        kinds.setdefault((warning["code"], warning["advice"]), []).append(warning)
    return tuple((_message(code, found, manifest), advice) for (code, advice), found in kinds.items())


def _message(code: str, found: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> str:
    words = _WORDS.get(code)
    try:
        text = words([warning["data"] for warning in found], manifest) if words else None
    except KeyError:  # written by another version, or by hand
        text = None
    if text is not None:
        return text
    messages = list(dict.fromkeys(str(warning["message"]) for warning in found))
    more = len(messages) - _MOST_MESSAGES
    return "; ".join(messages[:_MOST_MESSAGES]) + (f"; and {more} more (manifest.json)" if more > 0 else "")


def _few_samples(found: Sequence[Data], manifest: Mapping[str, Any]) -> str | None:
    if found[0].get("measure") == "throughput":
        if found[0].get("why") == "passes":
            return f"{_stopped(found, manifest)}: too few for an interval"
        passes = _range([data["passes"] for data in found])
        wanted = _spec(manifest).get("passes")
        return f"{_stopped(found, manifest)}, after {passes}{f' of {wanted}' if wanted else ''} passes"
    if len(found) == 1:
        return None
    cells = "; ".join(
        f"{data['provider']} {data['scenario']}, {data['calls']} calls" for data in found[:_MOST_PROVIDERS]
    )
    more = len(found) - _MOST_PROVIDERS
    bound = "p95 (72 can) or p99 (368 can)" if min(data["calls"] for data in found) < 72 else "p99 (368 can)"
    return f"too few calls to bound {bound}: {cells}{f' and {more} more' if more > 0 else ''}"


def _wide_interval(found: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    target = _spec(manifest).get("target")
    asked = f" (asked: ±{100 * target:g} %)" if target else ""
    widths = [100 * data["half_width"] for data in found if data["half_width"] is not None]
    if not widths:
        return f"{_stopped(found, manifest)}, with passes that differ too much for an interval"
    return f"{_stopped(found, manifest)}, with an interval of ±{_range([round(width, 1) for width in widths])} %{asked}"


def _stopped(found: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    if found[0].get("why") == "passes":
        return f"throughput ended at its most of {_range([data['passes'] for data in found])} passes in {_cells(found)}"
    seconds = _spec(manifest).get("max_seconds")
    budget = f"{seconds:g} s budget" if seconds else "time budget"
    return f"throughput was stopped by its {budget} in {_cells(found)}"


def _high_variance(found: Sequence[Data], _: Mapping[str, Any]) -> str:
    spread = _range([round(100 * data["spread"]) for data in found])
    return f"passes differ by more than 5 % ({spread} %, one robust standard deviation) in {_cells(found)}"


def _outliers(found: Sequence[Data], _: Mapping[str, Any]) -> str | None:
    if len(found) == 1:
        return None
    shares = _range([round(100 * data["outliers"] / data["passes"]) for data in found])
    return f"some passes ({shares} %) lie far from the median one in {_cells(found)}"


def _duplicates(found: Sequence[Data], _: Mapping[str, Any]) -> str:
    first, *others = [(data["dataset"], data["pairs"]) for data in found]
    text = f"{first[0]} has {first[1]:,} duplicate {'pair' if first[1] == 1 else 'pairs'}"
    return text + "".join(f", {name} {pairs:,}" for name, pairs in others) + " (in either order)"


def _noisy(_: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    host = manifest["host"]
    return noisy_message(host["noisy"], host["looks"], host["reasons"], host["limits"]["kernel"])


_WORDS: dict[str, Callable[[Sequence[Data], Mapping[str, Any]], str | None]] = {
    "few-samples": _few_samples,
    "wide-interval": _wide_interval,
    "high-variance": _high_variance,
    "outliers": _outliers,
    "duplicate-pairs": _duplicates,
    "noisy-host": _noisy,
}


def _cells(found: Sequence[Data]) -> str:
    """`3 cells (minilm batch 1, 8; cross batch 1)`."""
    batches: dict[str, list[str]] = {}
    for data in found:
        what = "images, batch" if data.get("unit") == "image" else "batch"
        batches.setdefault(f"{data['provider']} {what}", []).append(str(data["batch_size"]))
    named = [f"{who} {', '.join(sizes)}" for who, sizes in batches.items()]
    more = len(named) - _MOST_PROVIDERS
    shown = "; ".join(named[:_MOST_PROVIDERS]) + (f"; and {more} providers more" if more > 0 else "")
    return f"{len(found)} {'cell' if len(found) == 1 else 'cells'} ({shown})"


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    return (manifest["suite"].get("measure") or {}).get("throughput") or {}
