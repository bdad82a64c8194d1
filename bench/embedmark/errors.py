"""Every error that embedmark raises on purpose.

    EmbedmarkError
    ├── UsageError               the request itself is wrong: exit 2, nothing is written
    │   ├── SuiteError           a suite file: unknown key, wrong type, same label twice
    │   ├── DatasetError         a data file or a catalogue name
    │   ├── RegistryError        a provider that cannot be found, imported or constructed
    │   └── RunDirectoryError    a run directory that is missing, foreign or damaged
    ├── StorageError             the disk refused a write: exit 1, what was measured before is kept
    ├── NotQuietError            --require-quiet, and the machine was not: exit 1, nothing was measured
    ├── BudgetError              a budget stopped the run: exit 3, what was measured is kept
    └── ProviderError            a provider failed at load or in a call: a row in failures.csv, exit 1
        ├── NotAvailableError    a host, hub or server does not answer
        ├── AuthenticationError  a key is refused
        ├── QuotaError           the account has no credit left
        ├── RateLimitError       too many requests: wait, then again
        ├── LimitExceededError   one request is larger than the provider takes
        │   └── OutOfMemoryError     one request is larger than memory holds, of the host or of a device
        ├── BadResponseError     a reply that is malformed, short, or not a number
        └── ProviderTimeoutError no complete reply within the deadline

RunInterrupted is a KeyboardInterrupt, so that a script that runs several suites stops at Ctrl-C.

A provider turns its SDK's exceptions into `ProviderError`s once, at its edge, and raises `UsageError`
from its constructor for what a look at the disk, the environment or its options decides.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from embedmark.language import translatable

GIVEN: Final = translatable("the given models and data")  # the place of a key where there is no suite file


class EmbedmarkError(Exception):
    """An expected error, shown as one message: what is wrong, where, and what to type instead.

    Args:
        message: what is wrong, in one sentence.
        where: file, line or key path; None where there is no such place.
        hint: what to type instead; None where it cannot be known.

    Attributes:
        typed: turns the hint, in any language, into what the command that failed takes; None if it is that already.
    """

    exit_code = 1
    typed: Callable[[str], str] | None = None

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        said = message if isinstance(message, str) else text_of(message)  # a provider may raise what it likes
        super().__init__(said)
        self.message = said
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.message]
        if self.where:
            lines.append(f"  at:  {self.where}")
        if self.hint:
            lines.append(f"  try: {self.hint}")
        return "\n".join(lines)


class UsageError(EmbedmarkError):
    """The request itself is wrong. Found before anything loads; nothing is written."""

    exit_code = 2


class SuiteError(UsageError):
    """A suite file that cannot be run as it is written."""


class DatasetError(UsageError):
    """A dataset that is unknown, missing, or not what its suite says."""


class RegistryError(UsageError):
    """A provider that cannot be found, imported or constructed."""


class RunDirectoryError(UsageError):
    """A run directory that is missing, not a run, or written by a newer embedmark."""


class StorageError(EmbedmarkError):
    """The disk refused a write (full, read-only, gone); everything written before is kept."""


class NotQuietError(EmbedmarkError):
    """The machine was asked to be quiet and was not: exit 1, nothing was measured."""


class BudgetError(EmbedmarkError):
    """A budget (USD, requests or seconds) stopped the run; everything measured so far is kept."""

    exit_code = 3


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C, SIGTERM or a closed terminal ended a run; what was measured is sealed in `folder`."""

    def __init__(self, folder: Path, *, exit_code: int = 130) -> None:
        super().__init__(f"interrupted: what was measured so far is kept in {folder}")
        self.folder = folder
        self.exit_code = exit_code


class ProviderError(EmbedmarkError):
    """A provider failed at load or in a call.

    Args:
        message: what is wrong, in one sentence. Never a key, never a whole request.
        retryable: True if the same call may succeed later.
        retry_after: seconds to wait before the next try, if the provider said so.
        may_be_billed: True if the request was sent and the reply was lost or useless, so that it may be on the bill
            all the same; default by kind: True for a bad response and a time-out.
        splittable: True if a part of the same request may pass, so that the harness may send it in halves to find the
            size or the text that is refused. With `retryable`, only after the same answer came twice.
        names_cause: True if the message names a text or a limit: then no guess is needed whether halves can pass.
        where, hint: as in `EmbedmarkError`.
    """

    default_retryable = False
    default_may_be_billed = False
    default_splittable = False

    def __init__(
        self,
        message: str,
        *,
        retryable: bool | None = None,
        retry_after: float | None = None,
        may_be_billed: bool | None = None,
        splittable: bool | None = None,
        names_cause: bool | None = None,
        where: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.retryable = self.default_retryable if retryable is None else retryable
        # A provider may pass on a header's text as it came.
        is_number = isinstance(retry_after, int | float) and not isinstance(retry_after, bool)
        self.retry_after = None if not is_number or math.isnan(retry_after or 0.0) else retry_after
        self.may_be_billed = self.default_may_be_billed if may_be_billed is None else may_be_billed
        self.splittable = self.default_splittable if splittable is None else splittable
        self.names_cause = self.default_splittable if names_cause is None else names_cause


class NotAvailableError(ProviderError):
    """A host, hub or server does not answer, or a model does not exist there."""


class AuthenticationError(ProviderError):
    """A key is refused (401, 403)."""


class QuotaError(ProviderError):
    """The account has no credit left: no retry can help."""


class RateLimitError(ProviderError):
    """Too many requests or tokens a minute: wait, then the same call again."""

    default_retryable = True


class LimitExceededError(ProviderError):
    """One request holds more inputs or tokens than the provider takes: split it."""

    default_splittable = True


class OutOfMemoryError(LimitExceededError):
    """Memory ran out, the host's or a device's: fewer items at once may fit.

    Where throughput is measured, it ends that batch size and not the provider.
    """


class BadResponseError(ProviderError):
    """A reply that is malformed, short, reordered beyond repair, or not finite."""

    default_may_be_billed = True


class ProviderTimeoutError(ProviderError):
    """No complete reply within the deadline."""

    default_retryable = True
    default_may_be_billed = True


def text_of(value: object) -> str:
    """Return str(value), or the name of its type where that raises, as it may for an object of a provider.

    >>> text_of(12345)
    '12345'
    """
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - another library's __str__
        return f"<{type(value).__name__} whose str() fails>"


def words_of(error: BaseException) -> str:
    """Return the type of an exception and what it says, as in the last line of a traceback.

    >>> words_of(ValueError("too long"))
    'ValueError: too long'
    """
    said = text_of(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def did_you_mean(wanted: str, known: Iterable[str]) -> str | None:
    """Return a question that names the nearest of `known`, or None where nothing is near.

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
    if len(shown) <= limit:
        return ", ".join(shown)
    return translatable(f"{', '.join(shown[:limit])} and {len(shown) - limit} more")


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
