"""`embedmark datasets check` for a retrieval dataset: what is in it, and what it can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.cli.spoken import labeled, say, tell
from embedmark.language import gettext as _
from embedmark.language import translatable

if TYPE_CHECKING:
    from embedmark.datasets import RetrievalDataset


def is_search(target: str, options: dict[str, Any]) -> bool:
    """Return True if a target is a retrieval dataset: by its kind, a corpus, a folder, a sample, or its columns."""
    from embedmark.datasets.retrieval.samples import find_sample
    from embedmark.planning.columns import columns_in

    if (
        options.get("kind") == "retrieval"
        or "corpus" in options
        or find_sample(target) is not None
        or Path(target).is_dir()
    ):
        return True
    named = set(options.get("columns") or ()) if isinstance(options.get("columns"), dict) else set()
    return bool(named & {"query", "passage"}) or {"query", "passage"} <= set(columns_in(Path(target)))


def check_search(target: str, options: dict[str, Any]) -> int:
    """Print what is in a retrieval dataset. Raises DatasetError, SuiteError."""
    from embedmark.datasets.retrieval.overlap import lexical_overlap
    from embedmark.planning.datasets import read_dataset
    from embedmark.planning.retrieval import resolution

    spec = _spec(target, options)
    found = read_dataset(spec, Path(), True, tell)
    _print(target, found)  # type: ignore[arg-type]  # is_search() has told
    labeled(_("power"), resolution(len(found)))
    overlap = lexical_overlap(found)  # type: ignore[arg-type]
    share = translatable(f"{100 * overlap:.0f} % of a query's character pairs are in its best passage")
    labeled(_("overlap"), share)
    for note in found.notes:
        labeled(_("note"), note)
    labeled("sha256", found.sha256)
    entry = spec if isinstance(spec, str) else _flow(spec.model_dump(exclude_unset=True))
    say(f"in a suite:\n  datasets: [{entry}]\n  measure: {{retrieval: {{}}}}")
    return 0


def _print(target: str, found: RetrievalDataset) -> None:
    from embedmark.report.text.numbers import number

    relevant = int((found.grades > 0).sum())
    lengths = sorted(map(len, found.documents))
    say(f"{target}: can be used")
    labeled(_("queries"), f"{len(found):,}")
    median, relevant_each = number(lengths[len(lengths) // 2]), number(relevant / len(found))
    labeled(_("corpus"), translatable(f"{len(found.documents):,} documents of {median} characters (median)"))
    judged = translatable(f"{len(found.grades):,}, of them {relevant:,} relevant, {relevant_each} a query")
    labeled(_("judged"), judged)


def _spec(target: str, options: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from embedmark.datasets.retrieval.samples import find_sample
    from embedmark.suite import RetrievalData
    from embedmark.suite.explain import explain

    if find_sample(target) is not None:
        return target
    place = {"queries" if "corpus" in options else "path": target}
    try:
        return RetrievalData.model_validate({"kind": "retrieval", **place, **options})
    except ValidationError as error:
        raise explain(error, RetrievalData, path=Path(target), places={}) from None


def _flow(entry: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()
