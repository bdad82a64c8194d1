"""`embedmark providers list`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from embedmark.cli.providers_routes import check_routes, parse_options, route_options


@click.group("providers")
def command() -> None:
    """What can be measured: list."""


@command.command("list")
def list_() -> int:
    """The installed providers, from metadata; a provider is imported only to see whether it can be."""
    from embedmark.errors import EmbedmarkError
    from embedmark.registry import load_class, plugins
    from embedmark.report.terminal import print_table

    rows = []
    for plugin in plugins():
        try:
            cls = load_class(plugin.name, folder=Path.cwd())
            summary = (cls.__doc__ or "").strip().splitlines()
            about = summary[0] if summary else ""
        except EmbedmarkError as error:
            about = f"cannot be loaded: {error.message}"
        rows.append([plugin.name, f"{plugin.distribution} {plugin.version}", about])
    print_table(["name", "distribution", "about"], rows)
    return 0


@command.command("check")
@click.argument("use", metavar="NAME|FILE.py:CLASS")
@click.option("--model", help="The model, as in a suite.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option, its value as in YAML.")
@route_options
def check(use: str, model: str | None, options: tuple[str, ...], **routes: Any) -> int:
    """Try a provider on the faults of a server, or against the same model by another route."""
    code = check_routes(use, model, parse_options(options), **routes)
    if code is None:
        raise click.UsageError("say what to check: --faults, or --against NAME")
    return code
