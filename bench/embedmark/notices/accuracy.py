"""Warnings about what the pairs of a dataset can show."""

from __future__ import annotations

from collections.abc import Mapping

from embedmark.language import translatable
from embedmark.notices.model import Notice


def too_few_to_rank(dataset: str, *, providers: int, n: int, needed: int, captions: bool) -> Notice:
    """Return the warning that no test on `n` pairs (or images) could tell the providers apart."""
    what = translatable("images" if captions else "pairs")
    return Notice(
        code="too-few-to-rank",
        message=f"{dataset}: no test could tell {providers} providers apart on {n} {what}, so none is marked best",
        advice=f"give at least {needed} {what} that share no text, and some 300 to see differences of about 0.09",
        data={"dataset": dataset, "n": n, "needed": needed},
    )


def fixed_text(dataset: str, *, texts: int, pairs: int) -> Notice:
    """Return the warning that one or two texts are in more than half of the pairs."""
    return Notice(
        code="fixed-text",
        message=f"{dataset}: {'one text is' if texts == 1 else 'two texts are'} in more than half of the {pairs} "
        f"pairs, so intervals hold for {'that text' if texts == 1 else 'these texts'} only",
        advice="add pairs of other texts if the result must hold for them too",
        data={"dataset": dataset, "texts": texts, "pairs": pairs},
    )


def few_independent_pairs(dataset: str, *, pairs: int, independent: int, has_intervals: bool) -> Notice:
    """Return the warning that pairs share so many texts that they count as fewer independent ones."""
    lost = translatable("intervals may be too narrow" if has_intervals else "there are no intervals")
    return Notice(
        code="few-independent-pairs",
        message=f"{dataset}: its {pairs} pairs share many texts and count as {independent} independent pairs: {lost}",
        advice="use the candidates of at least 10 queries, or at least 50 texts that are all paired with each other",
        data={"dataset": dataset, "pairs": pairs, "independent": independent},
    )


def ranked_on_common(dataset: str, *, common: int, scored: Mapping[str, int]) -> Notice:
    """Return the warning that some providers did not score every pair; `scored` has the pairs of each of them."""
    counts = ", ".join(f"{name} {n}" for name, n in scored.items())
    return Notice(
        code="ranked-on-common",
        message=f"{dataset}: providers are ranked over the {common} pairs that all of them scored; each value shown "
        f"is over the provider's own pairs ({counts})",
        advice="pairs without a score have no `predicted` in scores.csv; if failures.csv has rows, resume the run",
        data={"dataset": dataset, "common": common, "providers": list(scored)},
    )


def binary_gold(dataset: str, *, positive: float, ceiling: float) -> Notice:
    """Return the warning that gold has two values: `positive` is the share of the higher one."""
    return Notice(
        code="binary-gold",
        message=f"{dataset}: gold has two values ({100 * positive:.0f} % positive), so that no model's Spearman can "
        f"be above {ceiling:.2f}",
        advice="judge by average_precision and roc_auc in accuracy.csv",
        data={"dataset": dataset, "positive": round(positive, 4), "ceiling": round(ceiling, 4)},
    )


def fewer_texts(dataset: str, *, texts: int, wanted: int, sizes: list[int], is_checked: bool) -> Notice:
    """Return the warning that scaling is measured at smaller sizes than the default ones."""
    listed = ", ".join(map(str, sizes))
    unchecked = "" if is_checked else translatable("; with fewer than three sizes no projection is checked")
    return Notice(
        code="fewer-texts",
        message=f"{dataset} has {texts} different texts, fewer than the {wanted} of the default sizes: scaling is "
        f"measured at {listed}{unchecked}",
        advice="projections from so few texts are rough: list a larger dataset first, or set measure.scaling.sizes",
        data={"dataset": dataset, "texts": texts, "sizes": sizes},
    )
