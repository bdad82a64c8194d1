"""What a shell proposes when somebody presses Tab: providers, datasets, models, names of a suite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable


def datasets(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the catalogue's datasets."""
    from embedmark.datasets import catalogue

    return _beginning(incomplete, (entry.name for entry in catalogue()))


def data(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the catalogue's datasets, and files."""
    return [*datasets(context, parameter, incomplete), CompletionItem(incomplete, type="file")]


def uses(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the installed providers, and behind each the models that come without a hub; after `NAME=`, likewise."""
    from embedmark.downloads.models import model_catalogue
    from embedmark.plugins.registry import plugins

    name, equals, _begun = incomplete.rpartition("=")
    words = [plugin.name for plugin in plugins()] + [f"{entry.use}:{entry.model}" for entry in model_catalogue()]
    return _beginning(incomplete, (f"{name}{equals}{word}" for word in words))


def providers(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the installed providers, and files."""
    from embedmark.plugins.registry import plugins

    return [*_beginning(incomplete, (plugin.name for plugin in plugins())), CompletionItem(incomplete, type="file")]


def models(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the models that can be pulled."""
    from embedmark.downloads.models import model_catalogue

    models = [entry.model for entry in model_catalogue()]
    return _beginning(incomplete, (name.removeprefix("cache:") for name in models if name.startswith("cache:")))


def names_in_suite(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Propose the providers of the suite on this command line, after each comma."""
    from embedmark.errors import EmbedmarkError
    from embedmark.suite import load_suite

    # click leaves the words of an unfinished command line in args.
    suite = context.params.get("suite") or next(iter(context.args), None)
    if suite is None:
        return []
    try:
        names = [provider.name for provider in load_suite(Path(suite)).providers]
    except EmbedmarkError:
        return []
    before, comma, _begun = incomplete.rpartition(",")
    taken = before.split(",")
    return _beginning(incomplete, (f"{before}{comma}{name}" for name in names if name not in taken))


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]
