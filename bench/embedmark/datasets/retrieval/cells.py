"""Cells that hold several values: lists of passages, lists of relevant ids, grades by id."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

from embedmark.datasets.retrieval.grades import grade_of
from embedmark.datasets.retrieval.parts import checked_text, id_of


def texts_in(value: Any, where: str, what: str) -> list[str]:
    """Return the texts in a cell: one, or a list of them, in CSV as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        parsed = _listed(value)
        value = value if parsed is None else parsed
    if isinstance(value, list | tuple):
        return [_passage(one, where, what) for one in value]
    if isinstance(value, Mapping):
        return [_passage(value, where, what)]
    text = checked_text(value, where, what)
    return [text] if text or what == "passage" else []


def _passage(value: Any, where: str, what: str) -> str:
    """Return a passage; of an object, as Tevatron writes it, its title and its text."""
    if not isinstance(value, Mapping) or "text" not in value:
        return checked_text(value, where, what)
    title = checked_text(value.get("title"), where, "title")
    return f"{title} {checked_text(value['text'], where, what)}".strip()


def relevant_in(value: Any, known: set[str], where: str) -> Iterator[tuple[str, float]]:
    """Yield the ids in a cell with their grades: a list (of lists), a mapping from id to grade, or text."""
    if isinstance(value, str) and value not in known:
        value = _listed(value) or [part.strip() for part in _split(value) if part.strip()]
    if isinstance(value, Mapping):
        for key, grade in value.items():
            yield id_of(key, where, "document"), grade_of(grade, where)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from (
                relevant_in(one, known, where)
                if isinstance(one, list | tuple)
                else [(id_of(one, where, "document"), 1.0)]
            )
    elif value is not None:
        yield id_of(value, where, "document"), 1.0


def _split(text: str) -> list[str]:
    separator = next((char for char in ("|", ";", ",") if char in text), None)
    return text.split(separator) if separator else [text]


def _listed(text: str) -> Any:
    """Return the JSON or Python list, or mapping, in a cell; None where it holds none."""
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | dict):
            return found
    return None
