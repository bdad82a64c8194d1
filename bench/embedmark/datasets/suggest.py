"""Did-you-mean, for names of columns, files and datasets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(wanted: str, known: Iterable[str]) -> str | None:
    """A question that names the nearest of `known`, or None where nothing is near.

    Upper and lower case and Unicode's composed and decomposed forms count as near: a Korean column name
    typed in one form and stored in the other looks the same on every screen.
    """
    names = list(known)
    same_look = [name for name in names if _nfc(name) == _nfc(wanted)]
    if same_look and same_look[0] != wanted:
        form = "decomposed (NFD)" if same_look[0] != _nfc(same_look[0]) else "composed (NFC)"
        return f"did you mean {same_look[0]!r}? It is stored in {form} Unicode: copy it from there"
    folded = {_nfc(name).casefold(): name for name in reversed(names)}
    near = get_close_matches(_nfc(wanted).casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[near[0]]!r}?" if near else None


def listing(names: Iterable[str], limit: int = 12) -> str:
    """`names` with commas between them, cut after `limit`."""
    shown = list(names)
    rest = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + rest


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
