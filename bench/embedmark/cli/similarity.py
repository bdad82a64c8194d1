"""`embedmark similarity --model M... TEXT TEXT...`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedmark.cli import complete
from embedmark.cli.options import answer_lang_option
from embedmark.cli.output import for_results

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.planning.providers import PlannedProvider


@click.command("similarity")
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@click.option(
    "--model", "models", metavar="M", multiple=True, required=True, shell_complete=complete.uses,
    help="A model in one word: [NAME=]USE[:MODEL][?OPTION=VALUE&...]. Repeatable.",
)  # fmt: skip
@answer_lang_option
def command(texts: tuple[str, ...], models: tuple[str, ...], lang: str | None) -> int:
    """Print the similarity of every two of a few texts.

    It is the cosine of their vectors, or what a cross-encoder predicts. For a model of texts and images, a TEXT that is
    the path of an image file means that image.
    """
    from embedmark.errors import ProviderError, UsageError
    from embedmark.language import system_language, using
    from embedmark.measure.similarity import check_items, similarity_matrix

    if len(texts) < 2:
        raise UsageError(
            "one text has nothing to be compared with", hint=f"give two or more: {texts[0]!r} 'another text'"
        )
    planned = _providers(models)
    for provider in planned:
        check_items(provider, texts)
    failed = 0
    with using(lang or system_language()):
        for place, provider in enumerate(planned):
            try:
                with for_results():
                    matrix = similarity_matrix(provider, texts)
            except ProviderError as error:  # the other models are printed
                if len(planned) == 1:
                    raise
                failed += 1
                click.echo(f"failed: {provider.name}: {error.message}", err=True)
                continue
            if place > failed:
                click.echo()
            _print(provider.name, provider.is_cross, texts, matrix)
    return 1 if failed else 0


def _providers(models: tuple[str, ...]) -> list[PlannedProvider]:
    from embedmark.planning.prices import BUILT_IN
    from embedmark.planning.providers import plan_provider, require_ready
    from embedmark.suite import ProviderSpec
    from embedmark.suite.lines import Origin
    from embedmark.suite.words import provider_entries

    origin = Origin(Path("--model"))
    entries = [ProviderSpec.model_validate(entry) for entry in provider_entries(models)]
    planned = [plan_provider(entry, Path(), BUILT_IN, origin) for entry in entries]
    require_ready(planned, origin)
    return planned


def _print(name: str, is_cross: bool, texts: tuple[str, ...], values: npt.NDArray[np.float64]) -> None:
    from embedmark.language import gettext as _
    from embedmark.measure.similarity import is_image
    from embedmark.report.text.console import print_grid

    what = _("prediction") if is_cross else _("cosine similarity")
    names = [Path(text).name if is_image(text) else text for text in texts]
    rows = [[text, *(_number(value) for value in row)] for text, row in zip(names, values.tolist(), strict=True)]
    print_grid(f"{name}: {what}", ["", *names], rows)


def _number(value: float) -> str:
    """Return four decimals, as textbooks print a cosine; a dash for an undefined one; never -0."""
    from embedmark.report.text.numbers import DASH

    return DASH if math.isnan(value) else f"{round(value, 4) + 0.0:.4f}"
