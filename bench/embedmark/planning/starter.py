"""A first suite for somebody's data: written with comments, and sure to run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from embedmark.datasets import Dataset, RetrievalDataset
from embedmark.language import gettext as _
from embedmark.language import ngettext, translatable
from embedmark.planning.jobs import Plan
from embedmark.store.suite_text import flow_text

_BASELINES: Final = {
    "lexical": translatable("a baseline: hashed words and letters, no model"),
    "bm25": translatable("a baseline: shared words"),
}
_QUALITY: Final = {
    "accuracy": translatable("Spearman and Pearson against your scores"),
    "retrieval": translatable("nDCG@10, recall and MRR: does a search find the passage?"),
}
_SHOWN: Final = {
    "accuracy": translatable("keep the texts in the run, so that the report can show the worst pairs"),
    "retrieval": translatable("keep the texts in the run, so that the report can show which queries are won and lost"),
}
_FURTHER: Final = (
    ("scaling", "{}", translatable("what comparing every text with every other costs, up to 100,000 texts")),
    (
        "cost",
        "{hardware_usd_per_hour: 0.20}",
        translatable("USD: your price of an hour of this machine; API prices are known"),
    ),
)


def starter_suite(plan: Plan, path: Path) -> str:
    """Return the YAML of a suite that measures what a plan does.

    Args:
        plan: of the models and the data.
        path: of the file that it will be written to.
    """
    suite = plan.suite.model_dump(mode="json", exclude_unset=True)
    lines = [
        "# yaml-language-server: $schema=suite.schema.json",
        "# " + _("(for completion in an editor: embedmark schema > suite.schema.json)"),
        "# "
        + _(
            "Run it: embedmark run {path}     Before: embedmark plan {path} says what it would do and bill at most.",
            path=path,
        ),
        f"name: {flow_text(suite.get('name') or path.stem)}",
        "providers:",
        *_providers(suite["providers"]),
        '  # - {name: e5, use: sbert, model: intfloat/multilingual-e5-small, options: {query: {prompt: "query: "}}}',
        "  # - {name: openai, use: openai, model: text-embedding-3-small}     # "
        + _("needs OPENAI_API_KEY, and bills"),
        "datasets:",
        *_datasets(suite["datasets"], plan.datasets, path.parent),
        "measure:",
        *_measures(plan),
        f"# keep_text: true     # {_(_SHOWN[_kind(plan)])}",
    ]
    return "\n".join(lines) + "\n"


def _providers(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for entry in entries:
        said = _BASELINES.get(str(entry["use"]))
        lines.append(f"  - {flow_text(entry)}" + (f"     # {_(said)}" if said else ""))
    return lines


def _datasets(entries: Sequence[Any], datasets: Sequence[Dataset], folder: Path) -> list[str]:
    lines = []
    for given, dataset in zip(entries, datasets, strict=True):
        entry = given
        if isinstance(entry, Mapping) and isinstance(entry.get("path"), str):
            entry = {**entry, "path": os.path.relpath(Path(entry["path"]).expanduser(), folder)}
        what = ngettext("{n:,} pair", "{n:,} pairs", len(dataset))
        if isinstance(dataset, RetrievalDataset):
            documents = ngettext("{n:,} document", "{n:,} documents", len(dataset.documents))
            what = ngettext("{n:,} query", "{n:,} queries", len(dataset)) + f", {documents}"
        lines += [f"  # {what}", f"  - {flow_text(entry)}"]
    return lines


def _measures(plan: Plan) -> list[str]:
    quality = _kind(plan)
    lines = [f"  {quality}: {{}}     # {_(_QUALITY[quality])}"]
    if quality == "retrieval" and len(plan.suite.providers) > 1:
        both = ", ".join(flow_text(provider.name) for provider in plan.suite.providers[-2:])
        instead = _("in place of it, the two joined as well:")
        lines.append(f"  # {instead} retrieval: {{fusion: [[{both}]]}}")
    rate, time = _("texts a second"), _("milliseconds a call")
    lines += [f"  throughput: {{}}     # {rate}", f"  latency: {{}}     # {time}"]
    return lines + [f"  # {name}: {options}     # {_(what)}" for name, options, what in _FURTHER]


def _kind(plan: Plan) -> str:
    return "retrieval" if plan.suite.measure.retrieval else "accuracy"
