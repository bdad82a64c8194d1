"""How many tokens a provider makes of a dataset's texts, by its own tokenizer."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.calls.tokens import count_tokens
from embedmark.planning.providers import PlannedProvider


def tokens_line(planned: PlannedProvider, texts: Sequence[str]) -> str:
    """Load a provider, and return what it makes of texts: tokens in all, for a text, for a character, and what it cuts.

    Raises:
        ProviderError: the provider cannot be loaded.
    """
    if planned.is_cross:
        return f"{planned.name}: a cross-encoder reads pairs, and its tokens follow from both texts"
    planned.provider.load()
    try:
        counted = count_tokens(planned.provider, list(texts))
    finally:
        planned.provider.close()
    if counted is None:
        return f"{planned.name}: not known, it has no count_tokens()"
    total = counted.read + counted.truncated_tokens
    per_text, per_character = total / len(texts), total / max(1, sum(map(len, texts)))
    cut = f"{counted.truncated_texts:,} texts are cut"
    return f"{planned.name}: {total:,}, {per_text:.1f} a text, {per_character:.2f} a character; {cut}"
