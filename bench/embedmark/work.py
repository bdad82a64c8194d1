"""What a dataset gives a provider to do: texts for a bi-encoder, pairs for a cross-encoder, seeded samples of both."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.datasets import PairDataset

Item = str | tuple[str, str]


def texts_of(dataset: PairDataset) -> list[str]:
    """Every different text of the dataset once, in the order of its first appearance."""
    return list(dict.fromkeys([*dataset.sentence1, *dataset.sentence2]))


def pairs_of(dataset: PairDataset) -> list[tuple[str, str]]:
    """The pairs in the file's order."""
    return list(zip(dataset.sentence1, dataset.sentence2, strict=True))


def swapped(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each pair in its other order."""
    return [(second, first) for first, second in pairs]


def sample_items(dataset: PairDataset, pairs: bool, n: int, seed: int, *, replace: bool = False) -> Sequence[Item]:
    """`n` items of the dataset, drawn without regard to length; all of them, shuffled, where it has fewer.

    Args:
        dataset: where the items come from.
        pairs: sentence pairs for a cross-encoder, else different texts.
        n: how many.
        seed: the same seed draws the same items, and a smaller n a prefix of them.
        replace: draw with replacement, so that n may exceed the dataset.
    """
    import numpy as np

    items: Sequence[Item] = pairs_of(dataset) if pairs else texts_of(dataset)
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(items), size=n) if replace and n > len(items) else rng.permutation(len(items))[:n]
    return [items[i] for i in drawn]
