"""What a page shows that does not follow from the raw rows alone: how figures are drawn, which sentences are found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

_LINE = re.compile(r'<meta name="rendered-with" content="([^"]*)">')
_FIGURE = re.compile(r"<svg.*?</svg>", re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_UNSEEN_PX = 0.01
_SEAL = re.compile(r'<meta name="figures-sha256" content="(\w*)">')
_LEGEND = re.compile(r'<div class="legend".*?</div>', re.DOTALL)
_LABEL = re.compile(r'<svg[^>]* aria-label="([^"]*)"')
_PARTS = (
    _LINE,
    _SEAL,
    _FIGURE,
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


def sealed(page: str) -> str:
    """Return the page with the checksum of its figures in its head."""
    return _SEAL.sub(f'<meta name="figures-sha256" content="{_figures_sha256(page)}">', page, count=1)


def follows_from_sketch(found: bytes, sketch: bytes) -> bool:
    """Return True if a page is `sketch` with figures drawn into it, and these are as they were drawn.

    Args:
        found: the page of a run.
        sketch: the same page, rendered with `figures.style.undrawn`.
    """
    page, expected = (text.decode("utf-8", errors="replace") for text in (found, sketch))
    seal = _SEAL.search(page)
    if seal is None or seal.group(1) != _figures_sha256(page) or _LABEL.findall(page) != _LABEL.findall(expected):
        return False
    return _without_figures(page) == _without_figures(expected)


def _figures_sha256(page: str) -> str:
    parts = [*_FIGURE.findall(page), *_LEGEND.findall(page)]
    return hashlib.sha256("".join(parts).encode("utf-8", errors="replace")).hexdigest()


def _without_figures(page: str) -> str:
    for part in (_SEAL, _FIGURE, _LEGEND):
        page = part.sub("", page)
    return page


def says_the_same(found: bytes, expected: bytes) -> bool:
    """Return True if two pages differ only in how figures are drawn, or in which sentences are found."""
    return is_drawn_alike(found, expected) or rendered_elsewhere(found, expected)


def is_drawn_alike(found: bytes, expected: bytes) -> bool:
    """Return True if two pages differ only in the coordinates of their figures, by less than can be seen.

    matplotlib places what it draws by sums in the order of the CPU's vector units.
    """
    pages = [page.decode("utf-8", errors="replace") for page in (found, expected)]
    if len({_FIGURE.sub("", _SEAL.sub("", page)) for page in pages}) > 1:
        return False
    figures = ["".join(_FIGURE.findall(page)) for page in pages]
    if len({_NUMBER.sub("0", figure) for figure in figures}) > 1:
        return False
    places = [[float(number) for number in _NUMBER.findall(figure)] for figure in figures]
    return all(abs(a - b) <= _UNSEEN_PX for a, b in zip(*places, strict=True))


def rendered_elsewhere(found: bytes, expected: bytes) -> bool:
    """Return True if two pages were rendered with different surroundings, and say the same apart from these."""
    pages = [page.decode("utf-8", errors="replace") for page in (found, expected)]
    lines = [_LINE.search(page) for page in pages]
    if not all(lines) or len({line.group(1) for line in lines if line}) == 1:
        return False
    for part in _PARTS:
        pages = [part.sub("", page) for page in pages]
    return pages[0] == pages[1]
