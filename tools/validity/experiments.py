"""All experiments by name, and how they run: simulated ones side by side, those on the real clock alone."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

import click

from tools.validity.outcome import Outcome

ON_THE_CLOCK: Final = ("overhead", "busy")


def known() -> dict[str, Callable[[int], list[Outcome]]]:
    """Every experiment by name, in the order in which they run: each takes the number of simulated experiments."""
    from tools.validity import (
        busy,
        compared,
        coverage,
        drift,
        groups,
        overhead,
        power,
        queues,
        same,
        small,
        stall,
        texts,
    )

    return {
        coverage.NAME: coverage.coverage,
        same.NAME: same.same,
        power.NAME: power.power,
        compared.NAME: compared.compared,
        texts.NAME: texts.shared_texts,
        small.NAME: small.few_pairs,
        queues.QUEUES: queues.queues,
        queues.PASSES: queues.passes,
        groups.NAME: groups.families,
        stall.NAME: stall.stall,
        drift.NAME: drift.drift,
        overhead.NAME: overhead.overhead,
        busy.NAME: busy.busy,
    }


def run(names: Sequence[str], n: int, workers: int) -> Iterator[list[Outcome]]:
    """Yield what each experiment found, as it ends: simulated ones side by side, then those on the real clock."""
    simulated = [name for name in names if name not in ON_THE_CLOCK]
    timed = [name for name in names if name in ON_THE_CLOCK]
    if workers == 1:
        yield from _one_by_one([*simulated, *timed], n)
        return
    # Fresh processes, not forks: this one may hold threads of a numeric library.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_experiment, name, n) for name in simulated]):
            yield done.result()
    yield from _one_by_one(timed, n)


def _one_by_one(names: Iterable[str], n: int) -> Iterator[list[Outcome]]:
    for name in names:
        yield _experiment(name, n)


def _experiment(name: str, n: int) -> list[Outcome]:
    start = time.monotonic()
    outcomes = known()[name](n)
    click.echo(f"{name}: {len(outcomes)} rows in {(time.monotonic() - start) / 60:.1f} minutes", err=True)
    return outcomes
