"""Checks and groups of checks: a check plugs in by being in a `Group`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedmark.testing.subject import Subject


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to try on a provider.

    Attributes:
        name: shown in the checklist, and what `needs` refers to.
        run: tries it; returns what was seen (a few words, or nothing). Raises CheckFailed or CheckSkipped; whatever
            else it raises, out of the provider, is a failure too.
        needs: checks without which this one means nothing; if one of them did not pass, this one is skipped.
    """

    name: str
    run: Callable[[Subject], str]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that belong together, run in this order."""

    title: str
    checks: Sequence[Check]
