"""One manifest of the manifests of all shards."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

from embedmark.derive.notices import notices_of
from embedmark.distribute.shards import ShardRun
from embedmark.notices import Notice
from embedmark.notices.records import shards_packages
from embedmark.planning.job import UNTIMED
from embedmark.planning.shards import EACH
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.entries import IndexFacts, ProviderFacts, TokenFacts
from embedmark.store.manifest.model import Manifest, read_back
from embedmark.store.manifest.session import MergedFacts, MergedShardFacts

Facts = TypeVar("Facts", TokenFacts, IndexFacts)


def merged_manifest(shards: Sequence[ShardRun], run_id: str) -> Manifest:
    """Return the manifest of the whole run. Its machine is the one that measured the timings, if there are any."""
    manifest = copy.deepcopy(_timed(shards).manifest)
    each = [shard.manifest for shard in shards]
    jobs = shards[0].part.jobs
    done = _done(shards)
    manifest.drop("shard")
    manifest.run_id = run_id
    manifest.status = "failed" if any(one.status == "failed" for one in each) else "complete"
    manifest.started_at = min(one.started_at for one in each)
    manifest.finished_at = max((one.finished_at for one in each if one.finished_at), default=None)
    manifest.providers = [_provider([one.providers[i] for one in each]) for i in range(len(manifest.providers))]
    manifest.datasets = [_dataset([one.datasets[i] for one in each]) for i in range(len(manifest.datasets))]
    manifest.tokens = _union([one.tokens for one in each])
    manifest.index = _union([one.index for one in each])
    manifest.warnings = []
    for notice in _warnings(shards):
        manifest.warn(notice)
    manifest.ends = [end for one in each for end in one.ends]
    manifest.done = [job.label for job in jobs if job.label in done]
    manifest.merged = MergedFacts(of=shards[0].of, shards=[_facts(shard) for shard in shards])
    manifest.resumed = [again for one in each for again in one.resumed]
    manifest.raw = {}
    return manifest


def _done(shards: Sequence[ShardRun]) -> set[str]:
    """Return the labels of jobs that are done: one that is cut is done when each of its blocks is."""
    done = [set(shard.manifest.done or ()) for shard in shards]
    cut = {job.label for job in shards[0].part.jobs if job.shard == EACH}
    return set.union(*done) - {label for label in cut if not all(label in one for one in done)}


def _timed(shards: Sequence[ShardRun]) -> ShardRun:
    """Return the shard that has the timed jobs; the first one where nothing is timed."""
    timed = {job.shard for job in shards[0].part.jobs if job.measure not in UNTIMED}
    return next((shard for shard in shards if shard.index in timed), shards[0])


def _facts(shard: ShardRun) -> MergedShardFacts:
    one = shard.manifest
    return MergedShardFacts(
        index=shard.index,
        run_id=one.run_id,
        status=one.status,
        started_at=one.started_at,
        finished_at=one.finished_at,
        environment=one.environment,
        raw=one.raw,
    )


def _provider(entries: Sequence[ProviderFacts]) -> ProviderFacts:
    """Return one provider's entry: as a shard that called it has it, with the requests of all shards counted."""
    called = [entry for entry in entries if entry.ledger]
    worked = called or [entry for entry in entries if entry.thread_pools] or list(entries)
    merged = copy.deepcopy(worked[0])
    for entry in called[1:]:
        merged.ledger |= {key: merged.ledger.get(key, 0) + count for key, count in entry.ledger.items()}
    if failed := [entry for entry in entries if entry.status == "failed"]:
        merged.status, merged.error = "failed", failed[0].error or ""
    return merged


def _dataset(entries: Sequence[DatasetFacts]) -> DatasetFacts:
    """Return one dataset's entry: the first shard's, with what only others know, such as how long images took."""
    merged = copy.deepcopy(entries[0])
    for entry in entries[1:]:
        merged.take_missing(copy.deepcopy(entry))
    merged.notes = list(dict.fromkeys(note for entry in entries for note in entry.notes))
    return merged


def _union(mappings: Sequence[dict[str, dict[str, Facts]]]) -> dict[str, dict[str, Facts]]:
    joined: dict[str, dict[str, Facts]] = {}
    for mapping in mappings:
        for name, facts in mapping.items():
            joined.setdefault(name, {}).update(facts)
    return joined


def _warnings(shards: Sequence[ShardRun]) -> list[Notice]:
    """Return the warnings of all shards, each once, without those that follow from the raw rows of a part."""
    kept: list[Notice] = []
    for shard in shards:
        derived = [read_back(notice) for notice in notices_of(shard.raw)]
        kept += [notice for notice in shard.manifest.notices if notice not in derived and notice not in kept]
    return kept + _package_warnings(shards)


def _package_warnings(shards: Sequence[ShardRun]) -> list[Notice]:
    """Return a warning if packages of the shards differ: their scores may then differ for that alone."""
    packages = [shard.manifest.packages for shard in shards]
    names = sorted({name for one in packages for name in one})
    differing = [name for name in names if len({one.get(name) for one in packages}) > 1]
    if not differing:
        return []
    return [shards_packages(differing)]
