"""The name of a piece of work, by which an interrupted one is found again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict

from embedmark.allpairs.devices import blas_threads
from embedmark.allpairs.pairs import Pairs
from embedmark.measure.target import Target
from embedmark.suite import ScalingSpec


def work_key(
    target: Target, spec: ScalingSpec, sha256: str, texts: Sequence[str], pairs: Pairs, what: tuple[str, int]
) -> str:  # fmt: skip
    """Return the name of a piece of work: the same provider, texts, pairs and batches, on the same threads.

    The pairs themselves are in it: the candidates of two stages are another list when the bi-encoder is another
    model under the same name. So are the threads, since times of two thread budgets do not add up.

    Args:
        target: the cross-encoder.
        spec: the suite's.
        sha256: of the dataset.
        texts: what the pairs' indexes count.
        pairs: what is predicted.
        what: the stage, and which repeat of it.
    """
    info, own = target.planned.provider.info, target.planned.spec
    facts = [info.plugin, target.planned.model, info.revision, info.device, dict(info.recipe), *what,
             sha256, spec.batch_size, spec.window, spec.top_k, pairs.identity(), platform.node(),
             asdict(info.limits), info.symmetric, own.threads, own.isolate, blas_threads()]  # fmt: skip
    described = json.dumps(facts, sort_keys=True, default=str) + "\0".join(texts)
    return hashlib.sha256(described.encode("utf-8", errors="surrogatepass")).hexdigest()[:32]
