"""The sentences of a finished run: from its manifest where they were kept, else from the data, found by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embedmark.datasets.entry import load_entry
from embedmark.datasets.model import PairDataset
from embedmark.datasets.named import load_named
from embedmark.errors import DatasetError
from embedmark.files import label_of
from embedmark.store.manifest.datasets import DatasetFacts
from embedmark.store.manifest.model import Manifest

Sentences = dict[str, tuple[str, str]]  # by pair id


def sentences_of(manifest: Manifest, folder: Path | None = None) -> dict[str, Sentences]:
    """By dataset and pair id the two sentences; a dataset that cannot be found again is left out.

    Found is what has the hash that the run measured: in the manifest (`keep_text: true`), in the cache, or in the file
    that was read then. Nothing is fetched.

    Args:
        manifest: of a run.
        folder: of the run, which may keep its data.
    """
    specs = {_label(spec): spec for spec in manifest.suite.datasets}
    found: dict[str, Sentences] = {}
    for entry in manifest.datasets:
        if entry.kind == "retrieval":  # queries and documents, which the page takes from the manifest
            continue
        kept = entry.texts
        if kept:
            pairs = zip(kept["pair_id"], kept["sentence1"], kept["sentence2"], strict=True)
            found[entry.name] = {pair_id: (first, second) for pair_id, first, second in pairs}
            continue
        dataset = _read(entry, specs.get(entry.name), folder)
        if dataset is not None and dataset.sha256 == entry.sha256:
            texts = zip(dataset.sentence1, dataset.sentence2, strict=True)
            found[entry.name] = dict(zip(dataset.pair_ids, texts, strict=True))
    return found


def _label(spec: Any) -> str:
    return spec if isinstance(spec, str) else str(spec.get("name") or label_of(spec.get("path") or ""))


def _read(entry: DatasetFacts, spec: Any, folder: Path | None) -> PairDataset | None:
    try:
        if isinstance(spec, str):
            return load_named(spec, offline=True)
        if not isinstance(spec, dict) or spec.get("kind"):
            return None
        if not spec.get("path"):
            return load_named(entry.name, offline=True)
        # The source is where the run found the file; a list or a glob is as the suite has it.
        source = Path(entry.source or "")
        if not isinstance(spec["path"], str) or "*" in spec["path"]:
            return load_entry(spec, name=entry.name, folder=folder or Path(), offline=True)
        path = folder / source if folder is not None and (folder / source).is_file() else source
        return load_entry({**spec, "path": str(path)}, name=entry.name, offline=True)
    except (DatasetError, TypeError):
        return None  # moved, changed, or from another version: the report does without sentences
