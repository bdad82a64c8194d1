"""Whether a suite's compression can be measured, as far as its providers and datasets tell before they are loaded."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.errors import SuiteError
from embedmark.planning.providers import PlannedProvider
from embedmark.suite import Suite

_KEY = ("measure", "compression")


def check_compression(suite: Suite, providers: Sequence[PlannedProvider]) -> None:
    """Raise SuiteError for dimensions above a model's, and where nothing encodes the texts that are compressed."""
    spec, measure = suite.measure.compression, suite.measure
    if spec is None:
        return
    if measure.accuracy is None and measure.retrieval is None:
        raise SuiteError(
            "measure.compression: compresses the vectors of accuracy or retrieval, and neither is measured",
            where=suite.origin.where(*_KEY),
            hint="add `accuracy: {}` for pairs, or `retrieval: {}`",
        )
    if not any(planned.info.kind == "bi-encoder" for planned in providers):
        raise SuiteError(
            "measure.compression: no provider encodes texts, so there are no vectors to compress",
            where=suite.origin.where(*_KEY),
            hint="add a bi-encoder to `providers`, or take `compression` out",
        )
    for planned in providers:
        above = [dims for dims in spec.dims or () if planned.info.dim is not None and dims > planned.info.dim]
        if above:
            raise SuiteError(
                f"measure.compression.dims: {above[0]} is above the {planned.info.dim} of {planned.name}",
                where=suite.origin.where(*_KEY, "dims"),
                hint=f"`dims: {[dims for dims in spec.dims or () if dims not in above] or [planned.info.dim]}`",
            )
