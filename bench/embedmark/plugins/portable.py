"""Errors that travel between processes."""

from __future__ import annotations

from embedmark import errors
from embedmark.errors import EmbedmarkError, ProviderError, text_of, words_of


def portable(error: BaseException) -> Exception:
    """Return the error as one that any process can unpickle: of a kind of ours, or a ProviderError."""
    if isinstance(error, MemoryError):
        return MemoryError(text_of(error))
    if not isinstance(error, ProviderError):
        message = error.message if isinstance(error, EmbedmarkError) else words_of(error)
        return ProviderError(message, hint=getattr(error, "hint", None))
    # A kind of a plugin's own may be out of reach for the other process: the nearest built-in kind replaces it.
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
    copy: ProviderError = kind(error.message)
    copy.where, copy.hint = error.where, error.hint
    copy.retryable, copy.retry_after = error.retryable, error.retry_after
    copy.may_be_billed = error.may_be_billed
    copy.splittable, copy.names_cause = error.splittable, error.names_cause
    return copy
