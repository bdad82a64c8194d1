"""Presets: each fact has a source and a date, and each preset works with a server that answers as documented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from pytest_httpserver import HTTPServer

from embedmark.api.items import Query
from embedmark.calls.caller import Caller
from embedmark.errors import UsageError
from embedmark.testing.server.replies import vector_of
from embedmark_providers._presets import presets
from embedmark_providers.openai_api import OpenAIProvider
from tests.providers.services import KEY, MODELS, Documented

NAMES = ["azure", "gemini", "voyage", "jina", "cohere", "mistral", "nvidia", "upstage", "ollama", "vllm", "tei"]


@pytest.fixture
def serve(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[Caller, Documented]]]:
    made: list[Caller] = []

    def make(name: str) -> tuple[Caller, Documented]:
        preset, model = presets()[name], MODELS.get(name, "m")
        if key_env := preset.get("api_key_env"):
            monkeypatch.setenv(key_env, KEY)
        server = Documented(name, preset.get("dims", {}).get(model, 16))
        httpserver.expect_request("/v1/embeddings", method="POST").respond_with_handler(server)
        provider = OpenAIProvider(model, preset=name, base_url=httpserver.url_for("/v1"), concurrency=4)
        provider.check()
        provider.load()
        made.append(Caller(provider))
        return made[-1], server

    yield make
    for one in made:
        one.close()


def test_presets_are_the_expected_eleven() -> None:
    assert list(presets()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_fact_has_a_source_and_a_date(name: str) -> None:
    for fact in presets()[name].facts.values():
        assert fact.source
        assert isinstance(fact.read, date)


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_works_as_its_service_documents(serve: Callable[..., tuple[Caller, Documented]], name: str) -> None:
    caller, server = serve(name)
    texts = [f"text number {i}" for i in range(100)]

    documents = caller.run(texts, 100).values
    queries = caller.run([Query(text) for text in texts[:3]], 100).values

    true = np.array([vector_of(text, server.dim) for text in texts])
    assert np.allclose(documents, true, atol=1e-6)
    assert np.allclose(queries, true[:3], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "field", "document", "query"),
    [
        ("voyage", "input_type", "document", "query"),
        ("nvidia", "input_type", "passage", "query"),
        ("jina", "task", "retrieval.passage", "retrieval.query"),
        ("upstage", "model", "solar-embedding-2-passage", "solar-embedding-2-query"),
    ],
)
def test_queries_and_documents_are_told_apart(
    serve: Callable[..., tuple[Caller, Documented]], name: str, field: str, document: str, query: str
) -> None:
    caller, server = serve(name)
    caller.run(["a text"], 1)
    caller.run([Query("a text")], 1)
    sent = [body[field] for body in server.bodies if field in body]
    assert (sent[0], sent[-1]) == (document, query)
    recipe = caller.provider.info.recipe
    assert document in json.dumps(recipe["document"])
    assert query in json.dumps(recipe["query"])


def test_a_preset_at_its_own_address() -> None:
    info = OpenAIProvider("voyage-3.5", preset="voyage").info
    assert info.served_by == "api.voyageai.com"
    assert info.limits.inputs_per_request == 1000
    with pytest.raises(UsageError, match="the preset azure needs the address"):
        OpenAIProvider("m", preset="azure")
    with pytest.raises(UsageError, match="no preset is called 'voyge'; did you mean 'voyage'"):
        OpenAIProvider("m", preset="voyge")


def test_options_win_over_a_preset() -> None:
    given = {"extra_body": {"input_type": None}, "inputs_per_request": 7, "base_url": "http://127.0.0.1:1/v1"}
    provider = OpenAIProvider("m", preset="voyage", dimensions=256, **given)  # type: ignore[arg-type]
    assert provider.info.limits.inputs_per_request == 7
    assert provider.info.served_by == "127.0.0.1:1"
    assert provider.info.recipe["document"]["extra_body"] == {"input_type": None, "output_dimension": 256}


def test_the_docs_have_every_preset_with_its_facts() -> None:
    text = (Path(__file__).parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
    for name, preset in presets().items():
        assert f"| {name} |" in text
        for key in ("base_url", "api_key_env", "inputs_per_request"):
            value = preset.get(key)
            assert value is None or str(value) in text.replace(",", "")
