"""What pydantic says of a suite, in words for the person who wrote it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, Tag, ValidationError

from embedmark.errors import SuiteError
from embedmark.suite.lines import Place, Places, key_path, where
from embedmark.suite.remedies import TAGS, place_of, remedy

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# What to write where a whole part is missing, or has another shape.
_EXAMPLES: dict[Place, str] = {
    ("providers",): "add `providers:`, such as  providers: [{name: words, use: lexical}]",
    ("datasets",): "add `datasets:`, such as  datasets: [stsb/test]",
    ("measure",): "measure is a mapping, each measure with its options, such as  measure: {accuracy: {}, latency: {}}",
}
_FALLBACKS = {"too_short": "name at least one"}


def explain(
    error: ValidationError, model: type[BaseModel], *, path: Path, places: Places, content: Any = None
) -> SuiteError:
    """Return one SuiteError for all that is wrong: the first in full, the others in a line each.

    Args:
        error: of pydantic.
        model: what was wanted.
        path, places: for the lines.
        content: what was given; with it, the error says what to write in its place.
    """
    details = error.errors(include_url=False)
    first, *others = details
    message = f"{key_path(place_of(first))}: {_message(first)}".removeprefix(": ")
    also = [f"  and: {where(place_of(other), path, places)}: {_message(other)}" for other in others]
    return SuiteError(
        "\n".join([message, *also]),
        where=where(place_of(first), path, places),
        hint=_hint(first, model) or remedy(first, place_of(first), model, content) or _FALLBACKS.get(first["type"]),
    )


def _message(detail: ErrorDetails) -> str:
    kind = detail["type"]
    given = detail.get("input")
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "this key is missing"
    if kind == "model_type":
        found = "a list" if isinstance(given, list) else "nothing" if given is None else repr(given)
        return f"a mapping is wanted here, and this is {found}"
    text = detail["msg"].removeprefix("Value error, ")
    text = text[:1].lower() + text[1:]
    if kind == "value_error" or isinstance(given, dict | list):
        return text
    return f"{text} (it is {given!r})"


def _hint(detail: ErrorDetails, model: type[BaseModel]) -> str | None:
    place = place_of(detail)
    kind = detail["type"]
    if kind == "value_error":
        return getattr((detail.get("ctx") or {}).get("error"), "hint", None)
    if kind == "extra_forbidden":
        known = _fields(model, place[:-1], {part for part in detail["loc"] if part in TAGS})
        close = difflib.get_close_matches(str(place[-1]), known, n=1)
        return f"did you mean `{close[0]}`?" if close else f"one of: {', '.join(known)}"
    if kind == "missing":
        return _EXAMPLES.get(place, f"add `{place[-1]}:`")
    if kind == "model_type":
        return _EXAMPLES.get(place) or (
            f"{place[-1]}: {{}}  has all defaults" if place[:1] == ("measure",) and len(place) == 2 else None
        )
    if kind == "string_type" and detail.get("input") is None:
        return 'give it a value; a # begins a comment: put a name with # in quotes, such as "#1 String"'
    return "put the value in quotes" if kind == "string_type" else None


def _fields(model: type[BaseModel], place: Place, tags: set[str | int]) -> list[str]:
    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        fields = getattr(current, "model_fields", {})
        if part not in fields:
            return []
        current = _model_in(fields[part].annotation, tags)
    return list(getattr(current, "model_fields", {}))


def _model_in(annotation: Any, tags: set[str | int]) -> Any:
    """Return the BaseModel inside `list[X]`, `X | None`, `Annotated[...]` or a union's `tags` branch; else None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    args = get_args(annotation)
    if any(isinstance(arg, Tag) and arg.tag not in tags for arg in args):
        return None
    return next((found for arg in args if (found := _model_in(arg, tags)) is not None), None)
