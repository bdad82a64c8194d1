"""`embedmark providers list`."""

from __future__ import annotations

from pathlib import Path

import click


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
