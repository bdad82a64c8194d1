"""The manifest of a run as it begins: everything that decides what the numbers mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set as Collection
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from embedmark.api.secrets import scrub_all
from embedmark.datasets import Dataset, ImageDataset, PairDataset, RetrievalDataset, languages_of, published_scores
from embedmark.datasets.retrieval.overlap import lexical_overlap
from embedmark.language import system_language
from embedmark.machine.describe import describe_machine, git_state, package_versions, thread_pools
from embedmark.measure.loading import describe
from embedmark.planning.jobs import Plan
from embedmark.planning.providers import PlannedProvider
from embedmark.store.columns import SCHEMA_VERSION
from embedmark.suite import Suite
from embedmark.version import __version__


def new_manifest(plan: Plan, run_id: str, started: datetime) -> dict[str, Any]:
    """All that is known before anything is measured, of JSON types."""
    suite = resolved_suite(plan.suite)
    return {
        "schema_version": SCHEMA_VERSION,
        "embedmark_version": __version__,
        "run_id": run_id,
        "lang": plan.suite.lang or system_language(),
        "status": "running",
        "started_at": started.isoformat(timespec="seconds"),
        "finished_at": None,
        "suite": suite,
        "suite_sha256": _sha256(suite),
        "providers": [_provider(planned) for planned in plan.providers],
        "datasets": [_dataset(dataset, plan.suite.keep_text) for dataset in plan.datasets],
        "prices": [asdict(planned.price) | {"provider": planned.name} for planned in plan.providers if planned.price],
        "tokens": {},
        "warnings": [asdict(notice) for notice in plan.notices],
        "ends": [],
        "done": [],
        "host": {},
        "environment": describe_machine(),
        "git": git_state(plan.folder),
        "packages": package_versions(),
        "raw": {},
        **({"shard": plan.shard.facts()} if plan.shard else {}),
    }


def resolved_suite(suite: Suite) -> dict[str, Any]:
    """Return a suite with every default filled in, as a manifest holds it: of JSON types, and without keys."""
    content: dict[str, Any] = suite.model_dump(mode="json")
    for provider in content["providers"]:
        provider["options"] = scrub_all(provider["options"])
    return content


def take_up(manifest: dict[str, Any], plan: Plan, pending: Collection[str]) -> None:
    """Make the manifest of a run that ended one of a run that goes on, with what the plan adds.

    Args:
        manifest: of the run; it is changed.
        plan: of the same suite, or of one with providers or datasets added.
        pending: the providers that are measured again or for the first time.
    """
    suite = resolved_suite(plan.suite)
    fresh = new_manifest(plan, manifest["run_id"], datetime.now(UTC))
    known = {entry["name"]: entry for entry in manifest["providers"]}
    for name in pending & known.keys():
        known[name] |= {"status": "ok", "error": ""}
    manifest.setdefault("resumed", []).append(
        {"at": fresh["started_at"], "status": manifest["status"], "embedmark_version": fresh["embedmark_version"]}
    )
    manifest["providers"] = [known.get(entry["name"], entry) for entry in fresh["providers"]]
    kept = {entry["name"]: entry for entry in manifest["datasets"]}
    manifest["datasets"] = [kept.get(entry["name"], entry) for entry in fresh["datasets"]]
    manifest |= {"status": "running", "finished_at": None, "suite": suite, "suite_sha256": _sha256(suite), "raw": {}}
    manifest["prices"] = fresh["prices"]
    manifest["warnings"] += [notice for notice in fresh["warnings"] if notice not in manifest["warnings"]]


def finish(manifest: dict[str, Any], status: str) -> None:
    """Note how the run ended: complete, failed, interrupted or budget."""
    manifest["status"] = status
    manifest["finished_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    # Only now are all native libraries of this process loaded; what a provider had while it ran is in its own entry.
    if "cluster" not in manifest:
        manifest["environment"]["thread_pools"] = thread_pools()


def _provider(planned: PlannedProvider) -> dict[str, Any]:
    spec = planned.spec
    facts: dict[str, Any] = {
        "name": spec.name,
        "use": spec.use,
        "options": scrub_all(spec.options),
        "status": "ok",
        "error": "",
    }
    facts |= {"threads": spec.threads, "isolate": spec.isolate}
    said = describe(planned.info, planned.model)
    return facts | said | {key: scrub_all(said[key]) for key in ("recipe", "notes")}


def _dataset(dataset: Dataset, keep_text: bool) -> dict[str, Any]:
    entry = {
        "name": dataset.name,
        "kind": dataset.kind,
        "n_pairs": len(dataset),
        **_counts(dataset),
        "sha256": dataset.sha256,
        "file_sha256": dataset.file_sha256,
        "source": dataset.source,
        "licence": dataset.licence,
        "notes": list(dataset.notes),
    }
    if isinstance(dataset, PairDataset):
        entry |= _of_pairs(dataset)
    return entry | ({"texts": _texts(dataset)} if keep_text else {})


def _of_pairs(dataset: PairDataset) -> dict[str, Any]:
    """Its different texts' characters and scripts, the columns that slice it, what was published on these pairs."""
    texts = [str(text) for text in dataset.items("text")]
    facts: dict[str, Any] = {"characters": sum(map(len, texts)), "letters": languages_of(texts)}
    if dataset.slices:
        facts["slices"] = {}
    for name, values in dataset.slices.items():
        places = {value: i for i, value in enumerate(dict.fromkeys(values))}
        facts["slices"][name] = {"values": list(places), "codes": [places[value] for value in values]}
    published = published_scores(dataset.mteb) if dataset.mteb else []
    return facts | ({"published": published} if published else {})


def _texts(dataset: Dataset) -> dict[str, list[str]]:
    """Both texts of every pair; the first of a pair with an image is the image's name. For retrieval: every query, and
    every document that was judged."""
    if isinstance(dataset, RetrievalDataset):
        judged = sorted(set(dataset.judged_documents.tolist()))
        return {
            "query_id": list(dataset.query_ids),
            "query": list(dataset.queries),
            "document_id": [dataset.document_ids[i] for i in judged],
            "document": [dataset.documents[i] for i in judged],
        }
    if isinstance(dataset, ImageDataset):
        first = [dataset.images[image].name for image, _ in dataset.pairs]
        second = [dataset.texts[text] for _, text in dataset.pairs]
    else:
        first, second = list(dataset.sentence1), list(dataset.sentence2)
    return {"pair_id": list(dataset.pair_ids), "sentence1": first, "sentence2": second}


def _counts(dataset: Dataset) -> dict[str, Any]:
    if isinstance(dataset, RetrievalDataset):
        counts = {"n_queries": len(dataset), "n_documents": len(dataset.documents), "n_judged": len(dataset.grades)}
        return counts | {"lexical_overlap": round(lexical_overlap(dataset), 4)}
    if isinstance(dataset, PairDataset):
        return {}
    facts: dict[str, Any] = {"n_images": len(dataset.images), "n_texts": len(dataset.texts)}
    if dataset.kind == "matrix":
        expected = [dataset.gold_of(i) for i in range(len(dataset))]
        images = [image.name for image in dataset.images]
        facts["matrix"] = {"images": images, "texts": list(dataset.texts), "expected": expected}
    return facts


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
