"""Intervals and tests over arrays. Pure and seeded: the same input gives the same output."""

from __future__ import annotations

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.bootstrap import Replicates, bootstrap_correlations, percentile_interval, resample_counts
from embedmark.stats.correlation import is_constant, pearson, spearman
from embedmark.stats.differences import Difference, holm_family, paired_se, smallest_detectable
from embedmark.stats.fits import RelativeFit, fit_relative, sum_interval
from embedmark.stats.paired import paired_shift, relative_spread
from embedmark.stats.quantiles import median_half_width, median_interval, quantile, quantile_interval
from embedmark.stats.shares import clustered_se, share_difference_se, share_interval
from embedmark.stats.shifts import MIN_RUNS, resampled_quantiles, shift, welch_interval

__all__ = [
    "CONFIDENCE",
    "MIN_RUNS",
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
    "median_half_width",
    "median_interval",
    "paired_se",
    "paired_shift",
    "pearson",
    "percentile_interval",
    "quantile",
    "quantile_interval",
    "relative_spread",
    "resample_counts",
    "resampled_quantiles",
    "share_difference_se",
    "share_interval",
    "shift",
    "smallest_detectable",
    "spearman",
    "sum_interval",
    "welch_interval",
]
