"""The shards that are to be merged: read, and refused where they are not exactly the parts of one plan."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embedmark.derive.verify import compare_raw
from embedmark.errors import RunDirectoryError, UsageError
from embedmark.planning.shards import EACH
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.part import WrongKeyError
from embedmark.store.manifest.session import ShardFacts
from embedmark.store.read import RawRun, foreign, read_run

# What decides which numbers a suite gives. The texts of a dataset are told by its hash.
_SAME: Final = {"embedmark_version": "version of embedmark", "suite": "suite"}
_LANGUAGE: Final = "lang"  # of the reports only


@dataclass(frozen=True, eq=False, slots=True)
class ShardRun:
    """One shard, in its folder."""

    folder: Path
    raw: RawRun

    @property
    def manifest(self) -> Manifest:
        """The run's manifest."""
        return self.raw.manifest

    @property
    def part(self) -> ShardFacts:
        """Which part of its plan the run measured. Raises WrongKeyError."""
        if self.manifest.shard is None:
            raise WrongKeyError("shard", "is missing")
        return self.manifest.shard

    @property
    def index(self) -> int:
        """Which shard it is, from 1."""
        return self.part.index

    @property
    def of(self) -> int:
        """How many shards there are."""
        return self.part.of

    @property
    def name(self) -> str:
        """The shard as `--shard` has it."""
        return f"{self.index}/{self.of}"


def read_shards(folders: Sequence[Path]) -> list[ShardRun]:
    """Return the shards in `folders` in their order. Raises UsageError unless they are the parts of one plan."""
    shards = [_read(folder) for folder in folders]
    first = shards[0]
    for shard in shards[1:]:
        if differs := _difference(first, shard):
            raise UsageError(
                f"shard {shard.name} is not a part of the same run as {first.folder}: its {differs} differs",
                where=str(shard.folder),
                hint="merge shards of one suite, each measured with the same --shard I/N and the same data",
            )
    ordered = sorted(shards, key=lambda shard: shard.index)
    for one, other in itertools.pairwise(ordered):
        if one.index == other.index:
            raise UsageError(
                f"shard {one.name} is given twice: {one.folder} and {other.folder}",
                where=str(other.folder),
                hint="give each shard once",
            )
    present = {shard.index for shard in shards}
    if missing := [i for i in range(1, first.of + 1) if i not in present]:
        named = ", ".join(f"{i}/{first.of}" for i in missing[:8]) + (", ..." if len(missing) > 8 else "")
        raise UsageError(
            f"{len(missing)} of {first.of} shards {'is' if len(missing) == 1 else 'are'} missing: {named}",
            hint=f"measure it: embedmark run SUITE --shard {missing[0]}/{first.of}; then give its folder too",
        )
    return ordered


def _read(folder: Path) -> ShardRun:
    raw = read_run(folder)
    manifest_path = folder / "manifest.json"
    raw.manifest.check_whole(manifest_path)
    if not raw.manifest.shard:
        what = "is merged already" if raw.manifest.merged else "is a whole run"
        raise UsageError(
            f"{folder} is not a shard: it {what}",
            where=str(manifest_path),
            hint="measure shards: embedmark run SUITE --shard 1/2, and --shard 2/2",
        )
    shard = ShardRun(folder, raw)
    if not 1 <= shard.index <= shard.of:
        raise RunDirectoryError(f"the manifest is damaged: shard {shard.name}", where=str(manifest_path))
    _check_ended(shard)
    with foreign(folder):
        edits, sealed = compare_raw(folder)
    if edits or not sealed:
        edit = edits[0] if edits else "its raw rows are not sealed"
        raise UsageError(
            f"shard {shard.name} was changed after it was measured: {edit}",
            where=str(folder),
            hint=f"embedmark verify {folder} names each edit; restore the folder, or measure the shard again",
        )
    return shard


def _check_ended(shard: ShardRun) -> None:
    """Raise UsageError for a shard that can still go on."""
    status = shard.manifest.status
    if status not in ("complete", "failed"):
        raise UsageError(
            f"shard {shard.name} is not complete: its status is {status}",
            where=str(shard.folder / "manifest.json"),
            hint=f"continue it: embedmark run --resume {shard.folder}",
        )
    mine = {job.label for job in shard.part.jobs if job.shard in (shard.index, EACH)}
    done = set(shard.manifest.done or ())
    if done - mine or (status == "complete" and mine - done):
        raise UsageError(
            f"the rows are not those of shard {shard.name}: {min((done - mine) or (mine - done))}",
            where=str(shard.folder / "manifest.json"),
            hint="restore the folder as it was written, or measure the shard again",
        )


def _difference(first: ShardRun, other: ShardRun) -> str:
    """Return what tells a shard from those of one plan; "" where nothing does."""
    a, b = first.manifest, other.manifest
    before, after = a.to_json(), b.to_json()
    for key, words in _SAME.items():
        if _measured(before.get(key)) != _measured(after.get(key)):
            return words
    if first.of != other.of:
        return f"number of shards ({other.of} and {first.of})"
    contents = {entry.name: entry.sha256 for entry in a.datasets}
    for entry in b.datasets:
        if contents.get(entry.name) != entry.sha256:
            return f"content of the dataset {entry.name}"
    for mine, theirs in zip(a.providers, b.providers, strict=False):
        if (mine.name, mine.use, mine.model, mine.options) != (theirs.name, theirs.use, theirs.model, theirs.options):
            return f"provider {theirs.name}"
    return "" if first.part.jobs == other.part.jobs else "division into shards"


def _measured(value: Any) -> Any:
    """Return a value of a manifest without the language of its reports."""
    return {key: one for key, one in value.items() if key != _LANGUAGE} if isinstance(value, dict) else value
