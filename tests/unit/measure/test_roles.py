"""Pairs of a query and a document: each goes to its own method, and the same words in both roles are encoded twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import embedmark as em
from embedmark.api import Embeddings, ProviderInfo
from embedmark.api.items import Query
from embedmark.calls.caller import Caller

PAIRS = "sentence1\tsentence2\tscore\na b\ta b\t1\nc\td d d\t2\na b\tc\t3\n"
PROVIDER = """
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

class Roles:
    info = ProviderInfo("roles", model="m", kind="bi-encoder")
    def load(self): ...
    def close(self): ...
    def encode(self, texts):
        return Embeddings(np.array([[len(t), 1] for t in texts], np.float32))
    def encode_queries(self, texts):
        return Embeddings(np.array([[1, len(t)] for t in texts], np.float32))
"""


class Roles:
    """Remembers each call: documents to encode(), queries to encode_queries()."""

    info = ProviderInfo("roles", model="m", kind="bi-encoder")

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def load(self) -> None: ...

    def close(self) -> None: ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(("document", tuple(texts)))
        return Embeddings(np.array([[len(text), 1] for text in texts], np.float32))

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(("query", tuple(texts)))
        return Embeddings(np.array([[1, len(text)] for text in texts], np.float32))


def test_a_call_has_one_role_and_rows_keep_their_places() -> None:
    provider = Roles()
    items = ["aa", Query("b"), "cccc", Query("ddd"), Query("aa")]

    values = Caller(provider).run(items, 2).values

    assert values.tolist() == [[2, 1], [1, 1], [4, 1], [1, 3], [1, 2]]
    assert {text for role, texts in provider.calls if role == "query" for text in texts} == {"b", "ddd", "aa"}
    assert all(len(texts) <= 2 for _, texts in provider.calls)


@pytest.mark.parametrize("roles", ["", ", roles: {sentence1: query, sentence2: document}"])
def test_roles_of_an_entry_choose_the_method(tmp_path: Path, roles: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path / "cache"))
    (tmp_path / "p.tsv").write_text(PAIRS, encoding="utf-8")
    (tmp_path / "provider.py").write_text(PROVIDER, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(
        f'providers: [{{name: r, use: "./provider.py:Roles"}}]\ndatasets: [{{path: p.tsv{roles}}}]\n'
        "measure: {accuracy: {}}\n",
        encoding="utf-8",
    )
    plan = em.plan(em.load_suite(tmp_path / "s.yaml"), folder=tmp_path)

    run = em.run(plan, out=tmp_path / "r")

    first = run.scores["predicted"][0]  # "a b" with "a b"
    assert first == pytest.approx(6 / 10 if roles else 1.0)
    assert run.scores[["text1", "text2"]].to_numpy().tolist() == [[1, 1], [2, 3], [1, 2]]
    notes = run.raw.manifest.datasets[0].notes
    assert any("sentence1 as query" in note for note in notes) is bool(roles)
