"""The neighbors that shards found in their blocks of all pairs become those of all pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from embedmark.distribute.shards import ShardRun
from embedmark.planning.job import NEIGHBOURS
from embedmark.planning.shards import EACH
from embedmark.store.manifest.session import JobFacts
from embedmark.store.written import WrittenRow

NAME: Final = "neighbours.csv"
LAST: Final = 10**9  # the place of timed rows, which stay as they were measured


def pair_jobs(shard: ShardRun) -> list[JobFacts]:
    """Return the jobs that are cut into blocks of pairs, as the manifest lists them."""
    crosses = {entry.name for entry in shard.manifest.providers if entry.kind == "cross-encoder"}
    cut = [job for job in shard.part.jobs if job.shard == EACH and job.measure == NEIGHBOURS]
    return [job for job in cut if job.provider in crosses]


def placed_neighbours(shards: Sequence[ShardRun], rows: Iterable[WrittenRow]) -> list[tuple[int, WrittenRow]]:
    """Return the rows of neighbours.csv with the place of their job, those of all blocks of pairs made one list.

    The best of all pairs are among the best of each block. A provider of which a block is missing has no rows.
    """
    first = shards[0]
    spec = first.manifest.suite.measure.scaling
    n, wanted = (str(spec.neighbours), spec.top_k or 0) if spec is not None else ("", 0)
    places = {(job.provider, job.dataset): i for i, job in enumerate(first.part.jobs) if job.measure == NEIGHBOURS}
    cut = {(job.provider, job.dataset): job.label for job in pair_jobs(first)}
    placed: list[tuple[int, WrittenRow]] = []
    parts: dict[tuple[str, str], list[WrittenRow]] = {}
    for row in rows:
        key = (row.provider, row.dataset)
        if row.n != n or key not in cut:
            placed.append((places.get(key, LAST) if row.n == n else LAST, row))
        else:
            parts.setdefault(key, []).append(row)
    for key, mine in parts.items():
        if all(cut[key] in (shard.manifest.done or ()) for shard in shards):
            placed += [(places[key], row) for row in best_rows(mine, wanted)]
    return placed


def best_rows(rows: Sequence[WrittenRow], wanted: int) -> list[WrittenRow]:
    """Return the best rows of each text: by falling value, and among equal values the smaller index first."""
    found = [(int(row.cells["text"]), -float(row.cells["value"]), int(row.cells["neighbour"]), row) for row in rows]
    ordered = sorted(found, key=itemgetter(0, 1, 2))
    return [
        WrittenRow({**row.cells, "rank": str(rank)})
        for _, mine in groupby(ordered, key=itemgetter(0))
        for rank, (*_, row) in zip(range(1, wanted + 1), mine, strict=False)
    ]
