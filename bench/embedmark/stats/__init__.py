"""Intervals and tests over arrays. Pure and seeded: the same input gives the same output."""

from __future__ import annotations

from embedmark.stats.arrays import CONFIDENCE, Array, Interval
from embedmark.stats.bootstrap import percentile_interval, resample_counts
from embedmark.stats.correlation import is_constant, mean_ranks, pearson, spearman
from embedmark.stats.differences import POWER_Z, Difference, plain_interval
from embedmark.stats.distributions import normal_above
from embedmark.stats.estimates import Estimates, complete, estimate
from embedmark.stats.family import DRAWS, NOISE, least_units, paired_differences
from embedmark.stats.fits import RelativeFit, fit_relative, sum_interval
from embedmark.stats.paired import paired_mean, paired_shift, relative_spread
from embedmark.stats.quantiles import median_half_width, median_interval, quantile, quantile_interval
from embedmark.stats.queues import batch_interval, calls_needed, replayed_intervals, waits
from embedmark.stats.resolution import expected_detectable
from embedmark.stats.series import passes_interval
from embedmark.stats.shares import clustered_se, share_interval
from embedmark.stats.shifts import MIN_RUNS, resampled_quantiles, shift, welch_interval
from embedmark.stats.statistic import (
    AVERAGE_PRECISION,
    HELD_OUT_ACCURACY,
    MEAN_SHARE,
    PEARSON,
    ROC_AUC,
    SPEARMAN,
    Statistic,
)
from embedmark.stats.units import MIN_UNITS, Units

__all__ = [
    "AVERAGE_PRECISION",
    "CONFIDENCE",
    "DRAWS",
    "HELD_OUT_ACCURACY",
    "MEAN_SHARE",
    "MIN_RUNS",
    "MIN_UNITS",
    "NOISE",
    "PEARSON",
    "POWER_Z",
    "ROC_AUC",
    "SPEARMAN",
    "Array",
    "Difference",
    "Estimates",
    "Interval",
    "RelativeFit",
    "Statistic",
    "Units",
    "batch_interval",
    "calls_needed",
    "clustered_se",
    "complete",
    "estimate",
    "expected_detectable",
    "fit_relative",
    "is_constant",
    "least_units",
    "mean_ranks",
    "median_half_width",
    "median_interval",
    "normal_above",
    "paired_differences",
    "paired_mean",
    "paired_shift",
    "passes_interval",
    "pearson",
    "percentile_interval",
    "plain_interval",
    "quantile",
    "quantile_interval",
    "relative_spread",
    "replayed_intervals",
    "resample_counts",
    "resampled_quantiles",
    "share_interval",
    "shift",
    "spearman",
    "sum_interval",
    "waits",
    "welch_interval",
]
