"""Reads and checks a suite file; errors name the file, the line and the key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import (
    ValidationError,
)

from embedmark.errors import SuiteError
from embedmark.suite.explain import explain
from embedmark.suite.lines import Origin, Places, read_yaml
from embedmark.suite.measures import MeasureSpec
from embedmark.suite.model import Suite
from embedmark.suite.shipped import example


def load_suite(path: Path) -> Suite:
    """Read and check a suite file. Raises SuiteError with the file, the line and the key's path."""
    content, places = read_yaml(path)
    return parse_suite(content, path=path, places=places)


def parse_suite(content: Any, *, path: Path, places: Places | None = None) -> Suite:
    """Check a suite that is already in memory; `path` and `places` are for its error messages."""
    if not isinstance(content, dict):
        what = "is empty" if content is None else f"holds a {type(content).__name__}, not a mapping"
        raise SuiteError(
            f"the suite {what}",
            where=str(path),
            hint=f"a suite has the keys providers, datasets and measure; {example()} is an example",
        )
    try:
        suite = Suite.model_validate(content)
    except ValidationError as error:
        raise explain(error, Suite, path=path, places=places or {}, content=content) from None
    suite._origin = Origin(path, places or {}, tuple(provider.name for provider in suite.providers))
    return suite if suite.name else suite.model_copy(update={"name": path.stem})


def select(suite: Suite, names: Sequence[str]) -> Suite:
    """Return the suite with only the providers in `names`. Raises SuiteError for no name or an unknown one."""
    have = [provider.name for provider in suite.providers]
    if not names:
        raise SuiteError("--only names no provider", hint=f"one or more of: {', '.join(have)}; or leave --only out")
    for name in names:
        if name not in have:
            raise SuiteError(f"--only names {name!r}, which the suite does not have", hint=f"one of: {', '.join(have)}")
    measure, scaling = suite.measure, suite.measure.scaling
    if scaling and scaling.pairings is not None:
        kept = [pairing for pairing in scaling.pairings if set(pairing) <= set(names)]
        measure = measure.model_copy(update={"scaling": scaling.model_copy(update={"pairings": kept})})
    if measure.retrieval:
        measure = measure.model_copy(update={"retrieval": measure.retrieval.only(names)})
    return suite.model_copy(update={"providers": [p for p in suite.providers if p.name in names], "measure": measure})


def select_measures(suite: Suite, names: Sequence[str]) -> Suite:
    """Return the suite with only the measures in `names`. Raises SuiteError for one that it does not have."""
    have = [name for name in MeasureSpec.model_fields if name in suite.measure.model_fields_set]
    for name in names or [""]:
        if name not in have:
            raise SuiteError(
                f"--measure names {name!r}, which the suite does not measure", hint=f"one or more of: {', '.join(have)}"
            )
    kept = {name: getattr(suite.measure, name) for name in have if name in names}
    return suite.model_copy(update={"measure": MeasureSpec(**kept)})
