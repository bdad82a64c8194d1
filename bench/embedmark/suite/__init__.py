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
from embedmark.suite.retrieval import FusionSpec, RetrievalData, RetrievalSpec

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
    "RetrievalData",
    "RetrievalSpec",
    "ScalingSpec",
    "Suite",
    "ThroughputSpec",
    "dataset_label",
    "load_suite",
    "parse_suite",
    "select",
    "select_measures",
]
