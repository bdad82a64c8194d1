"""What a comparison says: its title, verdicts counted, what intervals hold for, and the rules of a build."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.comparison.gate import Verdicts
from embedmark.comparison.model import BILL_TERMS, RATIOS, Change, ComparedRuns
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.text.names import joined, metric_title, verdict_name
from embedmark.report.text.numbers import family, metric_name

_TOTALS = ("year_1_usd", "index_usd", "per_1k_queries_usd")
VERDICTS = ("better", "worse", "no clear difference", "not comparable")


def rule_lines(verdicts: Verdicts) -> list[str]:
    """Return what a build's rules say: what failed, what cannot be judged, what the rules could have seen."""
    return [
        *(_("failed: {line}", line=_rule_line(line)) for line in verdicts.broken),
        *(_unjudged(line, verdicts) for line in verdicts.unjudged),
        *(_("rule: {line}", line=_rule_line(line)) for line in verdicts.seen),
    ]


def _rule_line(line: str) -> str:
    """Return what a rule says, in the current language: the whole line, or its reason, which comes last."""
    whole = from_english(line)
    place, colon, reason = line.rpartition(": ")
    return whole if whole != line else f"{place}{colon}{from_english(reason)}"


def _unjudged(line: str, verdicts: Verdicts) -> str:
    if verdicts.may_be_unjudged:
        return _("warning: cannot be judged: {line}", line=_rule_line(line))
    return _("failed: cannot be judged: {line}", line=_rule_line(line))


def title(comparison: ComparedRuns) -> str:
    """`b, c against a`."""
    return _(
        "{candidates} against {baseline}", candidates=", ".join(comparison.candidates), baseline=comparison.baseline
    )


def counted(comparison: ComparedRuns) -> str:
    """Return how often each verdict was given."""
    verdicts = [change.verdict for change in shown_changes(comparison)]
    counts = [
        _("{n} {verdict}", n=verdicts.count(name), verdict=verdict_name(name)) for name in VERDICTS if name in verdicts
    ]
    return _("Verdicts: {counts}.", counts=", ".join(counts)) if counts else _("Nothing was measured in both.")


def change_legend(changes: Sequence[Change]) -> list[str]:
    """Return what the intervals of one table hold for, and what an item is."""
    lines = []
    known = [change.metric for change in changes if change.ci_low is not None]
    tested = [metric for metric in known if metric not in RATIOS]
    if tested:
        count = max(tested.count(metric) for metric in tested)
        titles = list(dict.fromkeys(_metric_title(metric) for metric in tested))
        metrics = joined(titles) if len(titles) > 2 else _(" and ").join(titles)
        if len(known) > len(tested):
            alone = _("intervals of {metrics}: {family}; the others each alone", metrics=metrics, family=family(count))
            lines.append(alone)
        else:
            lines.append(_("intervals of {metrics}: {family}", metrics=metrics, family=family(count)))
    elif known:
        lines.append(_("intervals: 95 %, each alone"))
    if any(change.metric in ("items_per_s", "usd_per_1k_items") for change in changes):
        lines.append(_("items: texts of a bi-encoder, pairs of a cross-encoder"))
    return lines


def _names() -> dict[str, str]:
    return {
        "items_per_s": _("items/s"), "latency_ms_p50": "p50 ms", "latency_ms_p95": "p95 ms", "latency_ms_p99": "p99 ms",
        "usd_per_1k_items": _("$/1M items"), "year_1_usd": _("$ of year 1"), "index_usd": _("$ of the index"),
        "per_1k_queries_usd": _("$/1k queries"), "queries_usd": _("$ of queries"), "churn_usd": _("$ of changes"),
        "growth_usd": _("$ of new documents"), "storage_usd": _("$ of vectors"), "machines_usd": _("$ of machines"),
        "switch_usd": _("$ of switching"),
    }  # fmt: skip


def _metric_title(metric: str) -> str:
    return metric_title(metric) if metric in ("spearman", "pearson") else metric_name(metric)


def comparison_titles() -> tuple[str, ...]:
    """Return the titles of a comparison's columns."""
    values = _("before"), _("after"), _("change"), _("95 % interval")
    return (_("provider"), _("metric"), *values, _("verdict"))


def change_title(metric: str) -> str:
    """Return how a comparison names a metric."""
    if metric in BILL_TERMS and BILL_TERMS[metric][1]:
        return _("{term} by batch", term=_names()[f"{BILL_TERMS[metric][0]}_usd"])
    return _names().get(metric) or _metric_title(metric)


def shown_changes(comparison: ComparedRuns) -> list[Change]:
    """Return the changes that a screen shows: all but minor ones that show no difference.

    Minor are the parts of a bill, and MRR and hits at depths other than 10.
    """
    return [change for change in comparison.changes if _is_main(change) or change.verdict in ("better", "worse")]


def _is_main(change: Change) -> bool:
    name, at, depth = change.metric.partition("_at_")
    if at and name in ("mrr", "hit"):
        return depth == "10"
    return change.metric not in BILL_TERMS or change.metric in _TOTALS
