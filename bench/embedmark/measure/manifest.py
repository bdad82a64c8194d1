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
from embedmark.measure.provider_facts import describe
from embedmark.planning.jobs import Plan
from embedmark.planning.prices import Price
from embedmark.planning.providers import PlannedProvider
from embedmark.store.columns import SCHEMA_VERSION
from embedmark.store.manifest.datasets import DatasetFacts, MatrixFacts, PublishedFacts, SliceFacts
from embedmark.store.manifest.entries import PriceFacts, ProviderFacts
from embedmark.store.manifest.model import Manifest
from embedmark.store.manifest.session import EnvironmentFacts
from embedmark.store.manifest.suite import SuiteFacts
from embedmark.suite import Suite
from embedmark.version import __version__


def new_manifest(plan: Plan, run_id: str, started: datetime) -> Manifest:
    """Return all that is known before anything is measured."""
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        embedmark_version=__version__,
        run_id=run_id,
        lang=plan.suite.lang or system_language(),
        status="running",
        started_at=started.isoformat(timespec="seconds"),
        providers=[_provider(planned) for planned in plan.providers],
        datasets=[_dataset(dataset) for dataset in plan.datasets],
        prices=[_price(planned.price, planned.name) for planned in plan.providers if planned.price],
        done=[],
        environment=EnvironmentFacts.from_json(describe_machine()),
        git=git_state(plan.folder),
        packages=package_versions(),
        shard=plan.shard.facts() if plan.shard else None,
    )
    _take_suite(manifest, plan)
    for notice in plan.notices:
        manifest.warn(notice)
    return manifest


def resolved_suite(suite: Suite) -> dict[str, Any]:
    """Return a suite with every default filled in, as a manifest holds it: of JSON types, and without keys."""
    content: dict[str, Any] = suite.model_dump(mode="json")
    for provider in content["providers"]:
        provider["options"] = scrub_all(provider["options"])
    return content


def take_up(manifest: Manifest, plan: Plan, pending: Collection[str]) -> None:
    """Make the manifest of a run that ended one of a run that goes on, with what the plan adds.

    Args:
        manifest: of the run; it is changed.
        plan: of the same suite, or of one with providers or datasets added.
        pending: the providers that are measured again or for the first time.
    """
    fresh = new_manifest(plan, manifest.run_id, datetime.now(UTC))
    manifest.resumed.append(
        {"at": fresh.started_at, "status": manifest.status, "embedmark_version": fresh.embedmark_version}
    )
    manifest.providers = [manifest.provider(entry.name) or entry for entry in fresh.providers]
    manifest.datasets = [manifest.dataset(entry.name) or entry for entry in fresh.datasets]
    for entry in manifest.providers:
        if entry.name in pending:
            entry.status, entry.error = "ok", ""
    for kept in manifest.datasets:
        kept.drop("texts")  # texts.csv has them from now on
    manifest.status, manifest.finished_at, manifest.raw = "running", None, {}
    manifest.derived_by = None  # the tables do not follow from the raw rows any more
    _take_suite(manifest, plan)
    manifest.prices = fresh.prices
    for notice in fresh.notices:
        manifest.warn(notice)


def finish(manifest: Manifest, status: str) -> None:
    """Note how the run ended: complete, failed, interrupted or budget."""
    manifest.status = status
    manifest.finished_at = datetime.now(UTC).isoformat(timespec="seconds")
    # Only now are all native libraries of this process loaded; what a provider had while it ran is in its own entry.
    if manifest.cluster is None:
        manifest.environment.thread_pools = thread_pools()


def _take_suite(manifest: Manifest, plan: Plan) -> None:
    content = resolved_suite(plan.suite)
    manifest.suite, manifest.suite_sha256 = SuiteFacts.from_json(content), _sha256(content)


def _price(price: Price, provider: str) -> PriceFacts:
    return PriceFacts.from_json(asdict(price) | {"provider": provider})


def _provider(planned: PlannedProvider) -> ProviderFacts:
    spec = planned.spec
    entry = ProviderFacts(
        name=spec.name,
        use=spec.use,
        options=scrub_all(spec.options),
        status="ok",
        error="",
        threads=spec.threads,
        isolate=spec.isolate,
    )
    said = describe(planned.info, planned.model)
    entry.change(said | {key: scrub_all(said[key]) for key in ("recipe", "notes")})
    return entry


def _dataset(dataset: Dataset) -> DatasetFacts:
    entry = DatasetFacts(
        name=dataset.name,
        kind=dataset.kind,
        n_pairs=len(dataset),
        sha256=dataset.sha256,
        file_sha256=dataset.file_sha256,
        source=dataset.source,
        licence=dataset.licence,
        notes=list(dataset.notes),
    )
    if isinstance(dataset, RetrievalDataset):
        entry.n_queries, entry.n_documents, entry.n_judged = len(dataset), len(dataset.documents), len(dataset.grades)
        entry.lexical_overlap = round(lexical_overlap(dataset), 4)
    elif isinstance(dataset, PairDataset):
        _describe_pairs(entry, dataset)
    else:
        _describe_images(entry, dataset)
    return entry


def _describe_pairs(entry: DatasetFacts, dataset: PairDataset) -> None:
    """Note its texts' characters and scripts, the columns that slice it, and what was published on these pairs."""
    texts = [str(text) for text in dataset.items("text")]
    entry.characters, entry.letters = sum(map(len, texts)), languages_of(texts)
    for name, values in dataset.slices.items():
        places = {value: i for i, value in enumerate(dict.fromkeys(values))}
        entry.slices[name] = SliceFacts(values=list(places), codes=[places[value] for value in values])
    published = published_scores(dataset.mteb) if dataset.mteb else []
    entry.published = [PublishedFacts.from_json(reference) for reference in published]


def _describe_images(entry: DatasetFacts, dataset: ImageDataset) -> None:
    entry.n_images, entry.n_texts = len(dataset.images), len(dataset.texts)
    if dataset.kind == "matrix":
        entry.matrix = MatrixFacts(
            images=[image.name for image in dataset.images],
            texts=list(dataset.texts),
            expected=[dataset.gold_of(i) for i in range(len(dataset))],
        )


def _sha256(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
