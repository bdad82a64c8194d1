"""Two routes to one model: how far apart they are, and that both are closed."""

from __future__ import annotations

import pytest

from embedmark.errors import UsageError
from embedmark.testing import FakeBiEncoder
from embedmark.testing.routes import cosine_drift


def test_one_route_that_turned_a_vector_is_found() -> None:
    one = FakeBiEncoder({"a": [1, 0], "b": [0, 1]})
    other = FakeBiEncoder({"a": [2, 0], "b": [1, 1]})

    found = cosine_drift(one, other, ["a", "b"])

    assert (found.text, found.dim) == ("b", 2)
    assert found.largest == pytest.approx(1 - 0.5**0.5)
    assert found.median == pytest.approx(found.largest / 2)
    assert (one.loads, one.closes, other.loads, other.closes) == (1, 1, 1, 1)


def test_routes_of_two_dimensions_are_refused_and_closed() -> None:
    one, other = FakeBiEncoder(dim=4), FakeBiEncoder(dim=8)

    with pytest.raises(UsageError, match="one route has 4 dimensions, the other 8"):
        cosine_drift(one, other)

    assert (one.closes, other.closes) == (1, 1)
