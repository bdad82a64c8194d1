"""`python -m tools.screenshots RUN FOLDER`: today's page of a run, light and dark, as PNG files; the run is kept."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from embedmark.pipeline import report
from tools.browser import chromium

_SIZE = (1280, 900)


def main(run: Path, folder: Path) -> None:
    """Write report-light.png and report-dark.png: the top of the page, with the answer."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium(width=_SIZE[0], height=_SIZE[1]) as browser:
        copy = Path(shutil.copytree(run, Path(scratch) / run.name))
        report(copy)
        for dark in (False, True):
            browser.scheme(dark)
            browser.open(copy / "report.html")
            browser.screenshot(folder / f"report-{'dark' if dark else 'light'}.png", whole=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
