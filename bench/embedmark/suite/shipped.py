"""The example suites that come with embedmark."""

from __future__ import annotations

from pathlib import Path
from typing import Final

# Endings of data files, which people give where a suite is wanted.
DATA_ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx", ".xls", ".parquet", ".gz", ".zip")


def shipped_suites() -> dict[str, Path]:
    """Return the example suites by name: beside the code in a checkout, within the package where it is installed."""
    package = Path(__file__).parents[1]
    for folder in (package / "suites", package.parent / "suites"):
        if folder.is_dir():
            return {path.stem: _short(path) for path in sorted(folder.glob("*.yaml"))}
    return {}


def example() -> str:
    """Return where an example of a suite is."""
    return str(shipped_suites().get("quick", "docs/suite.md"))


def _short(path: Path) -> Path:
    """Return the path as somebody in the current folder would type it."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path
