"""The lines under a table: what its marks mean, what was noisy, what a status says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedmark.derive.rows.quality import AccuracyRow, SummaryRow
from embedmark.derive.rows.timing import ScalingRow
from embedmark.language import failure_from_english
from embedmark.language import gettext as _
from embedmark.report.sentences.projections import too_few
from embedmark.report.text.numbers import number


def legend(rows: Sequence[SummaryRow], rough: Mapping[str, ScalingRow]) -> list[str]:
    """Return what a table's marks, intervals and times mean.

    Args:
        rows: of one dataset.
        rough: the providers whose time of all pairs is known by its order only.
    """
    lines = marks(rows)
    crosses = [row.provider for row in rows if row.kind == "cross-encoder"]
    mixed = [_("in pairs: {crosses}", crosses=", ".join(crosses))] if 0 < len(crosses) < len(rows) else []
    timed = (
        [_("throughput at the best batch size measured")] if any(row.items_per_s is not None for row in rows) else []
    )
    if mixed or timed:
        lines.append("; ".join(timed + mixed))
    if any(row.seconds_at_1000 is not None for row in rows):
        about = f"; ≈: {too_few()}" if any(row.provider in rough for row in rows) else ""
        lines.append(
            _("all pairs of 1k: every pair of 1,000 texts, projected unless measured (scaling.csv){about}", about=about)
        )
    return [*lines, *noisy(rows)]


def marks(rows: Sequence[SummaryRow]) -> list[str]:
    """Return what the mark of the best and the intervals mean."""
    lines = []
    if any(row.tie_group == 1 for row in rows):
        what = _("images") if rows[0].metric == "recall_at_1" else _("pairs")
        lines.append(
            _("● best, or not shown to differ from the best (paired over {what}, all providers together)", what=what)
        )
    if any(row.ci_low is not None for row in rows):
        lines.append(_("95 % interval: of each provider alone"))
    return lines


def noisy(rows: Sequence[SummaryRow]) -> list[str]:
    """Return which providers have noisy timings: the machine was noisy, or passes spread."""
    noisy = [row.provider for row in rows if row.host_state == "noisy"]
    who = _("every provider") if len(noisy) == len(rows) > 1 else ", ".join(noisy)
    return [_("noisy timings: {who}", who=who)] if noisy else []


def asymmetries(accuracy: Sequence[AccuracyRow], dataset: str) -> list[str]:
    """Return how much the order of the two sentences matters to each cross-encoder."""
    rows = [row for row in accuracy if row.dataset == dataset and row.metric == "mean_asymmetry"]
    return [
        _(
            "{provider}: the other order of the two sentences moves a score by {value} on average",
            provider=row.provider,
            value=number(row.value),
        )
        for row in rows
    ]


def status_note(row: SummaryRow) -> str | None:
    """Return what a row's status means; None if all went well."""
    status = row.status
    if status in ("ok", ""):
        return None
    meaning = _meaning(status)
    # A failed provider's message is shown once, among the failures, and not under every dataset.
    error = f": {failure_from_english(row.error)}" if row.error and status != "failed" else ""
    return f"{row.provider} {meaning}{error}"


def _meaning(status: str) -> str:
    return {
        "untrained-head": _("has no trained head: its speed and pair counts are real, its scores would mean nothing"),
        "constant-predictions": _("predicts the same score for every pair: a rank correlation is undefined"),
        "no-score": _("gave no usable vector"),
        "too-few-pairs": _("scored too few pairs for a correlation"),
        "not-measured": _("was not measured"),
        "incomplete": _("is incomplete"),
        "failed": _("failed"),
    }.get(status, status)
