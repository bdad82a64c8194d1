"""Numbers for people: significant digits, durations, dollars. Empty stays a dash, never 0."""

from __future__ import annotations

import math

from embedmark.language import current_language, translatable
from embedmark.language import gettext as _

DASH = "–"
_UNITS = ((1e9, " G"), (1e6, " M"), (1e3, " k"))
_METRICS = (
    translatable("recall"),
    translatable("precision"),
    translatable("hit"),
    translatable("average precision"),
    translatable("held out accuracy"),
)


def or_nan(value: float | None) -> float:
    """Return a cell as a float, NaN where it is empty: a figure leaves a gap there."""
    return math.nan if value is None else float(value)


def or_lowest(value: float | None) -> float:
    """Return a cell as a float, minus infinity where it is empty: the lowest of all that are ranked."""
    return -math.inf if value is None else float(value)


def number(value: float | None, digits: int = 3) -> str:
    """`digits` significant digits, thousands separated: 0.0123, 45.7, 1,234; with an exponent beyond 1e15 or 1e-12."""
    if value is None or not math.isfinite(value):
        return DASH
    if value == 0:
        return "0"
    if not 1e-12 <= abs(value) < 1e15:
        return f"{value:.{digits - 1}e}"
    magnitude = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    if magnitude >= digits:
        return f"{value:,.0f}"
    if magnitude > 0:
        return f"{value:,.{digits - magnitude}f}"
    text = f"{value:.{digits}g}"
    return f"{value:.{min(12, digits + _leading_zeros(abs(value)))}f}" if "e" in text or abs(value) < 1 else text


def count(value: int | None) -> str:
    """Return a count with its thousands separated."""
    return DASH if value is None else f"{value:,}"


def scaled(value: float | None, factor: float) -> float | None:
    """Return a value times a factor; None stays None."""
    return None if value is None else value * factor


def correlation(value: float | None) -> str:
    """Four decimals, as the field prints a Spearman correlation."""
    return DASH if value is None else f"{value:.4f}"


def interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """`[0.801, 0.838]`; empty text where there is none."""
    if low is None or high is None:
        return ""
    return f"[{low:.{decimals}f}, {high:.{decimals}f}]"


def family(comparisons: int | None) -> str:
    """Return what an interval covers: `95 %, simultaneous over 10 comparisons` or `95 %, this pair alone`.

    `95 %` where the number of comparisons is not known.
    """
    if comparisons is None:
        return "95 %"
    if comparisons > 1:
        return _("95 %, simultaneous over {n:,} comparisons", n=comparisons)
    return _("95 %, this pair alone")


def duration(seconds: float | None) -> str:
    """In the unit that a person would use: 850 µs, 12.3 ms, 4.20 s, 38 min, 5.2 h, 3.1 days."""
    if seconds is None:
        return DASH
    scale, unit = time_unit(seconds)
    return _with_unit(number(seconds * scale), unit)


def plain_duration(seconds: float) -> str:
    """Return a duration without digits that no reader needs, of a limit or an estimate: 20 s, 4 min, 2.5 h."""
    scale, unit = time_unit(seconds)
    return _with_unit(f"{seconds * scale:,.{0 if seconds * scale >= 10 else 1}f}".removesuffix(".0"), unit)


def rough_duration(seconds: float) -> str:
    """Return a duration of which no more than the order is known: one digit, or two that begin with 1: `about 2 h`."""
    scale, unit = time_unit(seconds)
    value = seconds * scale
    order = float(f"{value:.{1 if f'{value:e}'.startswith('1') else 0}e}")
    return about_word() + _with_unit(f"{order:,.0f}" if order >= 10 else f"{order:g}", unit)


def _with_unit(value: str, unit: str) -> str:
    """Return a value and its unit; a unit in Korean letters has no blank before it."""
    return f"{value}{unit}" if "가" <= unit[0] <= "힣" else f"{value} {unit}"


def about_word() -> str:
    """Return what is written before a rough number."""
    return _("about ")


def time_unit(seconds: float) -> tuple[float, str]:
    """Return the unit that a person would use for a duration in seconds, and how many of it a second is."""
    for limit, scale, unit in (
        (1e-3, 1e6, "µs"),
        (1, 1e3, "ms"),
        (120, 1.0, _("s")),
        (7200, 1 / 60, _("min")),
        (172_800, 1 / 3600, _("h")),
    ):
        if abs(seconds) < limit:
            return scale, unit
    return 1 / 86_400, _("days")


def usd(value: float | None) -> str:
    """Two significant digits: $0.00018, $12."""
    return DASH if value is None else f"${number(value, 2)}"


def volume(items: float) -> str:
    """Return a large count in words' length: 950, 12 k, 3.1 M, 2 G; in Korean by its own units, 310만 and 20억."""
    units = ((1e12, "조"), (1e8, "억"), (1e4, "만")) if current_language() == "ko" else _UNITS
    for scale, unit in units:
        if items >= scale:
            shown = number(items / scale, 2 if units is _UNITS else 3)
            return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}{unit}"
    return f"{items:,.0f}"


def spread(low: float | None, middle: float | None, high: float | None) -> str:
    """Return half the interval's width relative to the value: `±2 %`; empty text where there is no interval."""
    if low is None or high is None or middle is None:
        return ""
    percent = 50 * (high - low) / middle if middle else 0
    return f"±{percent:.0f} %" if percent >= 1 else f"±{percent:.1f} %"


def _leading_zeros(value: float) -> int:
    zeros = 0
    while value < 0.1 and zeros < 12:
        value *= 10
        zeros += 1
    return zeros


def metric_name(metric: str) -> str:
    """Return the name of a metric for a sentence: `Spearman correlation`, `recall at 1`."""
    named = {"spearman": _("Spearman correlation"), "pearson": _("Pearson correlation")}
    return named.get(metric) or short_name(metric)


def short_name(metric: str) -> str:
    """Return a metric as a bracket has it: `Spearman`, `recall at 1`, `nDCG@10`."""
    name, at, depth = metric.partition("_at_")
    known = {"ndcg": "nDCG", "mrr": "MRR"}
    if at and name in known:
        return f"{known[name]}@{depth}"
    capital = {"spearman": _("Spearman"), "pearson": _("Pearson"), "roc_auc": "ROC AUC", "map": "MAP"}
    if metric in capital:
        return capital[metric]
    if at:
        return _("{metric} at {depth}", metric=_(name.replace("_", " ")), depth=depth)
    return _(metric.replace("_", " "))
