"""What a page shows that does not follow from the raw rows alone: how figures are drawn, which sentences are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

_LINE = re.compile(r'<meta name="rendered-with" content="([^"]*)">')
_PARTS = (
    _LINE,
    re.compile(r"<svg.*?</svg>", re.DOTALL),
    re.compile(r'<td class="sentence".*?</td>', re.DOTALL),
    re.compile(r"<!--figures-->.*?<!--/figures-->", re.DOTALL),
)


def rendered_with(datasets: Iterable[str]) -> str:
    """`matplotlib 3.11.2; sentences of stsb/test`: pages of one run and one such line are the same, to the byte."""
    try:
        drawn = f"matplotlib {version('matplotlib')}"
    except PackageNotFoundError:
        drawn = "no figures"
    names = ", ".join(datasets)
    return f"{drawn}; {f'sentences of {names}' if names else 'no sentences'}"


def rendered_elsewhere(found: bytes, expected: bytes) -> bool:
    """Whether two pages were rendered with different surroundings, and say the same apart from these."""
    pages = [page.decode("utf-8", errors="replace") for page in (found, expected)]
    lines = [_LINE.search(page) for page in pages]
    if not all(lines) or len({line.group(1) for line in lines if line}) == 1:
        return False
    for part in _PARTS:
        pages = [part.sub("", page) for page in pages]
    return pages[0] == pages[1]
