"""The texts from which int8 ranges are taken: fixed, so that a vector never depends on what it is measured beside.

A list of one's own is better where texts are of one kind: `calibration:` names a file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from embedmark.errors import UsageError

MIN_TEXTS = 16

# Who, does what, where or why: 16 x 16 combinations of which every third is taken, in two languages.
_ENGLISH = (
    "A man|Two children|The committee|A small dog|My neighbour|The central bank|An old ship|Nobody|A young scientist|"
    "The new engine|Her grandmother|The national team|A flock of birds|The software|A tired nurse|Most voters",
    "plays the guitar in the kitchen|crosses the river at night|rejects the proposal|is running through deep snow|"
    "sells fresh bread on Sundays|raises interest rates again|needs repair before winter|remembers the password|"
    "measures the temperature of the sea|fails after three hours|paints a blue house|wins by a single goal|"
    "sleeps under the table|returns an error message|reads a letter from Paris|wants lower taxes",
)
_KOREAN = (
    "한 남자가|두 아이가|위원회가|작은 개가|이웃 사람이|중앙은행이|낡은 배가|아무도|젊은 과학자가|새 엔진이|할머니가|"
    "국가대표팀이|새 떼가|소프트웨어가|지친 간호사가|유권자 대부분이",
    "부엌에서 기타를 친다|밤에 강을 건넌다|제안을 거절한다|깊은 눈 속을 달린다|일요일마다 빵을 판다|"
    "금리를 다시 올린다|겨울 전에 수리해야 한다|비밀번호를 기억한다|바다의 온도를 잰다|세 시간 뒤에 멈춘다|"
    "파란 집을 그린다|한 골 차로 이긴다|탁자 아래에서 잔다|오류를 돌려준다|"
    "파리에서 온 편지를 읽는다|세금이 낮아지기를 바란다",
)


@dataclass(frozen=True, slots=True)
class CalibrationTexts:
    """Texts, and what a recipe records of them: where they come from, how many, their sha256."""

    texts: tuple[str, ...]
    source: str

    def facts(self) -> dict[str, str | int]:
        digest = hashlib.sha256("\n".join(self.texts).encode("utf-8")).hexdigest()
        return {"source": self.source, "texts": len(self.texts), "sha256": digest}


def built_in() -> CalibrationTexts:
    """172 sentences, half of them English and half Korean."""
    texts = []
    for subjects, rests in (_ENGLISH, _KOREAN):
        whole = [f"{subject} {rest}." for subject in subjects.split("|") for rest in rests.split("|")]
        texts += whole[::3]
    return CalibrationTexts(tuple(texts), "built-in")


def read(path: str) -> CalibrationTexts:
    """Return the non-blank lines of a UTF-8 file. Raises UsageError: no such file, not UTF-8, too few texts."""
    file = Path(path).expanduser()
    where = "options.calibration"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}", where=where) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8", where=where, hint="save it as UTF-8, one text on each line") from error
    texts = tuple(line for line in lines if line.strip())
    if len(texts) < MIN_TEXTS:
        raise UsageError(
            f"{file} holds {len(texts)} texts", where=where, hint=f"give {MIN_TEXTS} or more, one on each line"
        )
    return CalibrationTexts(texts, file.name)
