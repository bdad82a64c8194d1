"""Which sizes of scaling are timed, and in which order."""

from __future__ import annotations

from embedmark.measure.scaling.sizes import shuffled_sizes, within_budget

SIZES = [10, 20, 40, 80, 160]


def test_every_repeat_has_each_size_in_an_order_of_its_own() -> None:
    """In rising order a machine that slows down makes the curve steeper than it is."""
    order = list(shuffled_sizes(SIZES, 4, seed=0))

    turns = [[n for turn, n in order if turn == repeat] for repeat in (1, 2, 3, 4)]
    assert [sorted(turn) for turn in turns] == [SIZES] * 4
    assert len({tuple(turn) for turn in turns}) == 4
    assert SIZES not in turns
    assert list(shuffled_sizes(SIZES, 4, seed=0)) == order


def test_largest_size_is_what_the_budget_reaches() -> None:
    assert within_budget(SIZES, per_text_ns=1.0, budget_ns=70.0) == 40
    assert within_budget(SIZES, per_text_ns=1.0, budget_ns=69.0) == 20
    assert within_budget(SIZES, per_text_ns=100.0, budget_ns=69.0) == 0
