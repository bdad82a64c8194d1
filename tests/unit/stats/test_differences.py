"""What a test could show."""

from __future__ import annotations

import pytest

from embedmark.stats import smallest_detectable


def test_smallest_detectable_difference_is_3_24_standard_errors() -> None:
    assert smallest_detectable(0.003) == pytest.approx(3.2415 * 0.003, rel=1e-4)


def test_larger_families_detect_larger_differences() -> None:
    assert smallest_detectable(1.0, comparisons=10) == pytest.approx(2.8070 + 1.2816, abs=1e-3)
