"""Quality over bytes, drawn."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from embedmark.derive import Derived
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.report.figures.compression import compression_plots


def derived(values: dict[tuple[int, str, int], float]) -> Derived:
    cells = tuple(
        CompressionCell(
            provider="a", dataset="d", dims=dims, precision=kind, size=size, metric="spearman", value=value,
            interval=(value - 0.1, value + 0.1), is_full=False, difference=None, difference_interval=None,
        )
        for (dims, kind, size), value in values.items()
    )  # fmt: skip
    return cast(Derived, SimpleNamespace(details=cast(Any, SimpleNamespace(compression=cells))))


def test_each_cell_is_named_in_the_figure() -> None:
    [plot] = compression_plots(derived({(8, "float32", 32): 0.7, (8, "int8", 8): 0.6}))

    assert "8 float32" in plot.svg
    assert "8 int8" in plot.svg
    assert "bytes of a vector" in plot.svg


def test_cells_without_a_value_are_left_out() -> None:
    [plot] = compression_plots(derived({(8, "float32", 32): 0.7, (8, "int8", 8): float("nan")}))

    assert "8 int8" not in plot.svg


def test_one_model_in_two_places_has_one_figure() -> None:
    found = derived({(8, "float32", 32): 0.7, (8, "int8", 8): 0.6})
    both = tuple(replace(cell, provider=name) for name in ("a", "b") for cell in found.details.compression)
    [plot] = compression_plots(cast(Derived, SimpleNamespace(details=SimpleNamespace(compression=both))))

    assert plot.caption.startswith("a, b on d: Spearman")
