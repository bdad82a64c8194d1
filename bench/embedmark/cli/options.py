"""What several commands' options share: the help of `--offline`, and `--option KEY=VALUE`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from embedmark.language import LANGUAGES

_COMMA = re.compile(r",(?![^()]*\))")  # not one in brackets
OFFLINE = "Download no dataset. Does not affect model hubs: HF_HUB_OFFLINE=1 does."

lang_option = click.option(
    "--lang", type=click.Choice(LANGUAGES), help="The language of the report; default: the suite's, else the locale's."
)

answer_lang_option = click.option("--lang", type=click.Choice(LANGUAGES), help="The language; default: the locale's.")

# For a command that prints nothing but its answer: `spoken.speaking` reads the value.
spoken_option = click.option(
    "--lang", type=click.Choice(LANGUAGES), expose_value=False, help="The language; default: the locale's."
)


def split_names(given: str | None) -> list[str] | None:
    """Return the names in `a, rrf(a,b)`; None if the option was not given."""
    return None if given is None else [name.strip() for name in _COMMA.split(given) if name.strip()]


def parse_options(given: Sequence[str]) -> dict[str, Any]:
    """`key=value` as a suite's options; values are YAML (`dim=64` is a number). Raises UsageError."""
    import yaml

    from embedmark.errors import UsageError

    parsed: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"--option {text!r} has no value", hint="--option KEY=VALUE, such as --option dim=64")
        try:
            parsed[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(
                f"the value of --option {key} is not YAML: {str(error).splitlines()[0]}",
                hint=f"put it in quotes: --option '{key}=\"...\"'",
            ) from None
    return parsed
