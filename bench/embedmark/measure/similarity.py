"""How alike a few texts or images are to a model: every pair of them, at once, without a run."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embedmark.calls.caller import Caller
from embedmark.datasets import decode_image
from embedmark.errors import EmbedmarkError, ProviderError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.planning.providers import PlannedProvider

_IMAGES: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tiff", ".avif")


def similarity_matrix(planned: PlannedProvider, items: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return how alike all items are: the cosine of a bi-encoder, the prediction of a cross-encoder; (n, n).

    Args:
        planned: a provider, constructed and not loaded.
        items: texts, and paths of images if the provider reads them.

    Raises:
        UsageError: the provider cannot do this.
        ProviderError: it failed.
    """
    check_items(planned, items)
    pictures = [i for i, item in enumerate(items) if is_image(item)]
    caller = Caller(planned.provider, usd_per_1m_tokens=planned.price.usd_per_1m_tokens if planned.price else None)
    try:
        planned.provider.load()
        return _predicted(caller, items) if caller.is_cross else _cosines(caller, items, pictures)
    except EmbedmarkError:
        raise
    except Exception as error:
        raise ProviderError(f"{planned.name}: {error}") from error
    finally:
        with contextlib.suppress(Exception):
            caller.close()


def check_items(planned: PlannedProvider, items: Sequence[str]) -> None:
    """Raise UsageError if a provider cannot compare the items, or an item names an image that is not there."""
    if planned.info.kind == "ranker":
        raise UsageError(f"{planned.name} ranks documents and gives no similarity of two texts",
                         hint="a bi-encoder or a cross-encoder, such as --model lexical")  # fmt: skip
    absent = next((item for item in items if _names_an_image(item) and not Path(item).is_file()), None)
    if absent is not None:
        raise UsageError(
            f"there is no image file {absent!r}", hint="check the path; a text must not end as an image's name does"
        )
    picture = next((item for item in items if is_image(item)), None)
    if picture is not None and "image" not in planned.info.modalities:
        raise UsageError(f"{planned.name} reads texts only, and {picture} is an image",
                         hint="use a model of texts and images: --model clip:MODEL")  # fmt: skip


def _names_an_image(item: str) -> bool:
    return Path(item).suffix.lower() in _IMAGES and not any(character.isspace() for character in Path(item).name)


def is_image(item: str) -> bool:
    """Return True if an item is the path of an image file."""
    try:
        return Path(item).suffix.lower() in _IMAGES and Path(item).is_file()
    except OSError:  # a text that is longer than a name may be
        return False


def _predicted(caller: Caller, items: Sequence[str]) -> npt.NDArray[np.float64]:
    import numpy as np

    pairs = [(first, second) for first in items for second in items]
    values: Any = caller.run(pairs, len(pairs)).values
    return np.asarray(values, dtype=np.float64).reshape(len(items), len(items))


def _cosines(caller: Caller, items: Sequence[str], pictures: Sequence[int]) -> npt.NDArray[np.float64]:
    import numpy as np

    rows: dict[int, Any] = {}
    texts = [i for i in range(len(items)) if i not in pictures]
    for places, given in (
        (texts, [items[i] for i in texts]),
        (list(pictures), [decode_image(Path(items[i])) for i in pictures]),
    ):
        if given:
            rows |= dict(zip(places, caller.run(given, len(given)).values, strict=True))
    vectors = np.stack([np.asarray(rows[i], dtype=np.float64) for i in range(len(items))])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        unit = np.divide(vectors, lengths, out=np.full_like(vectors, np.nan), where=lengths > 0)
        cosines: npt.NDArray[np.float64] = unit @ unit.T
    return cosines
