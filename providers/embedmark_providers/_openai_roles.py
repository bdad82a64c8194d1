"""How a text becomes part of a request: its role, prompt, model and further fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedmark.errors import UsageError
from embedmark_providers._presets import Preset
from embedmark_providers._server_options import check_mapping

_KEYS = ("prompt", "extra_body", "model")


@dataclass(frozen=True, slots=True)
class Role:
    """What a request for queries, or for documents, holds.

    Attributes:
        model: the model that is asked for.
        prompt: put before each text.
        extra_body: further fields.
    """

    model: str
    prompt: str = ""
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def body(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the fields of a request for these texts."""
        inputs = [self.prompt + text for text in texts] if self.prompt else list(texts)
        return {"model": self.model, "input": inputs, **self.extra_body}

    def recipe(self) -> dict[str, Any]:
        """Return what changes a vector, of JSON types."""
        return {"model": self.model, "prompt": self.prompt or None, "extra_body": dict(self.extra_body)}


def make_role(
    name: str,
    model: str,
    option: Mapping[str, Any] | None,
    preset: Preset | None,
    common: Mapping[str, Any],
    prompt: str,
) -> Role:
    """Return a role: the suite's option over the preset's over what holds for both. Raises UsageError.

    Args:
        name: `query` or `document`.
        model: of the suite.
        option: the suite's `query` or `document`.
        preset: may have fields of its own.
        common: the suite's `extra_body`.
        prompt: the suite's `prompt`, for both roles.
    """
    given = option or {}
    check_mapping(name, given)
    for key in given:
        if key not in _KEYS:
            raise UsageError(
                f"{name} has no key {key!r}", where=f"options.{name}", hint=f"its keys: {', '.join(_KEYS)}"
            )
    check_mapping(f"{name}.extra_body", given.get("extra_body", {}))
    known = preset.get(name, {}) if preset else {}
    body = {**known.get("extra_body", {}), **common, **given.get("extra_body", {})}
    for reserved in ("input", "encoding_format"):
        if reserved in body:
            raise UsageError(
                f"extra_body may not hold {reserved!r}", where="options.extra_body",
                hint="options: {encoding: auto | base64 | float | none}" if reserved != "input" else "leave it out",
            )  # fmt: skip
    return Role(str(given.get("model") or _model(model, known, preset)), str(given.get("prompt", prompt) or ""), body)


def base_model(model: str, preset: Preset | None) -> str:
    """Return the model's name without the ending that a preset has for a role."""
    for role in ("query", "document"):
        pattern = str((preset.get(role, {}) if preset else {}).get("model", ""))
        ending = pattern.removeprefix("{model}")
        if pattern.startswith("{model}") and ending and model.endswith(ending):
            return model.removesuffix(ending)
    return model


def _model(model: str, known: Mapping[str, Any], preset: Preset | None) -> str:
    pattern = str(known.get("model", "{model}"))
    return pattern.replace("{model}", base_model(model, preset))
