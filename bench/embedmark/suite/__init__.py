"""The suite file: schema, defaults, and errors that name the line."""

from embedmark.suite.model import (
    AccuracySpec,
    ColumnsSpec,
    CostSpec,
    DatasetSpec,
    FileDataset,
    LatencySpec,
    MeasureSpec,
    PriceSpec,
    ProviderSpec,
    ScalingSpec,
    Suite,
    ThroughputSpec,
    dataset_label,
    load_suite,
    parse_suite,
    select,
)

__all__ = [
    "AccuracySpec",
    "ColumnsSpec",
    "CostSpec",
    "DatasetSpec",
    "FileDataset",
    "LatencySpec",
    "MeasureSpec",
    "PriceSpec",
    "ProviderSpec",
    "ScalingSpec",
    "Suite",
    "ThroughputSpec",
    "dataset_label",
    "load_suite",
    "parse_suite",
    "select",
]
