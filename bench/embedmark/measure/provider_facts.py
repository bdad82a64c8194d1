"""What a run and its cache keep of a provider."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from embedmark.api import ProviderInfo


def describe(info: ProviderInfo, model: str) -> dict[str, Any]:
    """Return a ProviderInfo as JSON types, under the model's name in the suite."""
    facts = asdict(info) | {"recipe": dict(info.recipe), "modalities": list(info.modalities), "model": model}
    return {key: value for key, value in facts.items() if key != "plugin"} | {"plugin": info.plugin}
