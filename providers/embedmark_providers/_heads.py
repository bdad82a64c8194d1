"""Which head a cross-encoder's folder has, and what is wrong with it for one score a pair."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from embedmark_providers import _disk

_VECTOR_LAYERS: Final = ("Pooling", "StaticEmbedding", "CLIPModel")
_BI_ENCODER: Final = (
    "use: sbert; or, to measure a cross-encoder's speed with these weights, options: {untrained_head: true}"
)
_NO_HEAD: Final = (
    "give a trained cross-encoder such as cross-encoder/stsb-roberta-base; or, to measure speed only, "
    "options: {untrained_head: true}"
)
# Labels that mean "similar", the likeliest first. The first label of an NLI model is often its opposite.
_SIMILAR: Final = (
    "entailment",
    "equivalent",
    "paraphrase",
    "duplicate",
    "is_duplicate",
    "similar",
    "same",
    "match",
    "relevant",
    "yes",
    "true",
)


def problem(
    place: Path | str, config: dict[str, Any], st_config: dict[str, Any], *, label: str | None, untrained_head: bool
) -> tuple[str, str] | None:
    """Return what is wrong with a model for this provider, and what to do; None if nothing is.

    Args:
        place: its folder, or its hub id.
        config: config.json of the model.
        st_config: its config_sentence_transformers.json.
        label, untrained_head: the options of the suite.
    """
    head = _disk.has_pair_head(config, st_config)
    if untrained_head:
        trained = "untrained_head is given, and this model has a trained head", "leave untrained_head out"
        return trained if head else None
    if not head and _is_bi_encoder(place):
        return "this model is a bi-encoder: it has layers for vectors, and no head for pairs", _BI_ENCODER
    if not head:
        return "this model has no trained cross-encoder head: its scores would mean nothing", _NO_HEAD
    several = st_config.get("model_type") != "CrossEncoder" or len(config.get("id2label") or ()) > 1
    return _label_problem(_disk.label_names(config) if several else [], label)


def _label_problem(labels: Sequence[str], label: str | None) -> tuple[str, str] | None:
    names = ", ".join(labels)
    if label is None:
        several = f"this cross-encoder predicts {len(labels)} labels ({names})"
        return (several, _which_label(labels)) if len(labels) > 1 else None
    if len(labels) < 2:
        return f"label {label!r} is given, and this model has one label only", "leave label out"
    return None if label in labels else (f"this model has no label {label!r}", f"one of: {names}")


def _which_label(labels: Sequence[str]) -> str:
    """Return the hint for a model with several labels: the one that means similarity, never just the first."""
    known = {label.lower().replace(" ", "_"): label for label in labels}
    similar = next((known[name] for name in _SIMILAR if name in known), None)
    if similar is not None:
        return f"its probability of {similar!r} can be the score: options: {{label: {similar}}}"
    return "options: {label: NAME} with the label that means 'similar'; the model's card says which that is"


def _is_bi_encoder(place: Path | str) -> bool:
    kinds = [str(layer.get("type")) for layer in _disk.layers(place)]
    return any(kind.rpartition(".")[2] in _VECTOR_LAYERS for kind in kinds)
