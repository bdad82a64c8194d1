"""Rankers and query encoders through the caller and the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedmark.api import Embeddings, ProviderInfo, Rankings
from embedmark.api.items import Query
from embedmark.calls.caller import Caller
from embedmark.errors import BadResponseError, RegistryError
from embedmark.plugins.isolate import IsolatedProvider, Recipe
from embedmark.plugins.registry import create
from embedmark.testing import FakeBiEncoder, FakeRanker, conform, conformance_test

DOCUMENTS = ["red apple pie", "green apple", "blue sky", ""]


class Roles(FakeBiEncoder):
    """A bi-encoder whose queries get another vector than documents."""

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        assert all(type(text) is str for text in texts)
        return self.encode([f"query: {text}" for text in texts])


class AsyncRanker:
    """A ranker that waits on a network."""

    def __init__(self) -> None:
        self.info = ProviderInfo("mine", "mine", "ranker")
        self._fake = FakeRanker()

    def load(self) -> None:
        self._fake.load()

    def close(self) -> None:
        self._fake.close()

    async def aindex(self, documents: Sequence[str]) -> None:
        self._fake.index(documents)

    async def asearch(self, queries: Sequence[str], k: int) -> Rankings:
        return self._fake.search(queries, k)


class Liar(FakeRanker):
    """A ranker with one fault, named by an option."""

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault

    def index(self, documents: Sequence[str]) -> None:
        super().index([*self.documents, *documents] if self.fault == "remembers" else documents)

    def search(self, queries: Sequence[str], k: int) -> Rankings:
        if self.fault == "refuses" and "" in queries:
            raise ValueError("empty query")
        found = super().search(queries, k)
        if self.fault == "twice":
            found.documents[:] = 0
        if self.fault == "rising":
            found.scores[:] = found.scores[:, ::-1] + np.arange(found.scores.shape[1])
        if self.fault == "swapped":
            return Rankings(found.documents[::-1], found.scores[::-1])
        if self.fault == "outside":
            found.documents[0, 0] = 999
        if self.fault == "list":
            return found.documents.tolist()  # type: ignore[no-any-return]
        return found


test_fake_ranker_conforms = conformance_test(FakeRanker)
test_async_ranker_conforms = conformance_test(AsyncRanker)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("twice", "shape of rankings"),
        ("outside", "shape of rankings"),
        ("list", "shape of rankings"),
        ("rising", "best first"),
        ("swapped", "one query and many"),
        ("refuses", "unknown words"),
        ("remembers", "index again"),
    ],
)
def test_kit_catches_a_broken_ranker(fault: str, check: str) -> None:
    outcome = conform(Liar, options={"fault": fault})

    failed = [finding.check for finding in outcome.findings if finding.status == "failed"]

    assert failed[0] == check


def test_queries_go_to_encode_queries() -> None:
    fake = Roles()
    fake.load()

    queries = Caller(fake).run([Query("a"), Query("b c")], batch_size=8)
    documents = Caller(fake).run(["query: a", "query: b c"], batch_size=8)

    assert np.array_equal(queries.values, documents.values)


def test_queries_go_to_encode_without_encode_queries() -> None:
    fake = FakeBiEncoder()
    fake.load()

    done = Caller(fake).run([Query("a")], batch_size=8)

    assert np.array_equal(done.values, fake.encode(["a"]).vectors)


@pytest.mark.parametrize("make", [FakeRanker, AsyncRanker])
def test_search_pads_what_was_not_found(make: Any) -> None:
    ranker = make()
    ranker.load()
    caller = Caller(ranker)
    caller.index(DOCUMENTS)

    found = caller.search([Query("apple pie"), Query("nothing"), Query("blue")], depth=3, batch_size=2).values

    assert found.shape == (3, 3, 2)
    assert found[0, :2].tolist() == [[0, 2], [1, 1]]
    assert np.isnan(found[1]).all()
    assert found[2, 0].tolist() == [2, 1]
    caller.close()


def test_document_twice_is_a_bad_response() -> None:
    ranker = Liar("twice")
    ranker.load()
    caller = Caller(ranker)
    caller.index(DOCUMENTS)

    with pytest.raises(BadResponseError, match="one document twice for query 0 of 1"):
        caller.search([Query("apple")], depth=2, batch_size=1)


def test_ranker_without_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from embedmark.api import ProviderInfo\n"
        "class Mine:\n"
        "    info = ProviderInfo('mine', 'mine', 'ranker')\n"
        "    def load(self): ...\n"
        "    def close(self): ...\n"
        "    def search(self, queries, k): ...\n"
    )

    with pytest.raises(RegistryError, match=r"has no index\(\)"):
        create("./mine.py:Mine", folder=tmp_path)


def test_isolated_ranker_and_query_encoder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from embedmark.testing import FakeRanker as Mine\n")
    isolated = IsolatedProvider(Recipe("./mine.py:Mine", None, {}, tmp_path, None), FakeRanker().info)
    isolated.load()
    caller = Caller(isolated)

    caller.index(DOCUMENTS)
    found = caller.search([Query("green apple")], depth=2, batch_size=4).values

    assert found[0, 0].tolist() == [1, 2]
    assert isolated.index_bytes() == sum(map(len, DOCUMENTS))
    caller.close()
