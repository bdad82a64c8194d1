"""The suite file: schema, defaults, and errors that name the line.

Nothing is imported before it is used: pydantic takes as long as all else that `embedmark verify` imports of its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embedmark.suite.cost import CostSpec, PriceSpec, VolumeSpec
    from embedmark.suite.datasets import ColumnsSpec, DatasetSpec, FileDataset, dataset_label
    from embedmark.suite.load import load_suite, parse_suite, select, select_measures
    from embedmark.suite.measures import (
        AccuracySpec,
        LatencySpec,
        MeasureSpec,
        ScalingSpec,
        ThroughputSpec,
    )
    from embedmark.suite.model import ProviderSpec, ResourceSpec, Suite
    from embedmark.suite.retrieval import FusionSpec, RetrievalData, RetrievalSpec

_PLACES = {
    "cost": ("CostSpec", "PriceSpec", "VolumeSpec"),
    "datasets": ("ColumnsSpec", "DatasetSpec", "FileDataset", "dataset_label"),
    "load": ("load_suite", "parse_suite", "select", "select_measures"),
    "measures": ("AccuracySpec", "LatencySpec", "MeasureSpec", "ScalingSpec", "ThroughputSpec"),
    "model": ("ProviderSpec", "ResourceSpec", "Suite"),
    "retrieval": ("FusionSpec", "RetrievalData", "RetrievalSpec"),
}

__all__ = [
    "AccuracySpec",
    "ColumnsSpec",
    "CostSpec",
    "DatasetSpec",
    "FileDataset",
    "FusionSpec",
    "LatencySpec",
    "MeasureSpec",
    "PriceSpec",
    "ProviderSpec",
    "ResourceSpec",
    "RetrievalData",
    "RetrievalSpec",
    "ScalingSpec",
    "Suite",
    "ThroughputSpec",
    "VolumeSpec",
    "dataset_label",
    "load_suite",
    "parse_suite",
    "select",
    "select_measures",
]


def __getattr__(name: str) -> Any:
    module = next((module for module, names in _PLACES.items() if name in names), None)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value
