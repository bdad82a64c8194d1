"""Warnings about timed passes and calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from embedmark.language import gettext as _
from embedmark.language import ngettext, translatable
from embedmark.notices.model import Circumstances, Notice

Data = Mapping[str, Any]
Ending = Literal["budget", "turns", "passes"]
CALLS_FOR: Final = {"p95": 72, "p99": 368}  # the fewest calls whose order statistics bound a percentile at 95 %
_MOST_PROVIDERS = 6


def _batch(data: Data) -> str:
    images = translatable("images, ") if data.get("unit") == "image" else ""
    return translatable(f"{data['provider']}, {images}batch {data['batch_size']}")


def passes_ended(data: Data, *, few: bool, max_seconds: float, target: float) -> Notice:
    """Return the warning that throughput has too few passes, or an interval wider than the suite asked for.

    Args:
        data: provider, batch_size, unit, why, passes and half_width (a share, or None).
        few: True if the passes are too few.
        max_seconds: the budget of a provider and batch size.
        target: half the width of the interval that the suite asked for, as a share.
    """
    why, n, width = data["why"], data["passes"], data["half_width"]
    passes = translatable("1 pass") if n == 1 else translatable(f"{n} passes")
    ended = {
        "budget": translatable(f"stopped by the {max_seconds:g} s budget after {passes}"),
        "turns": translatable(f"stopped after {passes}, when a slower provider had used its {max_seconds:g} s"),
    }.get(why, translatable(f"stopped after {passes}, the limit"))
    missing = translatable("too few for an interval" if few else "they differ too much for an interval")
    reached = missing if width is None else translatable(f"an interval of ±{100 * width:.1f} %")
    return Notice(
        code="few-samples" if few else "wide-interval",
        message=f"{_batch(data)}: {ended}: {reached} (asked: ±{100 * target:g} %)",
        advice="raise measure.throughput.max_passes, or run again on a quiet machine"
        if why == "passes"
        else "raise measure.throughput.max_seconds, or lower `texts`",
        data=data,
    )


def high_variance(data: Data, spread: float) -> Notice:
    """Return the warning that the passes of a provider and batch size differ; `spread` is a share."""
    return Notice(
        code="high-variance",
        message=f"{_batch(data)}: passes differ by {100 * spread:.0f} % (one robust standard deviation)",
        advice="run again on a quiet machine, or with more texts a pass; do not rely on small differences",
        data={**data, "spread": round(spread, 4)},
    )


def outliers(data: Data, far: int) -> Notice:
    """Return the warning that `far` passes lie far from the median pass."""
    return Notice(
        code="outliers",
        message=f"{_batch(data)}: {far} of {data['passes']} passes are far from the median pass",
        advice="something else ran now and then; the median and its interval are robust to it, a mean is not",
        data={**data, "outliers": far},
    )


def retried_passes(provider: str, measure: str, *, retried: int, rows: int) -> Notice:
    """Return the warning that calls within timed passes were retried."""
    return Notice(
        code="retries",
        message=f"{provider}: calls were retried in {retried} of {rows} timed rows of {measure}",
        advice="these times include the waits between attempts; check retries and throttled_ns in samples.csv, and "
        "lower the provider's concurrency or rate",
        data={"provider": provider, "measure": measure, "retried": retried, "rows": rows},
    )


def retried_calls(data: Data, retried: int) -> Notice:
    """Return the warning that timed calls of a provider in a scenario were retried."""
    return Notice(
        code="retries",
        message=f"{data['provider']}: {retried} of {data['calls']} timed calls in scenario {data['scenario']} were "
        "retried",
        advice="the latency leaves out the waits between attempts; check retries and throttled_ns in samples.csv",
        data={**data, "retried": retried},
    )


def slow_first_call(provider: str, ratio: float) -> Notice:
    """Return the warning that the first call, which was not warmed up, took `ratio` times the median call."""
    return Notice(
        code="slow-first-call",
        message=f"{provider}: the first call took {ratio:.0f} times as long as the median call, and warm-up is 0",
        advice="set measure.latency.warmup to 5, so that the first calls are not in the sample",
        data={"provider": provider, "ratio": round(ratio, 1)},
    )


def few_calls(data: Data, percentiles: Sequence[str], *, images: bool) -> Notice:
    """Return the warning that the calls of a scenario are too few for an interval of some percentiles."""
    of = translatable("with one image ") if images else ""
    needed = " and ".join(str(CALLS_FOR[name]) for name in percentiles)
    return Notice(
        code="few-samples",
        message=f"{data['provider']}: {data['calls']} calls {of}in scenario {data['scenario']} are too few for an "
        f"interval of {' and '.join(percentiles)} ({needed} are enough)",
        advice="raise measure.latency.calls to 400, which is enough for p99 too, or raise its max_seconds",
        data=data,
    )


def queue_interval(data: Data, load: float, needed: Mapping[str, int | None], *, images: bool) -> Notice:
    """Return the warning that calls in a queue depend on each other too much for an interval.

    Args:
        data: provider, scenario and calls.
        load: the share of the time in which the provider was busy.
        needed: by percentile, how many calls would have an interval; None where no number has.
        images: True if each call had one image.
    """
    of = translatable("with one image ") if images else ""
    told = ", ".join(f"{name}: {calls:,}" for name, calls in needed.items() if calls is not None)
    how = (
        translatable(f"; calls needed: {told}")
        if told
        else translatable(", and at this load no number of calls is enough")
    )
    return Notice(
        code="queue-interval",
        message=f"{data['provider']}: {data['calls']} calls {of}in a queue at {100 * load:.0f} % load depend on each "
        f"other too much for an interval of {' and '.join(needed)}{how}",
        advice="raise measure.latency.calls, or lower measure.latency.load",
        data={**data, "load": round(load, 3), "needed": dict(needed)},
    )


def _few(found: Sequence[Data], run: Circumstances) -> str | None:
    if found[0].get("measure") == "throughput":
        if found[0].get("why") == "passes":
            return _("{stopped}: too few for an interval", stopped=_stopped(found, run))
        passes, wanted = _range([data["passes"] for data in found]), run.passes
        if wanted:
            return _("{stopped}, after {passes} of {wanted} passes", stopped=_stopped(found, run), passes=passes,
                     wanted=wanted)  # fmt: skip
        return _("{stopped}, after {passes} passes", stopped=_stopped(found, run), passes=passes)
    if len(found) == 1:
        return None
    named = "; ".join(_("{provider} {scenario}, {calls} calls", **_call(data)) for data in found[:_MOST_PROVIDERS])
    more = len(found) - _MOST_PROVIDERS
    named += _(" and {more} more", more=more) if more > 0 else ""
    if min(data["calls"] for data in found) < CALLS_FOR["p95"]:
        return _("too few calls for an interval of p95 (72 are enough) or p99 (368 are enough): {named}", named=named)
    return _("too few calls for an interval of p99 (368 are enough): {named}", named=named)


def _call(data: Data) -> dict[str, Any]:
    return {name: data[name] for name in ("provider", "scenario", "calls")}


def _wide(found: Sequence[Data], run: Circumstances) -> str:
    target = run.target
    asked = _(" (asked: ±{target:g} %)", target=100 * target) if target else ""
    widths = [100 * data["half_width"] for data in found if data["half_width"] is not None]
    stopped = _stopped(found, run)
    if not widths:
        return _("{stopped}, and the passes differ too much for an interval", stopped=stopped)
    spread = _range([round(width, 1) for width in widths])
    return _("{stopped}, with an interval of ±{range} %{asked}", stopped=stopped, range=spread, asked=asked)


def _stopped(found: Sequence[Data], run: Circumstances) -> str:
    where = _settings(found)
    if found[0].get("why") == "passes":
        passes = _range([data["passes"] for data in found])
        return _("throughput stopped after {range} passes, the limit, in {where}", range=passes, where=where)
    seconds = run.max_seconds
    if seconds:
        return _("throughput was stopped by its {seconds:g} s budget in {where}", seconds=seconds, where=where)
    return _("throughput was stopped by its time budget in {where}", where=where)


def _variances(found: Sequence[Data], _run: Circumstances) -> str:
    spread = _range([round(100 * data["spread"]) for data in found])
    return _("passes differ by more than 5 % ({spread} %, one robust standard deviation) in {where}", spread=spread,
             where=_settings(found))  # fmt: skip


def _outliers(found: Sequence[Data], _run: Circumstances) -> str | None:
    if len(found) == 1:
        return None
    shares = _range([round(100 * data["outliers"] / data["passes"]) for data in found])
    return _("some passes ({shares} %) are far from the median pass in {where}", shares=shares, where=_settings(found))


def _settings(found: Sequence[Data]) -> str:
    """Return how many settings there are, and which: `3 settings (minilm batch 1, 8; cross batch 1)`."""
    batches: dict[str, list[str]] = {}
    for data in found:
        what = _("images, batch") if data.get("unit") == "image" else _("batch")
        batches.setdefault(f"{data['provider']} {what}", []).append(str(data["batch_size"]))
    named = [f"{who} {', '.join(sizes)}" for who, sizes in batches.items()]
    more = len(named) - _MOST_PROVIDERS
    shown = "; ".join(named[:_MOST_PROVIDERS]) + (_("; and {more} more providers", more=more) if more > 0 else "")
    return ngettext("{n} setting ({shown})", "{n} settings ({shown})", len(found), shown=shown)


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else _("{low:g} to {high:g}", low=low, high=high)


GROUPED = {"few-samples": _few, "wide-interval": _wide, "high-variance": _variances, "outliers": _outliers}
