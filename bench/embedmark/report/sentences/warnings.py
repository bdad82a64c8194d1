"""Warnings for people: those of one kind together, in one sentence. The manifest has each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from embedmark.language import from_english, ngettext
from embedmark.language import gettext as _
from embedmark.notices import TIMING_CODES, has_timings

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
    return tuple((_message(code, found, manifest), from_english(advice)) for (code, advice), found in kinds.items())


def _message(code: str, found: Sequence[Mapping[str, Any]], manifest: Mapping[str, Any]) -> str:
    words = _WORDS.get(code)
    try:
        text = words([warning["data"] for warning in found], manifest) if words else None
    except KeyError:  # written by another version, or by hand
        text = None
    if text is not None:
        return text
    messages = list(dict.fromkeys(from_english(str(warning["message"])) for warning in found))
    more = len(messages) - _MOST_MESSAGES
    return "; ".join(messages[:_MOST_MESSAGES]) + (
        _("; and {more} more (manifest.json)", more=more) if more > 0 else ""
    )


def _few_samples(found: Sequence[Data], manifest: Mapping[str, Any]) -> str | None:
    if found[0].get("measure") == "throughput":
        if found[0].get("why") == "passes":
            return _("{stopped}: too few for an interval", stopped=_stopped(found, manifest))
        passes = _range([data["passes"] for data in found])
        wanted = _spec(manifest).get("passes")
        of_wanted = _(" of {wanted}", wanted=wanted) if wanted else ""
        return _(
            "{stopped}, after {passes}{wanted} passes",
            stopped=_stopped(found, manifest),
            passes=passes,
            wanted=of_wanted,
        )
    if len(found) == 1:
        return None
    cells = "; ".join(
        _(
            "{provider} {scenario}, {calls} calls",
            provider=data["provider"],
            scenario=data["scenario"],
            calls=data["calls"],
        )
        for data in found[:_MOST_PROVIDERS]
    )
    more = len(found) - _MOST_PROVIDERS
    further = _(" and {more} more", more=more) if more > 0 else ""
    bound = _("p95 (72 can) or p99 (368 can)") if min(data["calls"] for data in found) < 72 else _("p99 (368 can)")
    return _(
        "too few calls to bound {bound}: {cells}{more}",
        bound=bound,
        cells=cells,
        more=further,
    )


def _wide_interval(found: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    target = _spec(manifest).get("target")
    asked = _(" (asked: ±{target:g} %)", target=100 * target) if target else ""
    widths = [100 * data["half_width"] for data in found if data["half_width"] is not None]
    if not widths:
        return _("{stopped}, with passes that differ too much for an interval", stopped=_stopped(found, manifest))
    return _(
        "{stopped}, with an interval of ±{range} %{asked}",
        stopped=_stopped(found, manifest),
        range=_range([round(width, 1) for width in widths]),
        asked=asked,
    )


def _stopped(found: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    if found[0].get("why") == "passes":
        return _(
            "throughput ended at its most of {range} passes in {cells}",
            range=_range([data["passes"] for data in found]),
            cells=_cells(found),
        )
    seconds = _spec(manifest).get("max_seconds")
    budget = _("{seconds:g} s budget", seconds=seconds) if seconds else _("time budget")
    return _("throughput was stopped by its {budget} in {cells}", budget=budget, cells=_cells(found))


def _high_variance(found: Sequence[Data], _manifest: Mapping[str, Any]) -> str:
    spread = _range([round(100 * data["spread"]) for data in found])
    return _(
        "passes differ by more than 5 % ({spread} %, one robust standard deviation) in {cells}",
        spread=spread,
        cells=_cells(found),
    )


def _outliers(found: Sequence[Data], _manifest: Mapping[str, Any]) -> str | None:
    if len(found) == 1:
        return None
    shares = _range([round(100 * data["outliers"] / data["passes"]) for data in found])
    return _("some passes ({shares} %) lie far from the median one in {cells}", shares=shares, cells=_cells(found))


def _duplicates(found: Sequence[Data], _manifest: Mapping[str, Any]) -> str:
    first, *others = [(data["dataset"], data["pairs"]) for data in found]
    text = _(
        "{dataset} has {n:,} duplicate {pairs}",
        dataset=first[0],
        n=first[1],
        pairs=_("pair") if first[1] == 1 else _("pairs"),
    )
    return text + "".join(f", {name} {pairs:,}" for name, pairs in others) + _(" (in either order)")


def _noisy(_found: Sequence[Data], manifest: Mapping[str, Any]) -> str:
    host = manifest["host"]
    reasons = {
        "a fixed calculation": _(
            "a fixed calculation was over {limit:.0f} % slower than it usually is", limit=100 * host["limits"]["kernel"]
        ),
        "the hypervisor": _("the hypervisor took CPU time"),
        "other processes": _("other processes took CPU time"),
    }
    why = ", ".join(f"{reasons.get(reason, reason)} ({count:,})" for reason, count in host["reasons"].items())
    return _("the machine was noisy at {n:,} of {looks:,} checks: {why}", n=host["noisy"], looks=host["looks"], why=why)


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
        what = _("images, batch") if data.get("unit") == "image" else _("batch")
        batches.setdefault(f"{data['provider']} {what}", []).append(str(data["batch_size"]))
    named = [f"{who} {', '.join(sizes)}" for who, sizes in batches.items()]
    more = len(named) - _MOST_PROVIDERS
    shown = "; ".join(named[:_MOST_PROVIDERS]) + (_("; and {more} providers more", more=more) if more > 0 else "")
    return ngettext("{n} cell ({shown})", "{n} cells ({shown})", len(found), shown=shown)


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else _("{low:g} to {high:g}", low=low, high=high)


def _spec(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    return (manifest["suite"].get("measure") or {}).get("throughput") or {}
