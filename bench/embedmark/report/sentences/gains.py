"""What a cross-encoder gains in accuracy over a bi-encoder on the same pairs."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.derive.rows.timing import ScalingFactRow
from embedmark.language import gettext as _
from embedmark.report.text.numbers import family


def accuracy_gains(facts: Sequence[ScalingFactRow], comparisons: int | None) -> str:
    """Return one sentence on each cross-encoder against each bi-encoder; empty if none is known."""
    found = [fact for fact in facts if fact.fact == "spearman-gain" and fact.value is not None]
    once = _(", intervals {family}", family=family(comparisons)) if len(found) > 1 else ""
    each = "" if once else f"{family(comparisons)}: "
    parts = []
    for fact in found:
        bi, _plus, cross = fact.provider.partition("+")
        value, low, high = fact.value or 0.0, fact.ci_low, fact.ci_high
        known = low is not None and high is not None
        interval = _(" ({each}{low:+.4f} to {high:+.4f})", each=each, low=low, high=high) if known else ""
        side = _("{value:+.4f} above", value=value) if value >= 0 else _("{value:.4f} below", value=-value)
        parts.append(_("{cross} is {side} {bi}{interval}", cross=cross, side=side, bi=bi, interval=interval))
    return _("Spearman over the same pairs{once}: {parts}.", once=once, parts="; ".join(parts)) if parts else ""
