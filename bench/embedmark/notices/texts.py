"""Warnings about texts, images and pairs that a provider did not take whole, or gave no score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embedmark.language import gettext as _
from embedmark.language import ngettext, translatable
from embedmark.notices.model import Circumstances, Notice, first_of


def truncation(provider: str, dataset: str, counts: Mapping[str, int], limit: int | None) -> Notice:
    """Return the warning that texts or pairs were cut at the provider's limit.

    Args:
        provider: its name.
        dataset: its name.
        counts: `n_texts` or `n_pairs`, `truncated_texts` and `truncated_tokens`.
        limit: tokens that the provider reads of a text; None if it does not say.
    """
    n, what = (counts["n_pairs"], "pairs") if "n_pairs" in counts else (counts["n_texts"], "texts")
    cut, lost = counts["truncated_texts"], counts["truncated_tokens"]
    reads = translatable(f"reads at most {limit} tokens" if limit else "cuts long texts")
    return Notice(
        code="truncation",
        message=f"{provider} {reads}: {cut} of {n} {what} of {dataset} were cut, {lost} tokens lost",
        advice="compare on shorter texts, or choose a model with a longer limit",
        data={"provider": provider, "dataset": dataset, **counts},
    )


def empty_text(provider: str, dataset: str, n: int, *, skipped: bool) -> Notice:
    """Return the warning that a provider takes no empty text; the texts were skipped, or sent as one space."""
    became = translatable("were not sent, and their pairs have no score" if skipped else "were sent as one space")
    return Notice(
        code="empty-text",
        message=f"{provider} takes no empty text: {n} in {dataset} {became}",
        advice="options: {empty: error | skip | space} decides; compare providers under one policy",
        data={"provider": provider, "dataset": dataset, "texts": n},
    )


def refused_text(provider: str, dataset: str, n: int, named: str) -> Notice:
    """Return the warning that a provider refused texts; `named` shows the first of them and the reason."""
    return Notice(
        code="refused-text",
        message=f"{provider} refused {n} of the texts of {dataset}, and their pairs have no score: {named}",
        advice="compare providers over the pairs that all of them scored",
        data={"provider": provider, "dataset": dataset, "texts": n},
    )


def zero_vectors(provider: str, dataset: str, *, zeros: int, texts: int) -> Notice:
    """Return the warning that texts have a vector of zeros, under the dot product."""
    return Notice(
        code="zero-vectors",
        message=f"{provider} gave a vector of zeros for {zeros} of {texts} texts of {dataset}: their dot product is 0 "
        "with every text",
        advice="they are scored as similar to no text; unknown words and empty texts are the usual cause",
        data={"provider": provider, "dataset": dataset, "texts": zeros},
    )


def unscored_pairs(provider: str, dataset: str, *, missing: int, pairs: int) -> Notice:
    """Return the warning that pairs of a dataset have no score."""
    return Notice(
        code="no-score",
        message=f"{provider} gave no score for {missing} of {pairs} pairs of {dataset} (refused, or a vector that is "
        "zero or not finite)",
        advice="look at these pairs in scores.csv: their `predicted` is empty; empty texts are the usual cause",
        data={"provider": provider, "dataset": dataset, "pairs": missing},
    )


def unscored_documents(provider: str, dataset: str, *, missing: int, judged: int) -> Notice:
    """Return the warning that vectors could not rank some judged documents."""
    return Notice(
        code="no-score",
        message=f"{provider} gave no score to {missing:,} of {judged:,} judged documents of {dataset} (a vector that "
        "is zero or not finite)",
        advice="they count as not found; empty texts are the usual cause",
        data={"provider": provider, "dataset": dataset, "documents": missing},
    )


def unscored_scaling(provider: str, *, missing: int, pairs: int) -> Notice:
    """Return the warning that pairs of the scaling measurement have no score."""
    return Notice(
        code="no-score",
        message=f"{provider} gave no number for {missing:,} of {pairs:,} pairs of the scaling measurement",
        advice="these pairs are not counted as neighbors; empty texts are the usual cause",
        data={"provider": provider, "pairs": missing},
    )


def constant_predictions(provider: str, dataset: str) -> Notice:
    """Return the warning that every pair has the same score."""
    return Notice(
        code="constant-predictions",
        message=f"{provider} gives every pair of {dataset} the same score",
        advice="look at its vectors: a pooling, a prompt or a broken weight file can make them all alike",
        data={"provider": provider, "dataset": dataset},
    )


def same_vectors(provider: str, dataset: str, *, same: int, of: int, what: str) -> Notice:
    """Return the warning that many different texts, or images, have the vector of another one."""
    return Notice(
        code="same-vector",
        message=f"{provider} gave {same:,} of {of:,} different texts of {dataset} the same vector as another"
        if what == "texts"
        else f"{provider} gave {same:,} of {of:,} different images of {dataset} the same vector as another",
        advice="their scores say nothing of the model: repeat the run with batch_size: 1, and check the server's "
        "batching, the pooling, and the languages of the model",
        data={"provider": provider, "dataset": dataset, "same": same, "of": of, "what": what},
    )


def differs_alone(provider: str, dataset: str, *, own: float, other: float) -> Notice:
    """Return the warning that a text sent alone got the vector that another text has in a batch."""
    return Notice(
        code="differs-alone",
        message=f"{provider} gave a text of {dataset} another vector alone than in a batch: cosine {own:.2f}, and "
        f"{other:.2f} with the vector of another text",
        advice="its replies may be in the wrong order, or differ from call to call: repeat the run with batch_size: 1, "
        "and compare the scores",
        data={"provider": provider, "dataset": dataset, "own": round(own, 4), "other": round(other, 4)},
    )


def same_scores(provider: str, dataset: str, *, same: int, of: int) -> Notice:
    """Return the warning that many pairs have the score of another pair that was sent in the same batch."""
    return Notice(
        code="same-score",
        message=f"{provider} gave {same:,} of {of:,} pairs of {dataset} the score of another pair in the same batch",
        advice="their scores say nothing of the model: repeat the run with batch_size: 1, and check the server's "
        "batching",
        data={"provider": provider, "dataset": dataset, "same": same, "of": of},
    )


def scored_otherwise_alone(provider: str, dataset: str, *, alone: float, batched: float) -> Notice:
    """Return the warning that a pair sent alone got another score than in a batch."""
    return Notice(
        code="differs-alone",
        message=f"{provider} gave a pair of {dataset} the score {alone:.3g} alone, and {batched:.3g} in a batch",
        advice="its replies may be in the wrong order, or its scores may depend on the other pairs of a batch: repeat "
        "the run with batch_size: 1, and compare the scores",
        data={"provider": provider, "dataset": dataset, "alone": round(alone, 6), "batched": round(batched, 6)},
    )


def unreadable_images(dataset: str, names: Sequence[str], images: int) -> Notice:
    """Return the warning that some of a dataset's images cannot be decoded."""
    return Notice(
        code="unreadable-image",
        message=f"{len(names)} of {images} images of {dataset} cannot be read: {first_of(names, 5)}",
        advice="see failures.csv; results are over the other images",
        data={"dataset": dataset, "images": len(names)},
    )


def duplicate_pairs(dataset: str, n: int, *, own: bool) -> Notice:
    """Return the warning that a dataset lists the same pair more than once.

    Args:
        dataset: its name.
        n: pairs that repeat an earlier one.
        own: True for the user's file. A dataset of the catalogue is published with its duplicates.
    """
    return Notice(
        code="duplicate-pairs",
        message=f"{dataset} has {n:,} duplicate {'pair' if n == 1 else 'pairs'} (in either order)",
        advice="a repeated pair counts twice in every score; intervals allow for it; remove the duplicates"
        if own
        else "a repeated pair counts twice in every score; intervals allow for it",
        data={"dataset": dataset, "pairs": n},
    )


def _duplicates(found: Sequence[Mapping[str, Any]], _run: Circumstances) -> str:
    first, *others = [(data["dataset"], data["pairs"]) for data in found]
    text = ngettext("{dataset} has {n:,} duplicate pair", "{dataset} has {n:,} duplicate pairs", first[1],
                    dataset=first[0])  # fmt: skip
    return text + "".join(f", {name} {pairs:,}" for name, pairs in others) + _(" (in either order)")


GROUPED = {"duplicate-pairs": _duplicates}
