"""Cost of two runs: exact for tokens at the same price, and for hardware as uncertain as its throughput."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embedmark.comparison.model import Change, Match, cost_rows, incomparable, judge
from embedmark.derive.run import MeasuredRun, Row

METRIC = "usd_per_1k_items"


def cost_changes(matches: Sequence[Match], timings: Sequence[Change]) -> Iterator[Change]:
    """USD for 1,000 items of every match and dataset. `timings` are the same matches' changes of throughput."""
    for match in matches:
        for dataset in match.baseline.first.datasets:
            before = _row(match.baseline.first, match.baseline_name, dataset.name)
            if before is None:
                continue
            other, reason = match.dataset(dataset)
            after = None if other is None else _row(match.candidate.first, match.candidate_name, other.name)
            if not reason and after is None:
                reason = f"no cost in {match.candidate.label}"
            yield _change(match, dataset.name, before, after, reason, timings)


def _row(run: MeasuredRun, provider: str, dataset: str) -> Row | None:
    return next((r for r in cost_rows(run) if (r["provider"], r["dataset"]) == (provider, dataset)), None)


def _change(
    match: Match, dataset: str, before: Row, after: Row | None, reason: str, timings: Sequence[Change]
) -> Change:
    a, b = _usd(before), _usd(after)
    setting = str(before["basis"])
    reason = reason or _other_price(match, before, after)
    if reason or after is None or a is None or b is None or a == 0:
        return incomparable(match, dataset, METRIC, reason or "no price", setting=setting, baseline=a, value=b)
    if before["basis"] == "hardware":
        return _of_throughput(match, dataset, (a, b), timings)
    change = b / a - 1
    if abs(change) < 1e-12:
        change = 0.0
    return Change(
        match.candidate.label,
        match.against,
        match.label,
        dataset,
        METRIC,
        setting,
        a,
        b,
        "ratio",
        change,
        change,
        change,
        judge(METRIC, change, change, change),
        "exact: tokens at the same price",
    )


def _of_throughput(match: Match, dataset: str, usd: tuple[float, float], timings: Sequence[Change]) -> Change:
    """Machine time is the inverse of throughput; on a dataset that was not timed there is one pass, and no interval."""
    wanted = (match.candidate.label, match.label, dataset, "items_per_s")
    timed = next((t for t in timings if (t.run, t.provider, t.dataset, t.metric) == wanted), None)
    if timed is None or timed.change is None or timed.ci_low is None or timed.ci_high is None:
        reason = timed.reason if timed else "from one pass, which has no interval"
        return incomparable(match, dataset, METRIC, reason, setting="hardware", baseline=usd[0], value=usd[1])
    change, low, high = (1 / (1 + x) - 1 for x in (timed.change, timed.ci_high, timed.ci_low))
    return Change(
        match.candidate.label,
        match.against,
        match.label,
        dataset,
        METRIC,
        "hardware",
        *usd,
        "ratio",
        change,
        low,
        high,
        judge(METRIC, change, low, high),
        f"the inverse of items/s at {timed.setting}",
    )


def _other_price(match: Match, before: Row, after: Row | None) -> str:
    if after is None:
        return ""
    if before["unit"] != after["unit"]:
        return f"another unit: {before['unit']}, {after['unit']}"
    if before["basis"] != after["basis"]:
        return f"another basis: {before['basis']}, {after['basis']}"
    if before["basis"] == "hardware":
        a, b = ((s.first.spec("cost") or {}).get("hardware_usd_per_hour") for s in
                (match.baseline, match.candidate))  # fmt: skip
        return "" if a == b else f"another price of the machine: ${a} and ${b} an hour"
    a, b = before["usd_per_1m_tokens"], after["usd_per_1m_tokens"]
    # Two providers of one run are compared at the prices of their own: that is the question then.
    return "" if a == b or match.in_one_run else f"another price: ${a} and ${b} for 1M tokens"


def _usd(row: Row | None) -> float | None:
    value = row["usd_per_1k_items"] if row else None
    return value if isinstance(value, float) else None
