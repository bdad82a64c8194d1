"""The order of a pass: by tokens where they are known, else by characters."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.calls.caller import Caller
from embedmark.calls.order import longest_first
from embedmark.calls.tokens import count_tokens
from tests.kit import Clock, Known


def test_known_tokens_decide_the_order() -> None:
    assert longest_first(["aaaa", "b", "cc"], {"aaaa": 1, "b": 3, "cc": 2}) == [1, 2, 0]


def test_the_other_order_of_a_pair_has_its_tokens() -> None:
    assert longest_first([("a", "b"), ("b", "a"), ("cc", "d")], {("a", "b"): 9, ("cc", "d"): 2}) == [0, 1, 2]


def test_one_unknown_text_sorts_all_by_characters() -> None:
    assert longest_first(["aaaa", "b", "cc"], {"aaaa": 1, "b": 3}) == [0, 2, 1]


class Counting(Known):
    """Counts its tokens by the number of `x`, and how often it is asked."""

    asked = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self.asked += 1
        return [text.count("x") for text in texts]


def test_texts_are_counted_once() -> None:
    provider, known = Counting(Clock(), "a"), {}  # type: tuple[Counting, dict[Item, int]]

    first = count_tokens(provider, ["x", "xx", "x" * 30], known)
    again = count_tokens(provider, ["xx", "x" * 30], known)

    assert first is not None
    assert (first.read, first.truncated_texts, first.truncated_tokens) == (1 + 2 + 20, 1, 10)
    assert again is not None
    assert again.read == 22
    assert provider.asked == 1


def test_a_pass_is_sorted_by_the_tokens_that_were_counted() -> None:
    sent: list[str] = []

    class Sent(Counting):
        def _encode(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
            sent.extend(texts)
            return super()._encode(texts)

    provider = Sent(Clock(), "a")
    caller, texts = Caller(provider), ["aaaaaa", "xxx", "xb", "bbbbxx"]
    count_tokens(provider, texts, caller.token_counts)

    values = caller.run(texts, 2).values

    assert sent == ["xxx", "bbbbxx", "xb", "aaaaaa"]
    assert values[:, 0].tolist() == [6, 3, 2, 6]
