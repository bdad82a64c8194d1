"""The suite file: schema, defaults, and errors that name the line."""

from embedmark.suite.datasets import ColumnsSpec, DatasetSpec, FileDataset, dataset_label
from embedmark.suite.load import load_suite, parse_suite, select, select_measures
from embedmark.suite.measures import (
    AccuracySpec,
    CostSpec,
    LatencySpec,
    MeasureSpec,
    PriceSpec,
    ScalingSpec,
    ThroughputSpec,
)
from embedmark.suite.model import ProviderSpec, Suite

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
    "select_measures",
]
