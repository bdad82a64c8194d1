"""What a dataset will measure, before it does: its gold, its texts, what is independent in it, what it can show."""

from __future__ import annotations

import itertools
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.datasets.model import PairDataset

if TYPE_CHECKING:
    from embedmark.stats import Units

_BARS = "▁▂▃▄▅▆▇█"
_BINS = 10
_SCRIPTS = {  # by the first word of a character's Unicode name
    "HANGUL": "Korean",
    "LATIN": "Latin letters",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "CJK": "Chinese characters",
    "CYRILLIC": "Cyrillic",
    "ARABIC": "Arabic",
    "DEVANAGARI": "Devanagari",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "THAI": "Thai",
}
_MIN_BINARY = 10
_BLOCK = 50_000  # texts whose characters are counted together


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be said of a dataset before it is measured, a line each.

    Attributes:
        gold: its histogram; of gold with two values, how many are the higher one and what that is judged by.
        lengths: characters of the texts.
        languages: scripts of the letters, with their shares.
        shared: texts that several pairs have, and what that does to an interval.
        resolution: the differences that the dataset can show.
    """

    gold: str
    lengths: str
    languages: str
    shared: str
    resolution: str


def outlook_of(dataset: PairDataset) -> Outlook:
    """Return what a dataset will measure."""
    import numpy as np

    from embedmark.stats import Units

    texts = [str(text) for text in dataset.items("text")]
    place = {text: i for i, text in enumerate(texts)}  # a text of 100,000 characters would make every label as long
    first, second = ([place[text] for text in side] for side in (dataset.sentence1, dataset.sentence2))
    units = Units.of_pairs(np.array(first), np.array(second))
    return Outlook(
        gold=_gold(dataset.gold.tolist()),
        lengths=_lengths([len(text) for text in texts]),
        languages=languages_of(texts),
        shared=_shared(dataset, units),
        resolution=_resolution(units),
    )


def _gold(scores: Sequence[float]) -> str:
    low, high = min(scores), max(scores)
    values = sorted(set(scores))
    if len(values) == 2 and (values == [0, 1] or len(scores) >= _MIN_BINARY):
        n = sum(score == high for score in scores)
        return f"{n:,} of {len(scores):,} are {high:g}, the others {low:g}: judged by average precision"
    if low == high:
        return f"every pair has {low:g}"
    width = (high - low) / _BINS
    counts = Counter(min(int((score - low) / width), _BINS - 1) for score in scores)
    most = max(counts.values())
    bars = "".join(_BARS[(counts[i] * (len(_BARS) - 1) + most - 1) // most] if counts[i] else " " for i in range(_BINS))
    return f"|{bars}|  tenths from {low:g} to {high:g}, at most {most:,} pairs in one"


def _lengths(lengths: Sequence[int]) -> str:
    ranked = sorted(lengths)
    nine = ranked[min(len(ranked) - 1, 9 * len(ranked) // 10)]
    half = ranked[len(ranked) // 2]
    return f"{ranked[0]:,} to {ranked[-1]:,} characters; half up to {half:,}, nine tenths up to {nine:,}"


def languages_of(texts: Iterable[str]) -> str:
    """Return the scripts of the letters with their shares, most frequent first: `Korean 98 %, Latin letters 2 %`."""
    letters = {char: count for char, count in _characters(texts).items() if char.isalpha()}
    scripts: Counter[str] = Counter()
    for char, count in letters.items():
        first = unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
        scripts[_SCRIPTS.get(first, "other")] += count
    total = sum(scripts.values())
    if not total:
        return "no letters"
    shown = [f"{name} {100 * count / total:.0f} %" for name, count in scripts.most_common(4) if count / total >= 0.005]
    return ", ".join(shown)


def _characters(texts: Iterable[str]) -> dict[str, int]:
    """Count each character; many texts at once, since a Counter takes a tenth of a microsecond a character."""
    import numpy as np

    counts = np.zeros(sys.maxunicode + 1, dtype=np.int64)
    rest = iter(texts)
    while block := list(itertools.islice(rest, _BLOCK)):
        places = np.frombuffer("".join(block).encode("utf-32-le", errors="surrogatepass"), dtype=np.uint32)
        found = np.bincount(places)
        counts[: found.size] += found
    return {chr(code): int(counts[code]) for code in np.flatnonzero(counts).tolist()}


def _shared(dataset: PairDataset, units: Units) -> str:
    counts = Counter(text for pair in zip(dataset.sentence1, dataset.sentence2, strict=True) for text in set(pair))
    several = [count for count in counts.values() if count > 1]
    if not several:
        return "no text is in two pairs: every pair is independent"
    said = f"{len(several):,} texts are in several pairs, one in {max(several):,}"
    if units.fixed:
        return f"{said}; {len(units.fixed)} of them in over half: results are about these texts only"
    worth = max(1, round(units.worst))
    return f"{said}; intervals allow for that, in the worst case as for {worth:,} independent pairs"


def _resolution(units: Units) -> str:
    from embedmark.stats import MIN_UNITS, expected_detectable, least_units

    found = expected_detectable("pairs", units.n)
    worst = expected_detectable("pairs", max(1, round(units.worst)))
    if found is None or not units.enough:
        needed = least_units(1) if units.graph is None else MIN_UNITS
        return f"no difference can be shown: it takes {needed} independent pairs or more"
    alike, unlike = found
    said = f"{units.n:,} pairs can show differences of {unlike:.2f} or more; of {alike:.2f} between very similar models"
    if units.graph is None:
        return said
    if worst is None:
        return f"{said}; only larger ones in the worst case, since pairs share texts"
    return f"{said}; of {worst[1]:.2f} in the worst case, since pairs share texts"
