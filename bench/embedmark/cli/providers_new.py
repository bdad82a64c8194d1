"""`embedmark providers new NAME`: a distribution that installs and passes the conformance kit at once."""

from __future__ import annotations

import re
from pathlib import Path

import click

from embedmark.cli.options import spoken_option
from embedmark.cli.output import kept_in
from embedmark.cli.spoken import say

_TEMPLATES = Path(__file__).parent / "templates" / "provider"
_KINDS = ("bi-encoder", "cross-encoder", "image")


@click.command("new")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(_KINDS), default="bi-encoder", show_default=True, help="The kind of provider."
)
@click.option("--out", type=click.Path(path_type=Path), help="The new folder. Default: embedmark-NAME.")
@spoken_option
def new(name: str, kind: str, out: Path | None) -> int:
    """Write a package with a new provider called NAME.

    It has a class, its entry point, a test and a README."""
    from embedmark.errors import UsageError

    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(
            f"{name!r} is not a valid provider name",
            hint="lower-case letters, digits and single dashes, such as my-encoder",
        )
    _refuse_taken(name)
    folder = out or Path(f"embedmark-{name}")
    if folder.exists():
        raise UsageError("this folder already exists", where=str(folder), hint="another name, or --out FOLDER")
    written = write_project(name, kind, folder)
    kept_in(folder)
    say(f"{folder}: {', '.join(written)}")
    say(f"next:  pip install -e {folder}")
    say(f"       embedmark providers check {name}")
    return 0


def write_project(name: str, kind: str, folder: Path) -> list[str]:
    """Write the distribution into `folder`, which must not exist; the files' names. Raises UsageError."""
    import jinja2

    from embedmark.errors import UsageError
    from embedmark.version import __version__

    module = f"embedmark_{name.replace('-', '_')}"
    facts = {
        "name": name,
        "kind": kind,
        "module": module,
        "cls": "".join(part.capitalize() for part in name.split("-")) + "Provider",
        "version": __version__,
    }
    loader = jinja2.FileSystemLoader(_TEMPLATES)
    # Python, TOML and Markdown are written, never HTML, and the facts are checked above.
    templates = jinja2.Environment(loader=loader, keep_trailing_newline=True, undefined=jinja2.StrictUndefined)  # noqa: S701
    files = {
        "pyproject.toml": "pyproject.toml.j2",
        "README.md": "README.md.j2",
        f"{module}.py": f"{kind}.py.j2",
        "tests/test_conformance.py": "test_conformance.py.j2",
    }
    try:
        (folder / "tests").mkdir(parents=True)
        for file, template in files.items():
            (folder / file).write_text(templates.get_template(template).render(facts), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the project cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            hint="--out FOLDER, where you can write",
        ) from None
    return list(files)


def _refuse_taken(name: str) -> None:
    from embedmark.errors import UsageError
    from embedmark.plugins.registry import plugins

    for plugin in plugins():
        if plugin.name == name:
            raise UsageError(
                f"the provider name {name!r} is taken by {plugin.distribution} {plugin.version}",
                hint="choose another name: a suite could not tell the two apart",
            )
