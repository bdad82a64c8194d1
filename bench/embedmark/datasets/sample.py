"""What a dataset gives a provider to do: seeded samples of its texts, pairs or images, and their tokens at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from embedmark.datasets import Dataset, Item, PairDataset, Unit

__all__ = ["SERVER_PROBES", "Item", "Unit", "is_empty", "pairs_of", "sample_items", "texts_of", "token_bound"]

# Calls that find the capacity, for a server scenario to which the suite gives no rate.
SERVER_PROBES = 20


def texts_of(dataset: Dataset) -> list[str]:
    """Every different text of the dataset once, in the order of its first appearance."""
    return [text for text in dataset.items("text") if isinstance(text, str)]


def pairs_of(dataset: PairDataset) -> list[tuple[str, str]]:
    """The pairs in the file's order."""
    return list(zip(dataset.sentence1, dataset.sentence2, strict=True))


def swapped(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each pair in its other order."""
    return [(second, first) for first, second in pairs]


def sample_items(dataset: Dataset, unit: Unit, n: int, seed: int, *, replace: bool = False) -> Sequence[Item]:
    """`n` items of the dataset, drawn without regard to length; all of them, shuffled, where it has fewer.

    Args:
        dataset: where the items come from.
        unit: `pair` (for a cross-encoder), `text` or `image`; images come undecoded.
        n: how many.
        seed: the same seed draws the same items, and a smaller n a prefix of them.
        replace: draw with replacement, so that n may exceed the dataset.
    """
    import numpy as np

    items = dataset.items(unit)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(items), size=n) if replace and n > len(items) else rng.permutation(len(items))[:n]
    return [items[i] for i in drawn]


def is_empty(item: Any) -> bool:
    """Whether a text, or one of a pair's, is the empty string; an image never is."""
    return not item if isinstance(item, str) else isinstance(item, tuple) and not all(item)


def token_bound(item: Any) -> int:
    """Tokens of an item at most: no byte-level tokenizer makes more than the UTF-8 bytes; two special ones a text.

    An image has none.
    """
    if not isinstance(item, str | tuple):
        return 0
    texts = item if isinstance(item, tuple) else (item,)
    return sum(len(text.encode("utf-8", errors="surrogatepass")) + 2 for text in texts)
