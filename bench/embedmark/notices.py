"""Warnings as values: each has a code, a message, advice and data, is kept in the manifest, and is rendered later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning.

    Attributes:
        code: what it is about, stable from release to release: `noisy-host`, `truncation`, ...
        message: what was seen, with its figures, in one sentence.
        advice: what to do about it.
        data: the figures, of JSON types.
    """

    code: str
    message: str
    advice: str
    data: Mapping[str, Any] = field(default_factory=dict)
