"""Words for the identifiers of tables: measures, scenarios, states of the machine, bases of a figure."""

from __future__ import annotations

from embedmark.language import gettext as _
from embedmark.language import translatable

WORDS = (
    translatable("accuracy"), translatable("throughput"), translatable("latency"), translatable("scaling"),
    translatable("cost"), translatable("retrieval"), translatable("compression"), translatable("first call"),
    translatable("single-stream"), translatable("server"), translatable("search"),
    translatable("quiet"), translatable("noisy"), translatable("unknown"),
    translatable("measured"), translatable("held-out"), translatable("projected"),
    translatable("billed"), translatable("estimated"), translatable("hardware"),
)  # fmt: skip


def word_of(value: str) -> str:
    """Return an identifier of a table in the current language; one without a word is returned as it is.

    >>> word_of("single-stream")
    'single-stream'
    """
    return _(value) if value in WORDS else value
