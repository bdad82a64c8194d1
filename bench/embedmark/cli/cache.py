"""`embedmark cache info | clear`."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embedmark.cli.group import SuggestingGroup
from embedmark.cli.options import spoken_option
from embedmark.cli.output import kept_in
from embedmark.cli.spoken import say

if TYPE_CHECKING:
    from embedmark.store.vectors import VectorCache

_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(h|d|w|m|y)?")
_SECONDS = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0, "m": 30 * 86_400.0, "y": 365 * 86_400.0}


@click.group("cache", cls=SuggestingGroup)
def command() -> None:
    """The vector cache: info, clear."""


@command.command("info")
@spoken_option
def info() -> int:
    """Show where the cache is, its size, and what it stores."""
    from embedmark.language import gettext as _
    from embedmark.report.text.console import print_table

    found = _open()
    if found is None:
        say(f"The vector cache is empty ({_folder()}).")
        return 0
    from embedmark.store.upkeep import cache_info

    try:
        about = cache_info(found)
    finally:
        found.close()
    say(f"{about.path}: {about.n_bytes / 2**20:,.1f} MB of at most {found.max_bytes / 2**20:,.0f} MB")
    if about.oldest is not None and about.used is not None:
        say(f"{about.n_vectors:,} vectors and scores, the oldest of {_day(about.oldest)}")
    rows = [[name, f"{n:,}"] for name, n in about.spaces.items()]
    print_table([_("provider and model"), _("vectors")], rows, numbers=[1])
    click.echo()
    say("Texts are not stored: each vector is found by a hash of its text. A vector still reveals much about its text.")
    say("`embedmark cache clear` deletes it; `embedmark run --no-cache` does not use it.")
    return 0


@command.command("clear")
@click.option(
    "--older-than", metavar="AGE", help="Only entries that no run has used for this long: 12h, 30d, 8w, 6m, 1y."
)
@spoken_option
def clear(older_than: str | None) -> int:
    """Delete cached vectors: all, or those not used for a while."""
    from embedmark.store.upkeep import delete_cache, evict

    kept_in(_folder())
    if older_than is None:
        say(f"deleted {delete_cache(_folder()) / 2**20:,.1f} MB in {_folder()}")
        return 0
    before = time.time() - _age_s(older_than)
    found = _open()
    pages = 0
    if found is not None:
        try:
            pages = evict(found, before)
        finally:
            found.close()
    say(f"deleted {pages:,} pages that no run has used since {_day(before)}")
    return 0


def _open() -> VectorCache | None:
    """Open the cache; None where there is none. Raises StorageError."""
    import sqlite3

    from embedmark.errors import StorageError
    from embedmark.store.vectors import NAME, VectorCache

    if not (_folder() / NAME).is_file():
        return None
    try:
        return VectorCache(_folder())
    except sqlite3.Error as error:
        raise StorageError(
            f"the vector cache cannot be read: {error}", where=str(_folder()), hint="embedmark cache clear"
        ) from error


def _folder() -> Path:
    from embedmark.files import vectors_dir

    return vectors_dir()


def _day(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).date().isoformat()


def _age_s(text: str) -> float:
    """Return seconds of `30d`, `12h`, `8w`, `6m`, `1y`, or of a number of days. Raises UsageError."""
    from embedmark.errors import UsageError

    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--older-than is {text!r}", hint="embedmark cache clear --older-than 30d")
    return float(match[1]) * _SECONDS[match[2] or "d"]
