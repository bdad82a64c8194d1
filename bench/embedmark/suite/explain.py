"""What pydantic says of a suite, in words for the person who wrote it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, Tag, ValidationError

from embedmark.errors import SuiteError
from embedmark.suite.lines import Place, Places, key_path, where

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# What to write where a whole part is missing, or has another shape.
_EXAMPLES: dict[Place, str] = {
    ("providers",): "add `providers:`, such as  providers: [{name: words, use: lexical}]",
    ("datasets",): "add `datasets:`, such as  datasets: [stsb/test]",
    ("measure",): "measure is a mapping, each measure with its options, such as  measure: {accuracy: {}, latency: {}}",
}
_TAGS = {"catalogue", "named", "file", "captions", "graded", "matrix", "retrieval"}


def explain(error: ValidationError, model: type[BaseModel], *, path: Path, places: Places) -> SuiteError:
    """Return one SuiteError for all that is wrong: the first in full, the others in a line each."""
    details = error.errors(include_url=False)
    first, *others = details
    message = f"{key_path(_place(first))}: {_message(first)}".removeprefix(": ")
    also = [f"  and: {where(_place(other), path, places)}: {_message(other)}" for other in others]
    return SuiteError(
        "\n".join([message, *also]),
        where=where(_place(first), path, places),
        hint=_hint(first, model),
    )


def _place(detail: ErrorDetails) -> Place:
    # A union's branch is in pydantic's location next to the real keys, and so does "int" of `str | int`.
    return tuple(
        part for i, part in enumerate(detail["loc"])
        if not (part in _TAGS and i > 0 and isinstance(detail["loc"][i - 1], int))
        and part not in ("str", "int", "constrained-int")
    )  # fmt: skip


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
    place = _place(detail)
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _fields(model, place[:-1], {part for part in detail["loc"] if part in _TAGS})
        close = difflib.get_close_matches(str(place[-1]), known, n=1)
        return f"did you mean `{close[0]}`?" if close else f"one of: {', '.join(known)}"
    if kind == "missing":
        return _EXAMPLES.get(place, f"add `{place[-1]}:`")
    if kind == "model_type":
        return _EXAMPLES.get(place) or (f"{place[-1]}: {{}}  has all defaults" if place[:1] == ("measure",) else None)
    if kind == "string_type" and detail.get("input") is None:
        return 'give it a value; a # begins a comment: put a name with # in quotes, such as "#1 String"'
    return {"string_type": "put the value in quotes", "too_short": "name at least one"}.get(kind)


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
