"""A suite becomes a plan: providers constructed, datasets read, jobs counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from embedmark.datasets import Dataset
from embedmark.errors import DatasetError
from embedmark.planning.compression import check_compression
from embedmark.planning.datasets import read_dataset
from embedmark.planning.jobs import Plan, count_jobs
from embedmark.planning.providers import check_modalities, check_price_units, old_prices, plan_providers
from embedmark.planning.retrieval import check_retrieval, fit_retrieval
from embedmark.planning.scaling import check_neighbours, fit_sizes, pairings
from embedmark.suite import Suite


def make_plan(
    suite: Suite,
    folder: Path,
    *,
    offline: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Construct the providers, read the datasets and count the jobs.

    Args:
        suite: a checked suite.
        folder: what its relative paths are relative to: the suite file's folder.
        offline: never fetch a dataset.
        say: told what is being fetched.

    Raises:
        UsageError: an option, a path or a dataset is not what the suite says.
    """
    providers = tuple(plan_providers(suite, folder))
    check_price_units(suite, providers)
    datasets = _read_datasets(suite, folder, offline, say)
    check_modalities(providers, datasets, suite.origin)
    if suite.measure.scaling:
        pairings(suite.measure.scaling, providers, suite.origin)
    check_retrieval(suite, providers, datasets)
    check_compression(suite, providers)
    fitted, notices = fit_sizes(suite, datasets[0])
    check_neighbours(fitted, datasets[0])
    fitted = fit_retrieval(fitted, datasets)
    jobs = count_jobs(fitted, providers, datasets)
    return Plan(fitted, folder, providers, datasets, jobs, (*notices, *old_prices(providers)))


def _read_datasets(suite: Suite, folder: Path, offline: bool, say: Callable[[str], None]) -> tuple[Dataset, ...]:
    """Return the suite's datasets; an error in one names its line in the suite as well as its own place."""
    datasets = []
    for i, spec in enumerate(suite.datasets):
        try:
            datasets.append(read_dataset(spec, folder, offline, say))
        except DatasetError as error:
            entry = suite.origin.where("datasets", i)
            error.where = f"{error.where} ({entry})" if error.where else entry
            raise
    return tuple(datasets)
