"""Queries and documents apart: prompts and routes of sbert, and models of words without a transformer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embedmark.errors import ProviderError, UsageError
from embedmark_providers.sbert import SbertProvider

TEXTS = ["a man", "the guitar is playing"]
MakeModel = Callable[..., Path]


def loaded(model: Path, **options: object) -> SbertProvider:
    provider = SbertProvider(str(model), device="cpu", **options)  # type: ignore[arg-type]
    provider.load()
    return provider


@pytest.fixture(scope="module")
def prompted(make_model: MakeModel) -> Path:
    return make_model(prompts={"query": "query: ", "passage": "the "})


@pytest.fixture(scope="module")
def router(make_model: MakeModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose queries and documents take routes of their own: mean and max pooling of one transformer."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    name = str(make_model())
    routes = {role: [Transformer(name), Pooling(16, mode)] for role, mode in (("query", "mean"), ("document", "max"))}
    folder = tmp_path_factory.mktemp("router")
    model = SentenceTransformer(modules=[Router(routes, default_route="document")], device="cpu")
    model.save(str(folder), create_model_card=False)
    return folder


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"query": "query: "}, "options.query"),
        ({"query": {"promt": "x"}}, "options.query.promt"),
        ({"document": {"prompt": 1}}, "options.document.prompt"),
        ({"document": {"prompt": "a", "prompt_name": "b"}}, "options.document"),
    ],
)
def test_wrong_roles_name_the_key(plain_model: Path, options: dict[str, object], where: str) -> None:
    with pytest.raises(UsageError) as caught:
        SbertProvider(str(plain_model), **options)  # type: ignore[arg-type]
    assert caught.value.where == where
    assert caught.value.hint


def test_each_role_gets_its_prompt(plain_model: Path) -> None:
    plain = loaded(plain_model)
    roles = loaded(plain_model, query={"prompt": "query: "}, document={"prompt": "the "})

    queries, documents = roles.encode_queries(TEXTS).vectors, roles.encode(TEXTS).vectors

    np.testing.assert_allclose(queries, plain.encode([f"query: {text}" for text in TEXTS]).vectors, atol=1e-6)
    np.testing.assert_allclose(documents, plain.encode([f"the {text}" for text in TEXTS]).vectors, atol=1e-6)
    assert roles.info.recipe["query"] == {"prompt": "query: "}
    assert roles.info.recipe["document"] == {"prompt": "the "}
    assert roles.count_tokens(["man"]) == [4]


def test_without_roles_both_are_the_same(plain_model: Path) -> None:
    provider = loaded(plain_model)
    np.testing.assert_array_equal(provider.encode_queries(TEXTS).vectors, provider.encode(TEXTS).vectors)
    assert "query" not in provider.info.recipe


def test_declared_prompts_that_are_not_used_are_pointed_out(prompted: Path) -> None:
    (note,) = (note for note in loaded(prompted).info.notes if "declares prompts" in note)
    assert "options: {query: {prompt_name: query}, document: {prompt_name: passage}}" in note

    used = loaded(prompted, query={"prompt_name": "query"}, document={"prompt_name": "passage"})

    assert not any("declares prompts" in note for note in used.info.notes)
    assert used.info.recipe["query"] == {"prompt": "query: "}
    with pytest.raises(ProviderError, match="no prompt 'question'") as caught:
        loaded(prompted, query={"prompt_name": "question"})
    assert caught.value.where == "options.query.prompt_name"


def test_a_router_takes_the_route_of_the_role(router: Path) -> None:
    provider = loaded(router)

    queries, documents = provider.encode_queries(TEXTS).vectors, provider.encode(TEXTS).vectors

    assert not np.allclose(queries, documents)
    assert provider.info.recipe["query"]["route"] == "query"
    assert provider.info.recipe["document"]["route"] == "document"
    assert any("routes of their own" in note for note in provider.info.notes)
    bare = provider._model
    assert bare is not None
    np.testing.assert_allclose(queries, bare.encode_query(TEXTS), atol=1e-6)


def test_models_of_words_are_measured(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import BoW, Pooling, WordEmbeddings
    from sentence_transformers.sentence_transformer.modules.tokenizer import WhitespaceTokenizer

    words = ["PADDING_TOKEN", "man", "guitar", "playing"]
    tokenizer = WhitespaceTokenizer(words, stop_words=["the", "a"], do_lower_case=True)
    glove = WordEmbeddings(tokenizer, np.eye(4, dtype=np.float32), max_seq_length=8)
    for name, modules in (("glove", [glove, Pooling(4, "mean")]), ("bow", [BoW(words)])):
        SentenceTransformer(modules=modules, device="cpu").save(str(tmp_path / name), create_model_card=False)

        provider = loaded(tmp_path / name)

        assert provider.encode(["a man", "playing the guitar"]).vectors.shape == (2, 4)
        assert provider.count_tokens(["a man", "playing the guitar"]) == [1, 2]
        assert json.dumps(dict(provider.info.recipe))  # of JSON types
