"""What can be said of an installed provider without loading it: its kind, its options, and whether it can be used."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedmark.errors import EmbedmarkError, UsageError
from embedmark.plugins.registry import Plugin, load_class
from embedmark.plugins.shape import parameters

_SECTION = re.compile(r"(Options|Args|Arguments|Parameters):\s*")
_HELP = re.compile(r"\s+(\w+)(?:\s*\([^)]*\))?:\s+(.*)")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a provider: as `options:` of a suite takes it, or `model`."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class About:
    """One installed provider.

    Attributes:
        plugin: as its metadata names it.
        kind: `bi-encoder`, `bi-encoder, images`, `cross-encoder` or `ranker`; empty where it cannot be imported.
        summary: the first line of its docstring.
        options: what its constructor takes.
        problem, remedy: why it cannot be used here, and what to type; None where nothing is known to be missing.
    """

    plugin: Plugin
    kind: str = ""
    summary: str = ""
    options: tuple[Option, ...] = ()
    problem: str | None = None
    remedy: str | None = None


def about(plugin: Plugin) -> About:
    """Import a provider's class, and construct it where that needs no model; loads nothing."""
    try:
        cls = load_class(plugin.name, folder=Path.cwd())
    except EmbedmarkError as error:
        return About(plugin, problem=error.message, remedy=error.hint)
    problem = _problem(cls)
    summary = (inspect.getdoc(cls) or "").partition("\n")[0]
    return About(
        plugin,
        kind_of(cls),
        summary,
        options_of(cls),
        problem.message if problem else None,
        problem.hint if problem else None,
    )


def kind_of(cls: type[Any]) -> str:
    """Return the kind that a class's methods show."""
    if any(hasattr(cls, name) for name in ("predict", "apredict")):
        return "cross-encoder"
    if any(hasattr(cls, name) for name in ("search", "asearch")):
        return "ranker"
    return "bi-encoder, images" if hasattr(cls, "encode_images") else "bi-encoder"


def options_of(cls: type[Any]) -> tuple[Option, ...]:
    """Return the constructor's parameters, each with its line in the docstring of the class or the constructor."""
    lines = {**_help(cls.__init__.__doc__), **_help(cls.__doc__)}
    return tuple(
        Option(
            name,
            inspect.formatannotation(p.annotation).strip("'\"") if p.annotation is not p.empty else "",
            "required" if p.default is p.empty else repr(p.default),
            lines.get(name, ""),
        )
        for name, p in parameters(cls).items()
    )


def _problem(cls: type[Any]) -> UsageError | None:
    """Return what the constructor says is missing.

    Its model is not known here, so only a hint that begins with `pip install` counts.
    """
    needed = [name for name, p in parameters(cls).items() if p.default is p.empty]
    try:
        cls(**dict.fromkeys(needed, ""))
    except UsageError as error:
        return error if not needed or (error.hint or "").startswith("pip install") else None
    except Exception as error:  # noqa: BLE001 - somebody else's constructor, given a model that does not exist
        return None if needed else UsageError(f"{type(error).__name__}: {error}")
    return None


def _help(doc: str | None) -> dict[str, str]:
    """`name: help` of the Options or Args section; what a line goes on with further in belongs to it."""
    found: dict[str, str] = {}
    lines = inspect.cleandoc(doc or "").splitlines()
    start = next((i + 1 for i, line in enumerate(lines) if _SECTION.fullmatch(line)), len(lines))
    name, indent = "", 0
    for line in lines[start:]:
        if line.strip() and not line.startswith(" "):
            break
        depth = len(line) - len(line.lstrip())
        match = _HELP.fullmatch(line) if depth <= indent or not indent else None
        if match:
            name, indent = match[1], depth
            found[name] = match[2].strip()
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found
