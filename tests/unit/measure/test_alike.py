"""Servers and models whose vectors do not tell texts apart, or are of another text."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from embedmark.api import Embeddings
from embedmark.datasets import PairDataset, RetrievalDataset
from embedmark.measure.alike import n_alike
from tests.kit import Clock, Known, Measured

CODES = ("same-vector", "differs-alone")
Rows = npt.NDArray[np.float32]


def rows_of(texts: Sequence[str]) -> Rows:
    """Return a vector of each text's words, whatever their order."""
    rows = np.full((len(texts), 64), 0.01, dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in set(text.casefold().split()):
            row[zlib.crc32(word.encode()) % 64] += 1
    return rows


def first_of_all(rows: Rows, _call: int) -> Rows:
    return rows[[0] * len(rows)]


def every_other_batch(rows: Rows, call: int) -> Rows:
    return rows[[0] * len(rows)] if call % 2 else rows


def first_of_two(rows: Rows, _call: int) -> Rows:
    return rows[[i - i % 2 for i in range(len(rows))]]


def constant(rows: Rows, _call: int) -> Rows:
    return np.ones_like(rows)


def shifted(rows: Rows, _call: int) -> Rows:
    return np.roll(rows, 1, axis=0)


def reversed_order(rows: Rows, _call: int) -> Rows:
    return rows[::-1]


def random_rows(rows: Rows, call: int) -> Rows:
    return np.random.default_rng(call).normal(size=rows.shape).astype(np.float32)


def honest(rows: Rows, _call: int) -> Rows:
    return rows


def noisy(rows: Rows, call: int) -> Rows:
    """Return vectors as of a model in bfloat16, whose numbers differ with the batch."""
    return (rows * np.random.default_rng(call).normal(1, 0.05, size=rows.shape)).astype(np.float32)


class Words(Known):
    """A bag of words whose replies go through a fault."""

    def __init__(self, clock: Clock, fault: Callable[[Rows, int], Rows]) -> None:
        super().__init__(clock, "words")
        self.fault = fault

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        self._work(len(texts))
        return Embeddings(np.ascontiguousarray(self.fault(rows_of(texts), len(self.calls))))


def sentences(n: int, *, shuffled: bool) -> PairDataset:
    """Return pairs of sentences; `shuffled`: of the same words in another order, as PAWS has them."""
    rng = np.random.default_rng(1)
    first = [[f"w{j}" for j in rng.choice(400, 7, replace=False)] for _ in range(n)]
    second = [[*words[3:], *words[:3]] if shuffled else [*words[:4], f"other{i}"] for i, words in enumerate(first)]
    texts = [tuple(" ".join(words) for words in part) for part in (first, second)]
    ids = tuple(str(i) for i in range(n))
    return PairDataset("pairs", ids, texts[0], texts[1], np.linspace(0, 5, n), "hash", "test", "filehash")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (first_of_all, "same-vector"),
        (every_other_batch, "same-vector"),
        (first_of_two, "same-vector"),
        (constant, "same-vector"),
        (shifted, "differs-alone"),
        (reversed_order, "differs-alone"),
        (random_rows, "differs-alone"),
    ],
)
def test_vectors_of_other_texts_are_a_warning(
    measure: Callable[..., Measured], clock: Clock, fault: Callable[[Rows, int], Rows], code: str
) -> None:
    raw, _, _ = measure([Words(clock, fault)], {"accuracy": {"batch_size": 8}}, [sentences(60, shuffled=False)])

    assert [warning.code for warning in raw.manifest.warnings if warning.code in CODES] == [code]


@pytest.mark.parametrize("fault", [honest, noisy])
def test_a_bag_of_words_is_not_warned_of(
    measure: Callable[..., Measured], clock: Clock, fault: Callable[[Rows, int], Rows]
) -> None:
    raw, _, _ = measure([Words(clock, fault)], {"accuracy": {"batch_size": 8}}, [sentences(60, shuffled=True)])

    assert not [warning.code for warning in raw.manifest.warnings if warning.code in CODES]


def test_warning_counts_texts_with_the_vector_of_another(measure: Callable[..., Measured], clock: Clock) -> None:
    raw, _, _ = measure([Words(clock, constant)], {"accuracy": {}}, [sentences(30, shuffled=False)])

    (said,) = [warning for warning in raw.manifest.warnings if warning.code == "same-vector"]
    assert said.message == "words gave 60 of 60 different texts of pairs the same vector as another"
    assert said.data == {"provider": "words", "dataset": "pairs", "same": 60, "of": 60, "what": "texts"}


class Short(Words):
    """A bag of words whose first batch has one vector too few."""

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        vectors = super()._encode(texts).vectors
        return Embeddings(vectors[:-1] if len(self.calls) == 2 else vectors)


def test_a_text_that_was_lost_is_not_compared(measure: Callable[..., Measured], clock: Clock) -> None:
    """Its row is NaN, which is near no vector: that says nothing about the order of replies."""
    raw, _, _ = measure([Short(clock, honest)], {"accuracy": {"batch_size": 60}}, [sentences(60, shuffled=False)])

    assert len(raw.failures) == 1
    assert not [warning.code for warning in raw.manifest.warnings if warning.code in CODES]


def test_a_few_texts_are_not_judged(measure: Callable[..., Measured], clock: Clock) -> None:
    raw, _, _ = measure([Words(clock, first_of_two)], {"accuracy": {}}, [sentences(3, shuffled=False)])

    assert not [warning for warning in raw.manifest.warnings if warning.code == "same-vector"]


def test_texts_of_the_same_words_are_not_different() -> None:
    vectors = np.ones((4, 3), dtype=np.float32)

    assert n_alike(["A b.", "b a", "B, a!", "a b b"], vectors) == 0
    assert n_alike(["a b", "b a", "a c", "c"], vectors) == 4


def test_vectors_that_differ_by_float_noise_are_the_same() -> None:
    vectors = np.ones((3, 8), dtype=np.float32)
    vectors[1] += 1e-7
    vectors[2] += 1e-3

    assert n_alike(["a", "b", "c"], vectors) == 2


def test_documents_and_queries_of_a_search_are_looked_at(measure: Callable[..., Measured], clock: Clock) -> None:
    documents = sentences(40, shuffled=False)
    data = RetrievalDataset(
        name="search", query_ids=tuple(map(str, range(20))), queries=documents.sentence1[:20],
        document_ids=tuple(map(str, range(40))), documents=documents.sentence2,
        judged_queries=np.arange(20), judged_documents=np.arange(20), grades=np.ones(20), sha256="h", source="here",
        file_sha256="f",
    )  # fmt: skip

    raw, _, _ = measure([Words(clock, first_of_all)], {"retrieval": {}}, [data])

    said = [warning.data for warning in raw.manifest.warnings if warning.code == "same-vector"]
    assert [(one["same"], one["of"]) for one in said] == [(40, 40), (20, 20)]
