"""`embedmark datasets check` for a retrieval dataset: what is in it, and what it can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from embedmark.datasets import RetrievalDataset


def is_search(target: str, options: dict[str, Any]) -> bool:
    """Return True if a target is a retrieval dataset: by its kind, a BEIR folder, a sample, or its columns."""
    from embedmark.datasets.retrieval.samples import find_sample
    from embedmark.planning.columns import columns_in

    if options.get("kind") == "retrieval" or find_sample(target) is not None or Path(target).is_dir():
        return True
    named = set(options.get("columns") or ()) if isinstance(options.get("columns"), dict) else set()
    return bool(named & {"query", "passage"}) or {"query", "passage"} <= set(columns_in(Path(target)))


def check_search(target: str, options: dict[str, Any]) -> int:
    """Print what is in a retrieval dataset. Raises DatasetError, SuiteError."""
    from embedmark.datasets.retrieval.overlap import lexical_overlap
    from embedmark.planning.datasets import read_dataset
    from embedmark.planning.retrieval import resolution

    spec = _spec(target, options)
    found = read_dataset(spec, Path(), True, lambda text: click.echo(text, err=True))
    _print(target, found)  # type: ignore[arg-type]  # is_search() has told
    click.echo(f"  shows    {resolution(len(found))}")
    overlap = lexical_overlap(found)  # type: ignore[arg-type]
    click.echo(f"  overlap  {100 * overlap:.0f} % of a query's character pairs are in its best passage")
    for note in found.notes:
        click.echo(f"  note     {note}")
    click.echo(f"  sha256   {found.sha256}")
    entry = spec if isinstance(spec, str) else _flow(spec.model_dump(exclude_unset=True))
    click.echo(f"in a suite:\n  datasets: [{entry}]\n  measure: {{retrieval: {{}}}}")
    return 0


def _print(target: str, found: RetrievalDataset) -> None:
    from embedmark.report.text.numbers import number

    relevant = int((found.grades > 0).sum())
    lengths = sorted(map(len, found.documents))
    click.echo(f"{target}: can be used")
    click.echo(f"  queries  {len(found):,}")
    click.echo(
        f"  corpus   {len(found.documents):,} documents of {number(lengths[len(lengths) // 2])} characters (median)"
    )
    click.echo(
        f"  judged   {len(found.grades):,}, of them {relevant:,} relevant, {number(relevant / len(found))} a query"
    )


def _spec(target: str, options: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    from embedmark.datasets.retrieval.samples import find_sample
    from embedmark.suite import RetrievalData
    from embedmark.suite.explain import explain

    if find_sample(target) is not None:
        return target
    place = {} if "queries" in options else {"path": target}
    try:
        return RetrievalData.model_validate({"kind": "retrieval", **place, **options})
    except ValidationError as error:
        raise explain(error, RetrievalData, path=Path(target), places={}) from None


def _flow(entry: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000).strip()
