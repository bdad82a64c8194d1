"""Files that are not UTF-8 and have no byte order mark are refused, and the error says what they look like."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import load_file
from embedmark.datasets.decode import guess_encoding
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import Write

KOREAN = "sentence1\tsentence2\tscore\n한 소녀가 머리를 빗고 있다.\t소년들이 축구를 한다.\t1\n비가 온다\t눈이 온다\t2\n"
FRENCH = "sentence1\tsentence2\tscore\nLe café est fermé.\tL'été à l'hôtel\t1\ndéjà vu\tgarçon, élève\t2\n"
GERMAN = "sentence1\tsentence2\tscore\nÄnderungen im Frühjahr\tgroße Übungen\t1\nschöne Grüße\tÄrger\t2\n"
JAPANESE = "sentence1\tsentence2\tscore\n猫がソファの上で寝ています。\t犬が走る\t1\nカタカナとひらがな\t雨が降る\t2\n"
CHINESE = "sentence1\tsentence2\tscore\n一个男人正在弹吉他。\t一个女人在做饭\t1\n天气很好\t我们去公园\t2\n"


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        (KOREAN, "cp949", "cp949"),
        (KOREAN, "euc-kr", "cp949"),  # cp949 is its superset
        (FRENCH, "cp1252", "cp1252"),
        (FRENCH, "latin-1", "cp1252"),  # the same bytes
        (GERMAN, "cp1252", "cp1252"),
        (JAPANESE, "cp932", "cp932"),
        (CHINESE, "gb18030", "gb18030"),
    ],
)
def test_encoding_is_suggested_from_the_bytes(write: Write, text: str, encoding: str, guess: str) -> None:
    path = write("a.tsv", text.encode(encoding))
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    assert caught.value.message.startswith("the data file is not UTF-8: byte 0x")
    assert caught.value.hint == f"it looks like {guess}: add `encoding: {guess}`"
    assert load_file(path, name="x", encoding=guess).sentence1 == load_file(write("b.tsv", text), name="x").sentence1


def test_the_place_of_the_first_bad_byte(write: Write) -> None:
    path = write("a.tsv", KOREAN.encode() + b"ab\xffc\td\t1\n")
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    offset = len(KOREAN.encode()) + 2
    assert caught.value.message == f"the data file is not UTF-8: byte 0xff at offset {offset}"
    assert caught.value.where == f"{path}:4"
    assert "all but 1 places in it are UTF-8" in (caught.value.hint or "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_valid_utf8_with_zeros(write: Write, encoding: str) -> None:
    path = write("a.tsv", b"sentence1\tsentence2\tscore\n".decode().encode(encoding))
    with pytest.raises(DatasetError, match="NUL") as caught:
        load_file(path, name="x")
    assert caught.value.hint == f"it looks like {encoding}: add `encoding: {encoding}`"


def test_utf8_under_another_name(write: Write) -> None:
    path = write("a.tsv", KOREAN + "\ud55c\tb\t3\n")
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x", encoding="ascii")
    assert caught.value.hint == "it looks like UTF-8: remove `encoding`"
    assert caught.value.where == f"{path}:2"


def test_undecodable_bytes_get_no_suggestion() -> None:
    assert guess_encoding(b"\x81\x8d\x8f") is None


def test_the_line_is_right_in_utf16(write: Write) -> None:
    path = write("a.tsv", "a\nb\nc\n".encode("utf-16") + b"\x00\xdc" + b"\x0a\x00")
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x", encoding="utf-16")
    assert caught.value.where == f"{path}:4"


MARKED = ["utf-16", "utf-32", pytest.param("utf-16-be", id="big"), pytest.param("utf-32-be", id="bigger")]


def marked(text: str, encoding: str) -> bytes:
    return ("\ufeff" * encoding.endswith("be") + text).encode(encoding)


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl", "a.json", "a.md", "a"])
def test_byte_order_mark_says_the_encoding(write: Write, name: str, encoding: str) -> None:
    rows = [
        dict(zip(("sentence1", "sentence2", "score"), line.split("\t"), strict=True)) for line in KOREAN.splitlines()
    ]
    bars = [f"| {' | '.join(row.values())} |" for row in rows]
    texts = {
        "a.csv": KOREAN.replace("\t", ","),
        "a.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows[1:]),
        "a.json": json.dumps(rows[1:], ensure_ascii=False),
        "a.md": "\n".join([bars[0], "|---|---|---|", *bars[1:]]),
    }
    expected = load_file(write("b.tsv", KOREAN), name="x")

    found = load_file(write(name, marked(texts.get(name, KOREAN), encoding)), name="x")

    assert found.sha256 == expected.sha256
    assert f"read as {encoding.removesuffix('-be').upper()}, by its byte order mark" in found.notes


def test_scores_beside_have_a_mark_of_their_own(write: Write) -> None:
    path = write("a.input.txt", "a\tb\nc\td\n".encode("utf-16"))
    scores = write("a.gs.txt", "1\n2\n")

    assert list(load_file(path, name="x", scores=str(scores)).gold) == [1.0, 2.0]


def test_marked_file_cut_short_is_told_as_damaged(write: Write) -> None:
    path = write("a.tsv", (KOREAN + "가\t나\t1").encode("utf-16")[:-1])

    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")

    assert caught.value.where == f"{path}:4"
    assert caught.value.hint == "the file is damaged or cut short there: fetch or save it again"
