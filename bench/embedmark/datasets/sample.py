"""What a dataset gives a provider to do: seeded samples of its texts, pairs or images, and their tokens at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from embedmark.api.items import Item, Unit, token_bound
from embedmark.datasets import Dataset, PairDataset
from embedmark.datasets.draws import permutation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Indexes = npt.NDArray[np.int64]

_FEW: Final = 20_000  # items that are shuffled faster than NumPy is imported


def texts_of(dataset: Dataset) -> list[str]:
    """Return every different text of the dataset once, in the order of its first appearance."""
    return [text for text in dataset.items("text") if isinstance(text, str)]


def text_bounds(dataset: Dataset) -> tuple[int, int]:
    """Return the tokens of all different texts of the dataset at most, and those of the longest."""
    known = dataset.known
    if "text_bounds" not in known:
        bounds = [token_bound(text) for text in dataset.items("text")]
        known["text_bounds"] = sum(bounds), max(bounds, default=0)
    found: tuple[int, int] = known["text_bounds"]
    return found


def pairs_of(dataset: PairDataset) -> list[tuple[str, str]]:
    """Return the pairs in the file's order."""
    return list(zip(dataset.sentence1, dataset.sentence2, strict=True))


def sample_items(dataset: Dataset, unit: Unit, n: int, seed: int, *, replace: bool = False) -> Sequence[Item]:
    """`n` items of the dataset, drawn without regard to length; all of them, shuffled, where it has fewer.

    Args:
        dataset: where the items come from.
        unit: `pair` (for a cross-encoder), `text` or `image`; images come undecoded.
        n: how many.
        seed: the same seed draws the same items, and a smaller n a prefix of them.
        replace: draw with replacement, so that n may exceed the dataset.
    """
    items = dataset.items(unit)
    if len(items) <= _FEW and not (replace and n > len(items)):
        return [items[i] for i in permutation(len(items), seed)[:n]]
    import numpy as np

    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(items), size=n) if replace and n > len(items) else rng.permutation(len(items))[:n]
    return [items[i] for i in drawn]


def sample_texts(dataset: Dataset, n: int, seed: int, *, replace: bool = False) -> list[str]:
    """`n` texts whose lengths are spread as those of the dataset, in a seeded order.

    The texts are sorted by length and cut into n strata, and one is drawn from each: a time per text then means the
    same at every n. (Ten texts drawn at random differ from the mean length by a sixth of it, and times with them.)

    Args:
        dataset: its different texts are drawn from.
        n: how many; more than the dataset has only with `replace`, which then takes all as often as they fit.
        seed: the same seed draws the same texts.
        replace: allow n to exceed the dataset.
    """
    texts = texts_of(dataset)
    if n > len(texts) and not replace:
        raise ValueError(f"{n} texts are wanted of {len(texts)}")
    return [texts[i] for i in _by_length([len(text) for text in texts], n, seed)]


def sample_long(dataset: Dataset, unit: Unit, n: int, seed: int) -> Sequence[Item]:
    """Return `n` items for a pass that `sample_items` makes too short: their lengths are spread as the dataset's.

    Every item is drawn once before one is drawn again, so that a rate means the same at every `n`.

    Args:
        dataset: where the items come from.
        unit: as for `sample_items`. Images have no length: all are equal.
        n: how many; more than the dataset has repeats it.
        seed: the same seed draws the same items.
    """
    items = dataset.items(unit)
    return [items[i] for i in _by_length([_length(item) for item in items], n, seed)]


def _length(item: Item) -> int:
    if isinstance(item, str):
        return len(item)
    return len(item[0]) + len(item[1]) if isinstance(item, tuple) else 0


def _by_length(lengths: Sequence[int], n: int, seed: int) -> list[int]:
    """Draw one index from each of `n` strata of rising length, in a seeded order; all indexes as often as they fit."""
    import numpy as np

    whole, rest = divmod(n, len(lengths))
    rng = np.random.default_rng((seed, n))
    by_length = sorted(range(len(lengths)), key=lengths.__getitem__)
    edges = np.linspace(0, len(lengths), rest + 1)
    # floor(edge + u * width) < next edge, so that no text is drawn twice: strata are at least one text wide.
    offsets = np.floor(edges[:-1]).astype(int)
    widths = np.maximum(np.floor(edges[1:]).astype(int) - offsets, 1)
    drawn = [by_length[o + int(rng.integers(w))] for o, w in zip(offsets, widths, strict=True)]
    chosen = [*range(len(lengths))] * whole + drawn
    return [chosen[i] for i in rng.permutation(n).tolist()]
