"""What chance alone would keep of a cross-encoder's neighbours, and when a share kept says nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.derive.rows.timing import ScalingFactRow, ScalingRow
from embedmark.language import gettext as _

BLIND = 0.25  # share of a text's neighbours that are kept by chance, above which a share kept says nothing


def by_chance(kept: ScalingFactRow) -> float:
    """Return the share that as many candidates drawn at random would hold, at the size where it was measured."""
    return _chance(kept.candidates or 0, kept.n or 0)


def _chance(k: int, n: int) -> float:
    """Return the chance that one of two texts is among `k` random candidates of the other, of `n` texts."""
    missed = max(0.0, 1 - k / max(1, n - 1))
    return 1 - missed * missed


def chance_here(row: ScalingRow, found: ScalingFactRow) -> str:
    """Return what chance would keep at the size that the sentence is about, where that is not the measured one."""
    n = row.n or 0
    if n == found.n:
        return ""
    share = 100 * _chance(found.candidates or 0, n)
    return _(" (at {n:,} texts chance keeps {share:.1g} %)", n=n, share=share)


def too_few_to_tell(facts: Sequence[ScalingFactRow]) -> str:
    """Say that the texts were too few to tell how much two stages keep."""
    ks = {fact.provider: fact.candidates for fact in facts if fact.fact == "neighbours-kept"}  # the last is k
    found = [
        fact
        for fact in facts
        if fact.fact == "neighbours-kept" and fact.candidates == ks[fact.provider] and by_chance(fact) > BLIND
    ]
    if not found:
        return ""
    k, n = found[0].candidates, found[0].n or 0
    return _(
        "{n:,} texts are too few to tell how many of the cross-encoder's own top-{top_k} neighbors two stages keep: "
        "{k} candidates of {n2:,} contain {percent} of them by chance.",
        top_k=found[0].top_k,
        n=n,
        k=k,
        n2=n - 1,
        percent=_percent(by_chance(found[0])),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
