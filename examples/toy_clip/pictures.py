"""The toy's world: pictures of one coloured shape, and what they say in English and in Korean.

A combination is a shape, a colour, a size and a position: 6 x 8 x 3 x 5 = 720. A picture of it has a background, a
shade, a size and a place that vary a little; a caption has one of four wordings. 100 combinations are held out: no
picture and no caption of them is ever trained on, though each of their parts is.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LANGUAGES = ("en", "ko")

SHAPES = (
    ("circle", "원"),
    ("square", "사각형"),
    ("triangle", "삼각형"),
    ("star", "별"),
    ("cross", "십자가"),
    ("ring", "고리"),
)
COLOURS = (
    ("red", "빨간", (220, 30, 30)),
    ("green", "초록", (30, 160, 50)),
    ("blue", "파란", (40, 70, 220)),
    ("yellow", "노란", (235, 215, 40)),
    ("purple", "보라", (140, 50, 170)),
    ("orange", "주황", (245, 140, 20)),
    ("black", "검은", (20, 20, 20)),
    ("pink", "분홍", (250, 150, 190)),
)
SIZES = (("small", "작은", 0.13), ("medium", "중간", 0.19), ("large", "큰", 0.26))
POSITIONS = (
    ("top left", "왼쪽 위", (0.3, 0.3)),
    ("top right", "오른쪽 위", (0.7, 0.3)),
    ("center", "가운데", (0.5, 0.5)),
    ("bottom left", "왼쪽 아래", (0.3, 0.7)),
    ("bottom right", "오른쪽 아래", (0.7, 0.7)),
)
WORDINGS = {
    "en": (
        "a {size} {colour} {shape} in the {position}",
        "{size} {colour} {shape}, {position}",
        "there is a {size} {colour} {shape} at the {position}",
        "picture of a {colour} {shape}, {size}, in the {position}",
    ),
    "ko": (
        "{position}에 있는 {size} {colour} {shape}",
        "{size} {colour} {shape}, {position}",
        "{position}에 {size} {colour} {shape} 하나가 있다",
        "{colour} {shape} 그림, {size} 크기, 위치는 {position}",
    ),
}
BACKGROUNDS = ((255, 255, 255), (215, 215, 215), (245, 235, 205), (205, 225, 245))

_OVERSAMPLE = 4


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """One of each: indexes into SHAPES, COLOURS, SIZES and POSITIONS."""

    shape: int
    colour: int
    size: int
    position: int

    def shared(self, other: Combination) -> int:
        """How many of the four parts two combinations share: 0 to 4."""
        return sum((self.shape == other.shape, self.colour == other.colour, self.size == other.size,
                    self.position == other.position))  # fmt: skip


def split(held_out: int = 100) -> tuple[list[Combination], list[Combination]]:
    """Combinations to train on, and `held_out` others. Always the same ones, whatever seed a training has."""
    ranges = (range(len(part)) for part in (SHAPES, COLOURS, SIZES, POSITIONS))
    every = [Combination(*parts) for parts in itertools.product(*ranges)]
    random.Random(1234).shuffle(every)
    return every[held_out:], every[:held_out]


def caption(of: Combination, language: str, wording: int) -> str:
    """What a picture of `of` shows, in one of the four wordings of a language."""
    word = LANGUAGES.index(language)
    return WORDINGS[language][wording].format(
        shape=SHAPES[of.shape][word],
        colour=COLOURS[of.colour][word],
        size=SIZES[of.size][word],
        position=POSITIONS[of.position][word],
    )


def every_caption(of: Iterable[Combination]) -> list[str]:
    """All captions of combinations, in all wordings and languages."""
    return [caption(one, language, i) for one in of for language in LANGUAGES for i in range(len(WORDINGS[language]))]


def draw(of: Combination, rng: random.Random, side: int) -> Image:
    """An RGB picture of `side` x `side` pixels."""
    from PIL import Image, ImageDraw

    wide = side * _OVERSAMPLE
    picture = Image.new("RGB", (wide, wide), rng.choice(BACKGROUNDS))
    red, green, blue = (max(0, min(255, part + rng.randint(-12, 12))) for part in COLOURS[of.colour][2])
    radius = SIZES[of.size][2] * rng.uniform(0.93, 1.07) * wide
    x, y = ((part + rng.uniform(-0.04, 0.04)) * wide for part in POSITIONS[of.position][2])
    _shape(ImageDraw.Draw(picture), SHAPES[of.shape][0], x, y, radius, (red, green, blue))
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def _shape(pen, name: str, x: float, y: float, r: float, fill: tuple[int, int, int]) -> None:
    match name:
        case "circle":
            pen.ellipse([x - r, y - r, x + r, y + r], fill=fill)
        case "square":
            pen.rectangle([x - 0.85 * r, y - 0.85 * r, x + 0.85 * r, y + 0.85 * r], fill=fill)
        case "triangle":
            pen.polygon(_corners(x, y, [r] * 3), fill=fill)
        case "star":
            pen.polygon(_corners(x, y, [r, 0.42 * r] * 5), fill=fill)
        case "cross":
            pen.rectangle([x - r, y - 0.33 * r, x + r, y + 0.33 * r], fill=fill)
            pen.rectangle([x - 0.33 * r, y - r, x + 0.33 * r, y + r], fill=fill)
        case "ring":
            pen.ellipse([x - r, y - r, x + r, y + r], outline=fill, width=max(1, int(0.38 * r)))


def _corners(x: float, y: float, radii: list[float]) -> list[tuple[float, float]]:
    angles = [2 * math.pi * i / len(radii) - math.pi / 2 for i in range(len(radii))]
    return [(x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
