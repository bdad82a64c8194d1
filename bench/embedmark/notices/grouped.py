"""Warnings for people: all of one kind in one sentence. The manifest has each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.notices import machine, texts, timing
from embedmark.notices.model import TIMING_CODES, Circumstances, Notice, has_timings

Data = Mapping[str, Any]
_MOST_MESSAGES = 4
_GROUPED: Mapping[str, Callable[[Sequence[Data], Circumstances], str | None]] = {
    **machine.GROUPED,
    **texts.GROUPED,
    **timing.GROUPED,
}


def grouped(notices: Iterable[Notice], circumstances: Circumstances) -> tuple[tuple[str, str], ...]:
    """Return message and advice of every kind of warning, in the order of the first of its kind.

    A run that timed nothing has no warning about timings, although earlier versions wrote some.
    """
    kinds: dict[tuple[str, str], list[Notice]] = {}
    timed = has_timings(circumstances.measures)
    for notice in notices:
        if notice.code in TIMING_CODES and not timed:
            continue
        kinds.setdefault((notice.code, notice.advice), []).append(notice)
    return tuple(
        (_message(code, found, circumstances), from_english(advice)) for (code, advice), found in kinds.items()
    )


def _message(code: str, found: Sequence[Notice], circumstances: Circumstances) -> str:
    sentence = _GROUPED.get(code)
    try:
        text = sentence([notice.data for notice in found], circumstances) if sentence else None
    except KeyError:  # written by another version, or by hand
        text = None
    if text is not None:
        return text
    messages = list(dict.fromkeys(from_english(notice.message) for notice in found))
    more = len(messages) - _MOST_MESSAGES
    return "; ".join(messages[:_MOST_MESSAGES]) + (
        _("; and {more} more (manifest.json)", more=more) if more > 0 else ""
    )
