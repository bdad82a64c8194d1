"""What is measured without a suite file."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.errors import UsageError
from embedmark.planning.quick import QuickRequest


@pytest.mark.parametrize(
    ("columns", "hint"),
    [
        ("글1, 글2,점수", "columns={'sentence1': '글1', 'sentence2': '글2', 'score': '점수'}"),
        ([0, 1, 2], "columns={'sentence1': 0, 'sentence2': 1, 'score': 2}"),
        ("a", "columns={'sentence1': 'A', 'sentence2': 'B', 'score': 'C'}"),
        (7, "columns={'sentence1': 'A', 'sentence2': 'B', 'score': 'C'}"),
    ],
)
def test_columns_that_are_no_mapping_are_refused(columns: Any, hint: str) -> None:
    with pytest.raises(UsageError, match="not a mapping") as caught:
        QuickRequest(data="pairs.csv", models="lexical", columns=columns).keys()

    assert caught.value.hint == hint
