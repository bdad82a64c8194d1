"""`bm25`: terms, order, and what it reaches on a public Korean set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedmark.errors import ProviderError, UsageError
from embedmark_providers._tokenizers import fitting, words, words_and_bigrams
from embedmark_providers.bm25 import Bm25Provider

DOCUMENTS = ["a red apple", "an apple, an apple", "blue sky", "blue sky", ""]


def ready(**options: object) -> Bm25Provider:
    provider = Bm25Provider(**options)  # type: ignore[arg-type]
    provider.load()
    return provider


def test_equal_scores_come_in_the_order_of_the_corpus() -> None:
    provider = ready()
    provider.index(DOCUMENTS)

    found = provider.search(["sky", "red apple"], 10)

    assert found.documents.tolist() == [[2, 3, -1, -1, -1], [0, 1, -1, -1, -1]]
    assert found.scores[0, 0] == found.scores[0, 1]


def test_k_cuts_the_end_of_a_row() -> None:
    provider = ready()
    provider.index(DOCUMENTS)

    assert (
        provider.search(["blue apple"], 2).documents.tolist()
        == provider.search(["blue apple"], 9).documents[:, :2].tolist()
    )


def test_documents_without_a_word_are_found_by_nothing() -> None:
    provider = ready()
    provider.index(["", " ", "!?"])

    assert (provider.search(["word"], 3).documents == -1).all()


def test_score_is_lucene_bm25() -> None:
    """Robertson and Zaragoza, 2009, in Lucene's variant, by hand for one term."""
    provider = ready(k1=1.2, b=0.5)
    provider.index(DOCUMENTS)

    lengths = np.array([len(words(document)) for document in DOCUMENTS])
    idf = np.log(1 + (len(DOCUMENTS) - 2 + 0.5) / (2 + 0.5))
    expected = idf * 2 / (2 + 1.2 * (1 - 0.5 + 0.5 * 4 / lengths.mean()))

    assert provider.search(["apple"], 1).scores[0, 0] == pytest.approx(expected, rel=1e-6)


def test_decomposed_korean_finds_composed() -> None:
    import unicodedata

    provider = ready()
    provider.index(["반품은 언제까지 되나요?", "배송은 며칠 걸리나요?"])

    assert provider.search([unicodedata.normalize("NFD", "배송 기간")], 1).documents[0, 0] == 1


@pytest.mark.parametrize(
    ("text", "tokenizer"),
    [
        ("How do I return it?", "words"),
        ("반품은 언제까지 되나요?", "words+bigrams"),
        ("返品はいつまでできますか", "words+bigrams"),
        ("什么时候可以退货", "words+bigrams"),
        ("", "words"),
    ],
)
def test_script_of_the_documents_decides_the_tokenizer(text: str, tokenizer: str) -> None:
    provider = ready()
    provider.index([text, text])

    assert fitting([text]) == tokenizer
    assert provider.observed()["tokenizer"] == tokenizer


def test_words_of_two_characters_count_twice() -> None:
    assert words_and_bigrams("언제 Cat") == ["언제", "언제", "cat", "ca", "at"]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"tokenizer": "word"}, "words+bigrams"),
        ({"k1": -1}, "0 or more"),
        ({"b": 2}, "from 0 to 1"),
        ({"method": "x"}, "lucene"),
    ],
)
def test_wrong_option_is_one_message(options: dict[str, object], word: str) -> None:
    with pytest.raises(UsageError) as caught:
        Bm25Provider(**options)  # type: ignore[arg-type]

    assert word in str(caught.value.hint)


def test_search_before_load_is_an_error() -> None:
    with pytest.raises(ProviderError, match="not loaded"):
        Bm25Provider().search(["a"], 1)


@pytest.mark.parametrize(("tokenizer", "ndcg"), [(None, 0.9294), ("words", 0.8035)])
def test_autorag_ko(shared: Path, tokenizer: str | None, ndcg: float) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    folder = shared / "data" / "autorag-ko"
    corpus, asked = pd.read_parquet(folder / "ocr_corpus_v3.parquet"), pd.read_parquet(folder / "qa_v4.parquet")
    place = {document: i for i, document in enumerate(corpus.doc_id)}
    gold = np.array([place[found[0][0]] for found in asked.retrieval_gt])
    provider = ready(tokenizer=tokenizer)
    provider.index(list(corpus.contents))

    found = provider.search(list(asked["query"]), len(corpus))
    hit = found.documents == gold[:, None]
    own = np.where(hit, found.scores, 0).sum(axis=1, keepdims=True)
    rank = ((found.scores >= own) & (found.documents >= 0)).sum(axis=1)  # a tie counts against it
    gains = np.where(hit.any(axis=1) & (rank <= 10), 1 / np.log2(rank + 1.0), 0)

    assert gains.mean() == pytest.approx(ndcg, abs=0.001)
