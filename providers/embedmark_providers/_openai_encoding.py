"""Which encoding of vectors is asked for, and which comes next where a server refuses it or cannot make it."""

from __future__ import annotations

import re

from embedmark.errors import BadResponseError, ProviderError
from embedmark_providers._http_status import ErrorAnswer

# What is asked for where the server refuses an encoding, and how messages call it.
_NEXT = {"base64": "float", "float": "none"}
_SAID = {"base64": "base64", "float": "lists of floats", "none": "its default"}
_ABOUT = re.compile(r"encoding|base64", re.IGNORECASE)
# A crash speaks of encodings for other reasons too: of the text's own, or of its reply's.
_NAMED = re.compile(r"encoding_format|base64", re.IGNORECASE)


class NoVectorError(BadResponseError):
    """A reply whose vectors are not there, or cannot be decoded: some servers answer so to an encoding they lack."""


class Encodings:
    """The encoding that one provider asks for.

    Attributes:
        auto: True if the server decides.
        now: base64, float or none: what is asked for.
    """

    def __init__(self, option: str) -> None:
        self.auto = option == "auto"
        self.now = "base64" if self.auto else option

    def following(self, asked: str, error: ProviderError, url: str, *, billed: bool = False) -> ProviderError | None:
        """Return an error that asks for a retry with another encoding; None if there is no other to try.

        Args:
            asked: the encoding of the request that failed.
            error: why.
            url: of the server.
            billed: True if the request may be billed.
        """
        following = _NEXT.get(asked)
        if not self.auto or following is None:
            return None
        if self.now == asked:
            self.now = following
        return ProviderError(
            f"the server refuses vectors as {asked}, and is asked for {_SAID[self.now]}: {error.message}",
            retryable=True, retry_after=0.0, may_be_billed=billed, where=url,
        )  # fmt: skip


def is_about_encoding(answer: ErrorAnswer) -> bool:
    """Return True if an error is about how vectors were asked for: in its words, or in the field that it names."""
    if answer.status in (400, 415, 422):
        return bool(_ABOUT.search(answer.said) or "encoding_format" in answer.fields)
    return answer.status in (500, 501) and bool(_NAMED.search(answer.said) or "encoding_format" in answer.fields)
