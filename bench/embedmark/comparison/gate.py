"""The rules of a build held against a comparison: what is broken, what cannot be judged, what could have been seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embedmark.comparison.model import Change, ComparedRuns
from embedmark.comparison.rules import FAIL_ON, REQUIRE, Rule

_MOST_LINES = 12  # a rule; the table has every row


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of a comparison, a line each; true if every rule held.

    Attributes:
        broken: changes that broke a rule.
        unjudged: changes, or whole rules, that nothing decides, with the reason.
        seen: for each rule, how many of its rows kept it and the smallest change that it could have seen.
        may_be_unjudged: what cannot be judged is a warning, and does not fail.
    """

    broken: tuple[str, ...]
    unjudged: tuple[str, ...]
    seen: tuple[str, ...]
    may_be_unjudged: bool

    def __bool__(self) -> bool:
        return not self.broken and (self.may_be_unjudged or not self.unjudged)


def check_rules(rules: Sequence[Rule], comparison: ComparedRuns, *, may_be_unjudged: bool = False) -> Verdicts:
    """Hold every rule against every change of its metric.

    Args:
        may_be_unjudged: a rule that cannot be judged does not break.
    """
    name = _namer(comparison)
    broken: list[str] = []
    unjudged: list[str] = []
    seen: list[str] = []
    for rule in rules:
        changes = [change for change in comparison.changes if rule.applies(change)]
        if not changes:
            unjudged.append(f"{rule.text}: no row has the metric {rule.metric} to judge")
            continue
        reasons = [(change, rule.why_unjudged(change)) for change in changes]
        judged = [change for change, reason in reasons if not reason]
        failed = [change for change in judged if rule.is_broken(change)]
        unjudged += _shortened(rule, [f"{rule.text}: {name(c)}: {reason}" for c, reason in reasons if reason])
        broken += _shortened(rule, [f"{rule.text}: {name(change)}: {_figures(rule, change)}" for change in failed])
        seen += _seen(rule, judged, (len(judged) - len(failed), len(changes)), name)
    return Verdicts(
        broken=tuple(broken),
        unjudged=tuple(unjudged),
        seen=tuple(seen),
        may_be_unjudged=may_be_unjudged,
    )


def _namer(comparison: ComparedRuns) -> Callable[[Change], str]:
    """Return what names a row: with its run, where several are compared with the baseline."""

    def name(change: Change) -> str:
        setting = f" ({change.setting})" if change.setting else ""
        run = f"{change.run}: " if len(comparison.candidates) > 1 else ""
        return f"{run}{change.provider}, {change.dataset}{setting}"

    return name


def _shortened(rule: Rule, lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], f"{rule.text}: and {more} more"] if more > 0 else list(lines)


def _figures(rule: Rule, change: Change) -> str:
    """Return the change with its interval, and for --require that a part of it is beyond the limit."""
    known = [value for value in (change.change, change.ci_low, change.ci_high) if value is not None]
    middle, low, high = (f"{100 * value:+.1f}%" if change.scale == "ratio" else f"{value:+.4f}" for value in known)
    why = ", and not all of it is within the limit" if rule.option == REQUIRE else ""
    return f"{middle} [{low}, {high}]{why}"


def _seen(rule: Rule, judged: Sequence[Change], held: tuple[int, int], name: Callable[[Change], str]) -> list[str]:
    """Return what the rule could have seen in its weakest row: without that, `kept` may mean that it saw nothing.

    Args:
        held: the number of rows that kept it, and of all that it applies to.
    """
    is_drop = rule.below == (rule.option == FAIL_ON)
    found = [(value, change) for change in judged if (value := rule.could_see(change)) is not None]
    if not found and any(change.is_identical for change in judged):
        return [f"{rule.text}: kept by {held[0]} of {held[1]}; {_unknown(is_drop)}"]
    if not found:
        return []
    value, change = (min if is_drop else max)(found, key=lambda pair: pair[0])
    text = _left_open(rule, value, is_drop) if rule.option == REQUIRE else _detected(rule, value, is_drop)
    return [f"{rule.text}: kept by {held[0]} of {held[1]}; {text} ({name(change)})"]


def _left_open(rule: Rule, value: float, is_drop: bool) -> str:
    """Say how large a change for the worse the data leave open: `value` is the end of its interval."""
    what = "drop" if is_drop else "rise"
    if (value < 0) != is_drop or value == 0:
        return f"the data rule out any {what}"
    return f"a {what} of up to {rule.size_text(value)} is not ruled out"


def _unknown(is_drop: bool) -> str:
    """Say that scores which did not change do not tell what the rule would detect."""
    return f"no score changed, so the {'drop' if is_drop else 'rise'} that it detects is not known"


def _detected(rule: Rule, value: float, is_drop: bool) -> str:
    """Say from which change on the rule breaks in 9 of 10 cases."""
    if (value < 0) == is_drop:
        return f"it detects a {'drop' if is_drop else 'rise'} of {rule.size_text(value)} or more in 9 of 10 cases"
    signed = rule.number_text(value)
    if is_drop:
        return f"it detects a change of {signed} or less in 9 of 10 cases"
    return f"it detects a change of {signed} or more in 9 of 10 cases"
