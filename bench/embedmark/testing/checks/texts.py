"""Texts that break providers: empty, blank, tiny, emoji, decomposed Korean, very long. And what a call says it used."""

from __future__ import annotations

import contextlib

import numpy as np
import numpy.typing as npt

from embedmark.errors import EmbedmarkError, ProviderTimeoutError
from embedmark.language import translatable
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.probes import ANCHOR, BLANKS, EMOJI, LONG, NFC, NFD, SMALL, TEXTS
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped

HANDLED = translatable("handled")


def never_zero(subject: Subject) -> str:
    texts = [*TEXTS, *SMALL, *EMOJI, *NFC, *NFD]
    if subject.is_cross:
        raise CheckSkipped("a cross-encoder has no vectors")
    for text in texts:
        rows = None
        with contextlib.suppress(Exception):  # a text that breaks the provider has a check of its own
            rows = _rows(subject, text)
        if rows is not None and not np.any(rows):
            raise CheckFailed(f"the zero vector for {text[:40]!r}: it has no direction, and its cosines are undefined")
    return translatable(f"{len(texts)} texts")


def empty_string(subject: Subject) -> str:
    allowed = subject.provider.info.limits.empty_text
    try:
        rows = _rows(subject, "")
    except EmbedmarkError as error:
        if allowed:
            raise CheckFailed(f"limits.empty_text is True, and '' is refused: {error.message}") from None
        return f"refused by the provider: {error.message}"
    if not allowed:
        raise CheckFailed("limits.empty_text is False, and '' is taken: say True, or refuse it with a ProviderError")
    return HANDLED if subject.is_cross or np.any(rows) else "handled: the zero vector"


def blanks(subject: Subject) -> str:
    allowed = subject.provider.info.limits.empty_text
    refused = 0
    for text in BLANKS:
        try:
            _rows(subject, text)
        except EmbedmarkError as error:
            if allowed:
                raise CheckFailed(f"limits.empty_text is True, and {text!r} is refused: {error.message}") from None
            refused += 1
    return f"refused: {refused} of {len(BLANKS)}" if refused else HANDLED


def emoji(subject: Subject) -> str:
    return _all(subject, EMOJI)


def korean_nfc(subject: Subject) -> str:
    return _all(subject, NFC)


def korean_nfd(subject: Subject) -> str:
    _all(subject, NFD)
    if subject.is_cross:
        return ""
    drifts = [float(subject.drift(_rows(subject, a), _rows(subject, b))[0]) for a, b in zip(NFC, NFD, strict=True)]
    # Not a failure: some models normalise and some do not. Who mixes the two forms must know.
    return "as NFC" if max(drifts) <= subject.tolerance else f"differs from NFC: cosine {1 - max(drifts):.2f}"


def long_text(subject: Subject) -> str:
    limits = subject.provider.info.limits
    limited = limits.tokens_per_input is not None or limits.tokens_per_request is not None
    try:
        _rows(subject, LONG)
    except ProviderTimeoutError as error:
        raise CheckSkipped(f"not done in the time that the provider allows: {error.message}") from None
    except EmbedmarkError as error:
        if not limited:
            raise CheckFailed(
                f"refused, and limits.tokens_per_input names no limit: {error.message}; name it, or cut the text"
            ) from None
        return f"refused by the provider: {error.message}"
    limit = subject.provider.info.max_tokens
    return f"cut to {limit} tokens" if limit else HANDLED


def usage(subject: Subject) -> str:
    for used in subject.usages:
        counts = {
            "tokens": used.tokens,
            "requests": used.requests,
            "truncated_texts": used.truncated_texts,
            "truncated_tokens": used.truncated_tokens,
        }
        for name, count in counts.items():
            if count is not None and (isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0):
                raise CheckFailed(f"usage.{name} is {count!r}: a count of 0 or more, or None where it is not known")
    if not any(used.tokens is not None for used in subject.usages):
        return "tokens are not reported"
    return f"{len(subject.usages)} replies"


def count_tokens(subject: Subject) -> str:
    count = getattr(subject.provider, "count_tokens", None)
    if count is None:
        raise CheckSkipped("the provider has no count_tokens(): it is optional")
    texts = [*TEXTS, *NFD, *EMOJI]
    with subject.watch.over("count_tokens()"):
        counts = list(count(texts))
        alone = [next(iter(count([text]))) for text in texts[:4]]
    if len(counts) != len(texts):
        raise CheckFailed(f"{len(counts)} counts for {len(texts)} texts")
    negative = [c for c in counts if c < 0]
    if negative:
        raise CheckFailed(f"a count is {negative[0]}")
    if counts[:4] != alone:
        raise CheckFailed(f"{counts[:4]} for four texts together, {alone} one by one: do not count padding")
    return f"{sum(counts)} tokens in {len(texts)} texts"


def _rows(subject: Subject, text: str) -> npt.NDArray[np.floating]:
    """Return the rows of one text: its vector, or its values as the first and as the second text of a pair."""
    if not subject.is_cross:
        return subject.finite(subject.rows([text]))
    calls = [subject.rows([pair]) for pair in ((text, ANCHOR), (ANCHOR, text))]
    return subject.finite(np.concatenate(calls))


def _all(subject: Subject, texts: tuple[str, ...]) -> str:
    for text in texts:
        _rows(subject, text)
    return ""


_NEEDS = ("shape", "dtype", "finite")
TEXT_CHECKS = Group(
    "texts",
    (
        Check("non-blank is never zero", never_zero, needs=_NEEDS),
        Check("empty string", empty_string, needs=_NEEDS),
        Check("blanks", blanks, needs=_NEEDS),
        Check("emoji", emoji, needs=_NEEDS),
        Check("Korean, NFC", korean_nfc, needs=_NEEDS),
        Check("Korean, NFD", korean_nfd, needs=_NEEDS),
    ),
)
# Near the end: a server may go on reading it after the call has been given up, and would answer what follows late.
LONG_TEXT = Group("long text", (Check("100,000 characters", long_text, needs=_NEEDS),))
USAGE = Group(
    "usage",
    (
        Check("usage is never negative", usage, needs=("shape", "finite")),
        Check("count_tokens", count_tokens, needs=("load",)),
    ),
)
