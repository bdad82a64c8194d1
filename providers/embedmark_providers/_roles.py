"""Queries and documents: what is put before a text of each role, and which route of a Router model it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from embedmark.errors import ProviderError, UsageError

Role = Literal["query", "document"]
_KEYS: Final = ("prompt", "prompt_name")


@dataclass(frozen=True, slots=True)
class RoleOptions:
    """What a suite says of one role: `prompt` is a text put before each text, `prompt_name` one of the model's own."""

    prompt: str | None = None
    prompt_name: str | None = None

    def facts(self) -> dict[str, str]:
        """Return what is set, for the recipe."""
        given = {"prompt": self.prompt, "prompt_name": self.prompt_name}
        return {key: value for key, value in given.items() if value is not None}


def read_roles(
    prompt: str | None, prompt_name: str | None, query: Mapping[str, Any] | None, document: Mapping[str, Any] | None
) -> dict[Role, RoleOptions]:
    """Return the options of both roles. Raises UsageError with the option's key path.

    Args:
        prompt, prompt_name: for both roles, where a role says nothing of its own.
        query, document: mappings with `prompt` or `prompt_name`.
    """
    if prompt is not None and prompt_name is not None:
        raise UsageError("prompt and prompt_name are both given", where="options", hint="leave one of them out")
    both = RoleOptions(prompt, prompt_name)
    return {"query": _role("query", query) or both, "document": _role("document", document) or both}


def _role(name: Role, given: Mapping[str, Any] | None) -> RoleOptions | None:
    if given is None:
        return None
    where = f"options.{name}"
    example = f'options: {{{name}: {{prompt: "{name}: "}}}}'
    if not isinstance(given, Mapping):
        raise UsageError(f"{name} is {given!r}, not a mapping", where=where, hint=example)
    for key, value in given.items():
        if key not in _KEYS:
            raise UsageError(f"{name} has no key {key!r}", where=f"{where}.{key}", hint=f"one of: {', '.join(_KEYS)}")
        if not isinstance(value, str):
            raise UsageError(f"{key} is {value!r}, not a text", where=f"{where}.{key}", hint=example)
    if len(given) == len(_KEYS):
        raise UsageError(f"{name} has both prompt and prompt_name", where=where, hint="leave one of them out")
    return RoleOptions(**given)


def check_prompt_names(roles: Mapping[Role, RoleOptions], prompts: Mapping[str, str]) -> None:
    """Raise ProviderError for a prompt_name that the loaded model does not have."""
    for role, options in roles.items():
        name = options.prompt_name
        if name is not None and name not in prompts:
            known = f"one of: {', '.join(prompts)}; or give prompt:" if prompts else "the model has none: give prompt:"
            place = f"options.{role}.prompt_name" if roles["query"] != roles["document"] else "options.prompt_name"
            raise ProviderError(f"the model has no prompt {name!r}", where=place, hint=known)


def unused_prompts(roles: Mapping[Role, RoleOptions], prompts: Mapping[str, str], default: str | None) -> str | None:
    """Return a note where a model declares prompts and the suite uses none of them; None otherwise."""
    declared = {name: text for name, text in prompts.items() if text}
    if not declared or default is not None or any(options.facts() for options in roles.values()):
        return None
    shown = ", ".join(f"{name} ({text!r})" for name, text in declared.items())
    example = ", ".join(f"{role}: {{prompt_name: {name}}}" for role, name in _best(declared).items())
    return f"the model declares prompts, and none was used: {shown}; options: {{{example}}} uses them"


def _best(declared: Mapping[str, str]) -> dict[str, str]:
    """Return the declared prompt for each role: of the same name, or what E5 and others call it."""
    wanted = {"query": ("query", "search_query"), "document": ("document", "passage", "search_document", "corpus")}
    found = {
        role: next((name for name in names if name in declared), "") for role, names in wanted.items()
    }  # fmt: skip
    kept = {role: name for role, name in found.items() if name}
    return kept or {"document": next(iter(declared))}
