"""`python -m tools.screenshots RUN FOLDER`: the page of a run, light and dark, as PNG files."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.browser import chromium

_SIZE = (1280, 900)


def main(run: Path, folder: Path) -> None:
    """Write report-light.png and report-dark.png: the top of the page, with the answer."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium(width=_SIZE[0], height=_SIZE[1]) as browser:
        for dark in (False, True):
            browser.scheme(dark)
            browser.open(run / "report.html")
            browser.screenshot(folder / f"report-{'dark' if dark else 'light'}.png", whole=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
