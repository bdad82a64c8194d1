"""The language of reports: how it is chosen, and that the catalogs are those of the code."""

from __future__ import annotations

import io
import re

import pytest
from babel.messages.pofile import read_po

from embedmark import language
from embedmark.language import failure_from_english, from_english, gettext, ngettext, system_language, using
from tools import messages


@pytest.mark.parametrize("name", language.LANGUAGES[1:])
def test_catalog_has_every_message_of_the_code(name: str) -> None:
    catalog = messages.updated(name)

    assert messages.missing(catalog) == []
    assert messages.path(name, "po").read_bytes() == messages.po_bytes(catalog), "run: make messages"
    assert messages.path(name, "mo").read_bytes() == messages.mo_bytes(catalog), "run: make messages"


@pytest.mark.parametrize("name", language.LANGUAGES[1:])
def test_translations_have_the_placeholders_of_their_messages(name: str) -> None:
    catalog = messages.updated(name)

    wrong = [str(message.id) for message in catalog if message.id and list(message.check(catalog))]

    assert wrong == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko"}, "ko"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_locale_chooses_the_language(variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert system_language() == expected


def test_language_ends_with_its_block() -> None:
    with using("ko"):
        inside = language.current_language()

    assert (inside, language.current_language()) == ("ko", "en")


def test_sentence_without_translation_stays_english() -> None:
    with using("ko"):
        assert gettext("{n} of nothing", n=3) == "3 of nothing"
        assert ngettext("{n} zork", "{n} zorks", 2) == "2 zorks"
        assert from_english("nobody wrote this") == "nobody wrote this"


def test_sentences_with_other_braces_are_filled_in() -> None:
    """Braces of `options: {base_url: "{1}"}` are no placeholders: a Korean message crashed on them."""
    catalog = read_po(io.BytesIO(messages.path("ko", "po").read_bytes()))
    texts = [message.id for message in catalog if isinstance(message.id, str) and "{1}" in message.id]
    numbered = [text for text in texts if re.search(r"{(?!\d+})", text)]

    assert len(numbered) > 20
    with using("ko"):
        for message in numbered:
            made = re.sub(r"{(\d+)}", r"<\1>", message)
            assert "{1}" not in from_english(made), message
        told = from_english('options: {base_url: "http://a/v1", url_query: {b: c}}')

    assert told == 'options: {base_url: "http://a/v1", url_query: {b: c}}'


def test_braces_of_numbered_messages_are_not_doubled() -> None:
    """Only `{placeholders}` with names go through str.format: what is typed had `{{` in Korean."""
    catalog = read_po(io.BytesIO(messages.path("ko", "po").read_bytes()))
    numbered = [message for message in catalog if isinstance(message.id, str) and "{1}" in message.id]

    assert [m.id for m in numbered if "{{{" in str(m.string) and "{{{" not in str(m.id)] == []


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("the reply is empty (check the path)", "응답이 비어 있습니다 (경로를 확인하세요)"),
        ("the reply is empty", "응답이 비어 있습니다"),
        ("disk full (errno 28)", "disk full (errno 28)"),
    ],
)
def test_failure_is_translated_with_its_hint(kept: str, shown: str) -> None:
    with using("ko"):
        assert failure_from_english(kept) == shown


def test_names_stay_though_they_are_words_of_sentences() -> None:
    """A file called pairs.xlsx is the dataset `pairs`, which plan and warnings called by the Korean word for pairs."""
    with using("ko", keep=["pairs", "queries"]):
        assert from_english("pairs: 60 pairs") == "pairs: 쌍 60개"
        assert from_english("queries: 60 pairs") == "queries: 쌍 60개"
    with using("ko"):
        assert from_english("pairs: 60 pairs") == "쌍: 쌍 60개"


def test_range_within_a_sentence_is_korean() -> None:
    told = "30 queries can show differences of 0.14 to 0.20 nDCG or more, depending on how alike two providers are"

    with using("ko"):
        assert from_english(told).startswith("질의 30개로 nDCG 0.14~0.20 이상의 차이")


def test_two_sentences_in_one_hint_are_both_translated() -> None:
    hint = "did you mean 'a'? the catalog has a, b and 3 more; your own file is an entry with `path`"

    with using("ko"):
        told = from_english(hint)
        half = from_english("did you mean 'a'? nobody wrote this")

        reply = "Nobody wrote this. " * 200  # each pair of sentences was tried, and each of their parts

        assert from_english(reply) == reply

    assert told == "'a'을(를) 뜻하셨나요? 카탈로그에 있는 것: a, b 외 3개. 자신의 파일은 `path`가 있는 항목으로 쓰세요"
    assert half == "did you mean 'a'? nobody wrote this"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("스위트이(가)", "스위트가"),
        ("'문장'을(를)", "'문장'을"),
        ("서울(으)로, 부산(으)로, 대구(으)로", "서울로, 부산으로, 대구로"),
        ("0이(가) 2이(가) 3이(가) 4은(는) 7(으)로 10과(와)", "0이 2가 3이 4는 7로 10과"),
        ("minilm이(가)", "minilm이(가)"),
    ],
)
def test_particle_follows_a_korean_word_or_a_number(text: str, expected: str) -> None:
    assert language.with_particles(text) == expected


def test_name_of_a_dataset_is_not_read_as_a_count() -> None:
    with using("ko"):
        assert from_english("1,379 pairs") == "쌍 1,379개"
        assert from_english("lexical: accuracy pairs").endswith(" pairs")
        assert from_english("lexical: latency queries").endswith(" queries")


def test_note_of_a_file_is_translated_behind_its_name() -> None:
    with using("ko"):
        told = from_english("내 파일.csv: it has no header line: its columns are an id and a text")

        assert told == "내 파일.csv: " + from_english("it has no header line: its columns are an id and a text")
        assert "header" not in told
