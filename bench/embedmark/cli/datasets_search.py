"""`embedmark datasets check` for a retrieval dataset: what is in it, and what it can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from embedmark.cli.spoken import labeled, say, tell
from embedmark.language import from_english, translatable
from embedmark.language import gettext as _

if TYPE_CHECKING:
    from embedmark.datasets import RetrievalDataset


def is_search(target: str, options: dict[str, Any]) -> bool:
    """Return True if a target is a retrieval dataset: by its kind, a corpus, a folder, a sample, or its columns."""
    from embedmark.datasets.official import find_official
    from embedmark.datasets.retrieval.samples import find_sample
    from embedmark.planning.columns import columns_in, is_search_data

    if find_official(str(options.get("name"))) is not None:
        return False

    if (
        options.get("kind") == "retrieval"
        or "corpus" in options
        or find_sample(target) is not None
        or is_search_data(Path(target))
    ):
        return True
    named = set(options.get("columns") or ()) if isinstance(options.get("columns"), dict) else set()
    names = {name.strip().lower() for name in columns_in(Path(target))}
    return bool(named & {"query", "passage"}) or {"query", "passage"} <= names


def tokens_lines(suite: Path | None, texts: Sequence[str]) -> list[str]:
    """Load a suite's providers; return the tokens that each makes of the texts. Raises UsageError, ProviderError."""
    if suite is None:
        return []
    from embedmark.pipeline import load_suite
    from embedmark.planning.providers import plan_providers
    from embedmark.planning.tokens import tokens_line

    planned = plan_providers(load_suite(suite), suite.parent)
    return [tokens_line(each, texts) for each in planned]


def check_search(target: str, options: dict[str, Any], suite: Path | None, typed: Callable[[str], str]) -> int:
    """Print what is in a retrieval dataset. Raises DatasetError, SuiteError."""
    from embedmark.datasets import RetrievalDataset
    from embedmark.planning.datasets import read_dataset

    spec = _spec(target, options)
    found = read_dataset(spec, Path(), True, tell)
    if not isinstance(found, RetrievalDataset):
        raise TypeError(f"{target} was read as {found.kind}")  # is_search() has told
    _print(target, found, tokens_lines(suite, [*dict.fromkeys([*found.documents, *found.queries])]), typed)
    entry = spec if isinstance(spec, str) else _flow(spec.model_dump(exclude_unset=True))
    where = "" if isinstance(spec, str) else ", its path relative to the suite file"
    say(f"The entry for a suite{where}:")
    say(f"  - {entry}")
    say("What measures it: `measure: {retrieval: {}}`")
    return 0


def _print(target: str, found: RetrievalDataset, tokens: Sequence[str], typed: Callable[[str], str]) -> None:
    from embedmark.datasets.retrieval.outlook import search_outlook
    from embedmark.datasets.retrieval.overlap import lexical_overlap
    from embedmark.planning.retrieval import resolution

    outlook = search_outlook(found)
    say(f"{target}: can be used")
    labeled(_("queries"), outlook.queries)
    labeled(_("corpus"), outlook.corpus)
    labeled(_("judged"), outlook.judged)
    labeled(_("grades"), outlook.grades)
    labeled(_("letters"), ", ".join(from_english(part) for part in outlook.letters.split(", ")))
    labeled(_("repeated"), outlook.repeated)
    labeled(_("index"), outlook.index)
    labeled(_("power"), resolution(len(found)))
    share = translatable(f"{100 * lexical_overlap(found):.0f} % of a query's character pairs are in its best passage")
    labeled(_("overlap"), share)
    for line in tokens:
        labeled(_("tokens"), line)
    labeled("sha256", found.sha256)
    for note in found.notes:
        click.echo(_("  note: {text}", text=typed(from_english(note))))


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
