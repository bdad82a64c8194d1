"""One manifest of the manifests of all shards."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from embedmark.derive.notices import notices_of
from embedmark.distribute.shards import ShardRun
from embedmark.notices import Notice
from embedmark.notices.records import shards_packages

_UNTIMED: Final = ("accuracy", "retrieval")


def merged_manifest(shards: Sequence[ShardRun], run_id: str) -> dict[str, Any]:
    """Return the manifest of the whole run. Its machine is the one that measured the timings, if there are any."""
    manifest = copy.deepcopy(_timed(shards).manifest)
    each = [shard.manifest for shard in shards]
    jobs = manifest.pop("shard")["jobs"]
    done = {label for one in each for label in one.get("done") or ()}
    ended = [one["finished_at"] for one in each if one["finished_at"]]
    manifest |= {
        "run_id": run_id,
        "status": "failed" if any(one["status"] == "failed" for one in each) else "complete",
        "started_at": min(one["started_at"] for one in each),
        "finished_at": max(ended) if ended else None,
        "providers": [_provider([one["providers"][i] for one in each]) for i in range(len(manifest["providers"]))],
        "datasets": [_dataset([one["datasets"][i] for one in each]) for i in range(len(manifest["datasets"]))],
        "tokens": _union([one.get("tokens") or {} for one in each]),
        "warnings": _warnings(shards),
        "ends": [end for one in each for end in one.get("ends") or ()],
        "done": [job["label"] for job in jobs if job["label"] in done],
        "merged": {"of": shards[0].of, "shards": [_facts(shard) for shard in shards]},
        "raw": {},
    }
    if index := _union([one.get("index") or {} for one in each]):
        manifest["index"] = index
    if resumed := [again for one in each for again in one.get("resumed") or ()]:
        manifest["resumed"] = resumed
    return manifest


def _timed(shards: Sequence[ShardRun]) -> ShardRun:
    """Return the shard that has the timed jobs; the first one where nothing is timed."""
    jobs = shards[0].manifest["shard"]["jobs"]
    timed = {job["shard"] for job in jobs if job["measure"] not in _UNTIMED}
    return next((shard for shard in shards if shard.index in timed), shards[0])


def _facts(shard: ShardRun) -> dict[str, Any]:
    one = shard.manifest
    kept = {key: one.get(key) for key in ("run_id", "status", "started_at", "finished_at", "environment", "raw")}
    return {"index": shard.index, **kept}


def _provider(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one provider's entry: as a shard that called it has it, with the requests of all shards counted."""
    called = [entry for entry in entries if entry.get("ledger")]
    worked = called or [entry for entry in entries if "thread_pools" in entry] or list(entries)
    merged = copy.deepcopy(dict(worked[0]))
    if called:
        ledger: dict[str, Any] = {}
        for entry in called:
            ledger |= {key: ledger.get(key, 0) + count for key, count in entry["ledger"].items()}
        merged["ledger"] = ledger
    if failed := [entry for entry in entries if entry.get("status") == "failed"]:
        merged |= {"status": "failed", "error": failed[0].get("error", "")}
    return merged


def _dataset(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for entry in entries:
        merged = {**copy.deepcopy(dict(entry)), **merged}
    merged = {key: merged[key] for key in [*entries[0], *(key for key in merged if key not in entries[0])]}
    if "notes" in merged:
        merged["notes"] = list(dict.fromkeys(note for entry in entries for note in entry.get("notes") or ()))
    return merged


def _union(mappings: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    joined: dict[str, dict[str, Any]] = {}
    for mapping in mappings:
        for name, facts in mapping.items():
            joined.setdefault(name, {}).update(facts)
    return joined


def _warnings(shards: Sequence[ShardRun]) -> list[dict[str, Any]]:
    """Return the warnings of all shards, each once, without those that follow from the raw rows of a part."""
    kept: list[dict[str, Any]] = []
    for shard in shards:
        derived = [_json_of(notice) for notice in notices_of(shard.raw)]
        kept += [w for w in shard.manifest["warnings"] if w not in derived and w not in kept]
    return kept + _package_warnings(shards)


def _package_warnings(shards: Sequence[ShardRun]) -> list[dict[str, Any]]:
    """Return a warning if packages of the shards differ: their scores may then differ for that alone."""
    packages = [shard.manifest.get("packages") or {} for shard in shards]
    names = sorted({name for one in packages for name in one})
    differing = [name for name in names if len({one.get(name) for one in packages}) > 1]
    if not differing:
        return []
    return [_json_of(shards_packages(differing))]


def _json_of(notice: Notice) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(asdict(notice)))
    return found
