"""Return what is wrong with the values of a provider's `info`: a run would end on them without a word of why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from embedmark.api import Limits, ProviderInfo
from embedmark.errors import words_of

_COUNTS: Final = ("dim", "max_tokens")
_LIMITS: Final = ("inputs_per_request", "tokens_per_request", "tokens_per_input", "pairs_per_search")
_RATES: Final = ("requests_per_minute", "tokens_per_minute", "deadline_s")
_MODALITIES: Final = {"text", "image"}


def fault_of(info: ProviderInfo) -> str:
    """Return what is wrong with a provider's info, as a sentence; "" if nothing is.

    >>> fault_of(ProviderInfo(plugin="mine", model="m", kind="bi-encoder", dim=True))
    'info.dim is True; it must be an int above 0, or None'
    """
    for name in ("plugin", "model"):
        if not isinstance(getattr(info, name), str):
            return f"info.{name} is {_shown(getattr(info, name))}; it must be a text"
    for name in _COUNTS:
        if not _is_count(getattr(info, name)):
            return f"info.{name} is {_shown(getattr(info, name))}; it must be an int above 0, or None"
    if info.similarity not in ("cosine", "dot"):
        return f"info.similarity is {_shown(info.similarity)}; it must be 'cosine' or 'dot'"
    if not isinstance(info.modalities, tuple | list) or not _MODALITIES.issuperset(info.modalities):
        return f"info.modalities is {_shown(info.modalities)}; it must be ('text',) or ('text', 'image')"
    if not isinstance(info.notes, tuple | list) or not all(isinstance(note, str) for note in info.notes):
        return f"info.notes is {_shown(info.notes)}; it must be a tuple of sentences"
    return _fault_of_limits(info.limits) or _fault_of_recipe(info.recipe)


def _fault_of_limits(limits: object) -> str:
    if not isinstance(limits, Limits):
        return f"info.limits is {_shown(limits)}; it must be embedmark.api.Limits"
    for name in _LIMITS:
        if not _is_count(getattr(limits, name)):
            return f"info.limits.{name} is {_shown(getattr(limits, name))}; it must be an int above 0, or None"
    if limits.concurrency is None or not _is_count(limits.concurrency):
        return f"info.limits.concurrency is {_shown(limits.concurrency)}; it must be an int above 0"
    for name in _RATES:
        value = getattr(limits, name)
        good = value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0)
        if not good:
            return f"info.limits.{name} is {_shown(value)}; it must be a number above 0, or None"
    return ""


def _fault_of_recipe(recipe: object) -> str:
    if not isinstance(recipe, Mapping):
        return f"info.recipe is {_shown(recipe)}; it must be a mapping"
    try:
        json.dumps(dict(recipe))
    except Exception as error:  # noqa: BLE001 - it runs code of the provider's objects
        return f"info.recipe holds what JSON cannot: {words_of(error)}"
    return ""


def _is_count(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)


def _shown(value: object) -> str:
    if isinstance(value, str | int | float | bool | None):
        return repr(value)[:60]
    return f"a {type(value).__name__}"
