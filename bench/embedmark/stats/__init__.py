"""Intervals and tests over arrays. Pure and seeded: the same input gives the same output."""

from __future__ import annotations

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.bootstrap import Replicates, bootstrap_correlations, percentile_interval, resample_counts
from embedmark.stats.correlation import is_constant, pearson, spearman
from embedmark.stats.differences import Difference, holm_family, paired_se, smallest_detectable
from embedmark.stats.fits import RelativeFit, fit_relative, sum_interval
from embedmark.stats.quantiles import median_interval, quantile, quantile_interval
from embedmark.stats.shares import clustered_se, share_difference_se, share_interval

__all__ = [
    "CONFIDENCE",
    "Array",
    "Difference",
    "Interval",
    "RelativeFit",
    "Replicates",
    "bootstrap_correlations",
    "clustered_se",
    "fit_relative",
    "holm_family",
    "is_constant",
    "median_interval",
    "paired_se",
    "pearson",
    "percentile_interval",
    "quantile",
    "quantile_interval",
    "resample_counts",
    "share_difference_se",
    "share_interval",
    "smallest_detectable",
    "spearman",
    "sum_interval",
]
