"""The suite file: schema, defaults, and errors that name the line."""

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
