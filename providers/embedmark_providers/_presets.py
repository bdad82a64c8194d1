"""Presets: what services document of their /embeddings, read from presets.yaml; each fact has its source and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from embedmark.errors import UsageError, did_you_mean

_FILE = Path(__file__).with_name("presets.yaml")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its value, where it is from, and when it was read there."""

    value: Any
    source: str
    read: date


@dataclass(frozen=True, slots=True)
class Preset:
    """What is known of one service.

    Attributes:
        name: as a suite names it.
        about: what it is, in a few words.
        facts: by option or, for `dims`, `dimensions_field`, `base_url_example` and `quirks`, by what they say.
    """

    name: str
    about: str
    facts: Mapping[str, Fact]

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a fact; `default` if it is not known."""
        fact = self.facts.get(key)
        return default if fact is None else fact.value


@cache
def presets() -> Mapping[str, Preset]:
    """Return all presets by name, in the order of the file."""
    content = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    found = {}
    for name, entry in content.items():
        facts = {key: Fact(*fact) for key, fact in entry.items() if key != "about"}
        found[name] = Preset(name, entry["about"], facts)
    return found


def find_preset(name: str | None) -> Preset | None:
    """Return a preset; None for no name. Raises UsageError for a name that is not one."""
    if name is None:
        return None
    known = presets()
    if name not in known:
        near = did_you_mean(str(name), known)
        raise UsageError(
            f"no preset is called {name!r}" + (f"; {near}" if near else ""),
            where="preset",
            hint=f"one of: {', '.join(known)}; or options: {{base_url: ...}}",
        )
    return known[name]


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets."""
    return tuple(presets())
