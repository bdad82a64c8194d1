"""What a scaling measurement warns of."""

from __future__ import annotations

from embedmark.measure.target import Target
from embedmark.notices import Notice


def out_of_order_notice(bi: Target, cross: Target) -> Notice:
    """Return the notice of a second stage that could not follow its first."""
    return Notice(
        "no-candidates",
        f"{bi.name}+{cross.name}: no second stage was measured, since memory did not hold both, "
        f"and {cross.name} came first",
        f"name {bi.name} before {cross.name} in the suite",
        {"first": bi.name, "second": cross.name},
    )


def resumed_notice(target: Target, what: str, n: int, taken: int, pairs: int) -> Notice:
    """Return the notice of work that went on where an earlier run was stopped."""
    return Notice(
        "resumed",
        f"{target.name}: {what} of {n:,} texts went on where an earlier run was stopped: "
        f"{taken:,} of {pairs:,} pairs were predicted then",
        "its seconds are those of both runs; run again for a time measured in one go",
        {"provider": target.name, "n": n, "pairs": pairs, "resumed": taken},
    )


def unscored_notice(target: Target, missing: int, pairs: int) -> Notice:
    """Return the notice of pairs without a number."""
    return Notice(
        "no-score",
        f"{target.name} gave no number for {missing:,} of {pairs:,} pairs of the scaling measurement",
        "these pairs are nobody's neighbours; empty texts are the usual cause",
        {"provider": target.name, "pairs": missing},
    )
