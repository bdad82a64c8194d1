"""Models measured on data in one call, without a suite file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedmark import pipeline
from embedmark.runs.run import Run


def evaluate(  # noqa: PLR0913 - all but two have defaults
    data: Any,
    models: str | Sequence[str],
    measure: str | Sequence[str] | Mapping[str, Any] | None = ("accuracy",),
    out: str | Path | None = None,
    *,
    name: str | None = None,
    columns: Mapping[str, str | int] | None = None,
    kind: str | None = None,
    entry: Mapping[str, Any] | None = None,
    offline: bool = False,
    threads: int | None = None,
    **options: Any,
) -> Run:
    """Measure models on data, without a suite file. The run's manifest has the equivalent suite.

    Args:
        data: the path of a file, a pandas DataFrame, or the name of a dataset in the catalogue.
        models: each `[NAME=]USE[:MODEL][?OPTION=VALUE&...]`, such as `lexical` or `small=openai:MODEL`.
        measure: names of measures, or a mapping from each to its options, as in a suite; None is accuracy, throughput,
            latency, and cost where a price is known.
        out: the run's folder; default: results/NAME-DATE-TIME in the current folder.
        name: the name of the run and of its data; default: the file's stem.
        columns: the data's names for sentence1, sentence2 and score; numbers count from 1 in a file without a header.
        kind: what the data is; default: told by its columns.
        entry: further keys of the data's entry in a suite, such as `{"skip_lines": 2}`.
        offline: True downloads no dataset.
        threads: native threads; default: all cores.
        options: keywords of `run`: `budget`, `progress`, `say`, ...

    Raises:
        UsageError: the data, a model or a measure cannot be used; nothing is written.

    Example:
        >>> run = evaluate("pairs.csv", ["lexical"], out="run", offline=True)
        >>> run.status, list(run.summary["metric"])
        ('complete', ['spearman'])
    """
    from embedmark.errors import UsageError
    from embedmark.planning.quick import QuickRequest
    from embedmark.suite.entry_options import as_keywords

    pipeline.check_out(out)
    request = QuickRequest(
        data, models, measure, name=name, columns=columns, kind=kind, threads=threads, entry=entry or {}
    )
    try:
        plan = pipeline.quick_plan(request, offline=offline, say=options.get("say", lambda _: None))
    except UsageError as error:
        as_keywords(error)
        raise
    return pipeline.run(plan, out, **options)
