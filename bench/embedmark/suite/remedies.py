"""What to write in place of a value that a suite may not hold: each proposal is checked before it is made."""

from __future__ import annotations

import copy
import difflib
import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import BaseModel, ValidationError

from embedmark.store.suite_text import flow_text
from embedmark.suite.lines import Place
from embedmark.suite.strict import EACH, ONE

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# By key, tried before 1: what documentation writes there.
_EXAMPLES: Final[dict[str, Any]] = {
    "documents": 10_000_000, "queries_per_month": 3_000_000, "changed_per_month": 0.05, "growth_per_month": 0.05,
    "tokens_per_document": 200, "tokens_per_query": 20, "p95_ms": 100, "vector_usd_per_gb_month": 3.80,
    "hardware_usd_per_hour": 0.20, "usd_per_1m_tokens": 0.02, "dims": 256, "precisions": "int8",
    "batch_sizes": 32, "k": 10, "usd_per": {"KRW": 0.00072}, "delimiter": ";",
}  # fmt: skip
_WORDS: Final = {"": 1, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9, "%": 0.01}
TAGS: Final = frozenset({"catalogue", "named", "file", "captions", "graded", "matrix", "retrieval"})
_TYPES: Final = frozenset({"str", "int", "constrained-int", "float", "[key]", ONE, EACH})
_MOST: Final = 1e15  # beyond, and for NaN, nothing like the number is meant
_NUMBER = re.compile(r"([+-]?[\d_,]*\.?\d+(?:e[+-]?\d+)?)\s*([a-z%]*)")


def place_of(detail: ErrorDetails) -> Place:
    """Return the keys that lead to an error: pydantic names the branch of a union next to the real keys."""
    loc = detail["loc"]
    branches = {i for i in range(1, len(loc)) if loc[i] in TAGS and isinstance(loc[i - 1], int)}
    keys = [part for i, part in enumerate(loc) if i not in branches and part not in _TYPES]
    return (*keys, *getattr((detail.get("ctx") or {}).get("error"), "below", ()))


def remedy(detail: ErrorDetails, place: Place, model: type[BaseModel], content: Any) -> str | None:
    """Return what to write at the place of an error, such as `documents: 1`; None if nothing is known to be right.

    Args:
        detail: the error.
        place: where it is in `content`.
        model: what `content` should be.
        content: as it was given.
    """
    keys = [i for i, part in enumerate(place) if isinstance(part, str)]
    if not keys:
        return None
    for value in _proposals(detail, place):
        changed = _with(content, place, value)
        if changed is not None and _is_right(changed, place, model):
            written = _at(changed, place[: keys[-1] + 1])
            return f"`{place[keys[-1]]}: {flow_text(written)}`"
    return None


def _proposals(detail: ErrorDetails, place: Place) -> Iterator[Any]:
    context, given = detail.get("ctx") or {}, detail["input"]
    if detail["type"] == "value_error":
        yield from getattr(context.get("error"), "values", ())
        return
    if detail["type"] == "literal_error":
        words = re.findall(r"'([^']*)'", str(context.get("expected")))
        yield from (*difflib.get_close_matches(str(given), words, n=1), *words)
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    examples = (_EXAMPLES[key],) if key in _EXAMPLES else ()
    if detail["type"] in ("list_type", "too_short"):
        yield from ([example] for example in (given, *examples) if not isinstance(example, list))
    if detail["type"] == "model_type":
        yield from ({}, {"usd_per_1m_tokens": given}, {"usd_per_1m_tokens": 0.02})  # all defaults, or a price
    number = _number_in(given)
    if number is not None:
        meant = number / 100 if context.get("le") == 1 and number > 1 else abs(number)  # percent, or a sign too many
        yield from (_plain(meant), math.ceil(meant))
    yield from (_plain(context[bound]) for bound in ("ge", "le") if isinstance(context.get(bound), int | float))
    yield from (*examples, 1, 0.5)


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def _number_in(given: Any) -> float | None:
    """Return the number that a value is or says: `10 million`, `5%`, `1e13`."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    if not isinstance(given, str):
        return float(given) if abs(given) < _MOST else None
    found = _NUMBER.fullmatch(given.strip().lower())
    if found is None or found[2] not in _WORDS:
        return None
    number = float(re.sub("[_,]", "", found[1])) * _WORDS[found[2]]
    return number if abs(number) < _MOST else None


def _with(content: Any, place: Place, value: Any) -> Any:
    """Return a copy of the content with another value at a place; None if the place is not in it."""
    changed = copy.deepcopy(content)
    inside, last = _at(changed, place[:-1]), place[-1]
    if isinstance(inside, dict) or (isinstance(inside, list) and isinstance(last, int)):
        cast("dict[str | int, Any]", inside)[last] = value
        return changed
    return None


def _at(content: Any, place: Place) -> Any:
    for part in place:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def _is_right(content: Any, place: Place, model: type[BaseModel]) -> bool:
    """Return True if nothing is wrong at the place, or at what is around or in it."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        wrong = [place_of(detail) for detail in error.errors(include_url=False)]
        return not any(at == place[: len(at)] or at[: len(place)] == place for at in wrong)
    return True
