"""`embedmark schema`."""

from __future__ import annotations

import json

import click


@click.command("schema")
def command() -> int:
    """Print the JSON Schema of a suite, for editors."""
    from embedmark.suite import Suite

    schema = Suite.model_json_schema()
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
