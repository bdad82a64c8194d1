"""The inputs of a conformance run: short and long, plain and odd, English and Korean."""

from __future__ import annotations

import unicodedata

TEXTS = (
    "A man is playing a guitar on the street.",
    "The stock market fell sharply on Monday, and investors moved their money into government bonds.",
    "고양이가 창가에서 낮잠을 자고 있다.",
    "cat",
    "Two dogs run through deep snow.",
    "서울은 대한민국의 수도이며, 한강이 도시 한가운데를 지난다.",
    "Is this seat taken?",
    "12 + 30 = 42",
    "비가 온다",
    "La biblioteca cierra a las ocho de la tarde.",
    "An embedding maps a text to a vector, so that texts of like meaning lie near one another. " * 4,
    "She did not sell the house; she rented it to her brother's friend.",
    "5월 3일 오전 10시에 회의를 시작하겠습니다.",
    "def area(r): return 3.14159 * r ** 2",
    "Don't panic!",
    "기차가 연착되어 우리는 한 시간이나 기다려야 했다.",
)
"""Sixteen different texts whose order by length is not their order here."""

OTHER = "Something else altogether, to be read between two calls."
ANCHOR = "A plain sentence to stand beside."
LONG = ("The quick brown fox jumps over the lazy dog. 빠른 갈색 여우가 게으른 개를 뛰어넘는다. " * 2000)[:100_000]
EMOJI = ("😀", "👩‍👩‍👧‍👦 🇰🇷 👍🏽", "I ❤️ Seoul 🌆")
NFC = ("한국어 문장을 임베딩한다.", "각")
NFD = tuple(unicodedata.normalize("NFD", text) for text in NFC)
BLANKS = (" ", "\t\n", "\u3000", "\u00a0 \u2003")
SMALL = (".", "?!…", "0", "a", "ㅋㅋㅋ", "—", "α", "中")
"""Non-blank texts that hold little: the ones that a tokenizer drops."""
