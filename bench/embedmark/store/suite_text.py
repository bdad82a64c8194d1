"""A suite written out as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The rows of a DataFrame, kept in the folder of the run that measured them.
KEPT_DATA = "data.csv"


def suite_text(suite: Mapping[str, Any], folder: Path | None = None) -> str:
    """Return YAML that `embedmark run` takes again.

    Args:
        suite: as a manifest holds it.
        folder: of the run; if given, kept data is named by its full path, so that the suite runs from anywhere.
    """
    import yaml

    content = _without_empty(suite)
    for dataset in content["datasets"]:
        if folder is not None and isinstance(dataset, dict) and dataset.get("path") == KEPT_DATA:
            dataset["path"] = str(folder.resolve() / KEPT_DATA)
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return text


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _kept(key, item) for key, item in value.items() if item is not None and item not in ({}, "")}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value


def _kept(key: str, value: Any) -> Any:
    return value if key == "options" else _without_empty(value)  # an option that is null or empty is meant


def flow_text(value: Any) -> str:
    """Return a value as YAML on one line: `{name: minilm, use: sbert}`.

    >>> flow_text({"name": "a b", "columns": {"score": 3}})
    '{name: a b, columns: {score: 3}}'
    """
    import yaml

    text: str = yaml.safe_dump(
        _without_empty(value) if isinstance(value, Mapping) else value,
        allow_unicode=True, sort_keys=False, width=10**6, default_flow_style=True,
    )  # fmt: skip
    return text.removesuffix("...\n").strip()
