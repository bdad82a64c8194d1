"""Shards become one run: their raw rows in the order of the whole plan, and one manifest."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from embedmark.distribute.manifests import merged_manifest
from embedmark.distribute.neighbours import LAST, placed_neighbours
from embedmark.distribute.neighbours import NAME as NEIGHBOUR_FILE
from embedmark.distribute.replay import Replayed, cut_jobs, replay_blocks, replayed
from embedmark.distribute.shards import ShardRun, read_shards
from embedmark.errors import UsageError
from embedmark.files import read_plain
from embedmark.planning.job import UNTIMED
from embedmark.store.columns import ALL_RAW, RAW
from embedmark.store.digests import parse
from embedmark.store.manifest.model import Manifest
from embedmark.store.read import MOST_RAW, foreign
from embedmark.store.texts import TEXTS
from embedmark.store.write import check_free, write_run
from embedmark.store.written import WrittenRow

# Raw files whose rows belong to a job of this measure; samples.csv and failures.csv name theirs.
_MEASURE_OF: Final = {"scores.csv": "accuracy", "ranks.csv": "accuracy", "judged.csv": "retrieval"}
_FIRST = -1

Cell = tuple[str, str, str]  # measure, provider, dataset


def merge_shards(folders: Sequence[Path], out: Path) -> None:
    """Write the run that all shards of a plan are parts of.

    Args:
        folders: of every shard, in any order.
        out: the folder of the whole run; empty, or not there.

    Raises:
        UsageError: a shard is missing, given twice, not ended, edited, or of another plan; nothing is written.
        StorageError: the disk refuses.
    """
    if not folders:
        raise UsageError("no shards are given", hint="embedmark merge SHARD1 SHARD2 --out DIR")
    check_free(out)
    shards = read_shards(folders)
    with foreign(shards[0].folder):
        manifest = merged_manifest(shards, out.resolve().name)
    here = [name for name in ALL_RAW if name in RAW or any((shard.folder / name).exists() for shard in shards)]
    cut = {(job.measure, job.provider, job.dataset) for job in cut_jobs(shards[0])}
    if not cut:
        write_run(out, manifest, {name: _joined(name, shards, frozenset()) for name in here})
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "replay"
        replay_blocks(shards, manifest, folder)
        again = replayed(folder)
        _add(manifest, again)
        here += [name for name in ALL_RAW if name not in here and (folder / name).exists()]
        write_run(out, manifest, {name: _joined(name, shards, cut, folder) for name in here})


def _add(manifest: Manifest, again: Replayed) -> None:
    """Add to the merged manifest what only the jobs that were cut reveal as a whole."""
    found = again.manifest
    for notice in found.notices:
        if notice.data.get("provider"):  # and not of the machine that merges
            manifest.warn(notice)
    for name, facts in found.index.items():
        manifest.index.setdefault(name, {}).update(facts)
    if again.failed:
        manifest.status = "failed"


def _joined(name: str, shards: Sequence[ShardRun], cut: AbstractSet[Cell], again: Path | None = None) -> bytes:
    """Return a raw file with the rows of all shards, in the order of the plan's jobs.

    Args:
        cut: jobs whose passes are those of the replay, and not the shards' own parts of them.
        again: the folder of the replay.
    """
    if name == TEXTS:  # every shard keeps the texts of all datasets
        return next(read_plain(shard.folder / name, MOST_RAW) for shard in shards if (shard.folder / name).exists())
    places = {(job.measure, job.provider, job.dataset): i for i, job in enumerate(shards[0].part.jobs)}
    placed: list[tuple[int, WrittenRow]] = []
    decoded: set[str] = set()
    for folder in [*(shard.folder for shard in shards), *([again] if again else [])]:
        rows = _rows(folder / name)
        known = {row.dataset for row in rows if row.measure == "decode"} & decoded
        for row in rows:
            measure = row.measure or _MEASURE_OF.get(name, "")
            if measure == "decode" and row.dataset in known:
                continue  # each shard decodes the images that it needs
            is_part = folder is not again and (measure, row.provider, row.dataset) in cut
            if is_part and name == "samples.csv" and row.status in ("ok", "incomplete"):
                continue
            decoded.update([row.dataset] if measure == "decode" else [])
            placed.append((_place(measure, row, places), row))
    if name == NEIGHBOUR_FILE:
        placed = placed_neighbours(shards, [row for _, row in placed])
    if name == "failures.csv":
        placed = _each_load_once(placed)
    placed.sort(key=lambda pair: pair[0])
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(ALL_RAW[name])
    writer.writerows([row.cells.get(column, "") for column in ALL_RAW[name]] for _, row in placed)
    return buffer.getvalue().encode("utf-8")


def _each_load_once(placed: Sequence[tuple[int, WrittenRow]]) -> list[tuple[int, WrittenRow]]:
    """Return failures without the repeats of a load: each shard that needs a provider has failed to load it."""
    kept: list[tuple[int, WrittenRow]] = []
    for pair in placed:
        if pair[1].measure != "load" or pair not in kept:
            kept.append(pair)
    return kept


def _place(measure: str, row: WrittenRow, places: Mapping[tuple[str, str, str], int]) -> int:
    """Return where a row belongs: loading and decoding come first, timed rows last and as they were measured."""
    if measure in ("load", "decode"):
        return _FIRST
    if measure not in UNTIMED:
        return LAST
    return places.get((measure, row.provider, row.dataset), LAST)


def _rows(path: Path) -> list[WrittenRow]:
    if not path.exists():
        return []
    header, rows = parse(read_plain(path, MOST_RAW))
    return [WrittenRow(dict(zip(header, cells, strict=True))) for cells in rows]
