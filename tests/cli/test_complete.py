"""Completion in a shell: what click's protocol for bash proposes."""

from __future__ import annotations

import pytest
from click.shell_completion import BashComplete

from embedmark.cli import main


def proposed(*words: str) -> list[str]:
    complete = BashComplete(main.cli, {}, "embedmark", "_EMBEDMARK_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("sh",), "show"),
        (("run", "--model", "lex"), "lexical"),
        (("run", "--model", "mine=sb"), "mine=sbert"),
        (("run", "--data", "stsb/te"), "stsb/test"),
        (("datasets", "pull", "st"), "stsb"),
        (("datasets", "check", "st"), "stsb"),
        (("providers", "check", "lex"), "lexical"),
        (("run", "--lang", ""), "ko"),
    ],
)
def test_word_is_completed(words, expected):
    assert expected in "\n".join(proposed(*words))


def test_names_of_the_suite_are_completed_after_a_comma(work):
    assert "길이" in proposed("run", "small.yaml", "--only", "")
    assert proposed("run", "small.yaml", "--only", "길이,") == ["길이,overlap"]


def test_suite_that_cannot_be_read_proposes_nothing(work):
    assert proposed("run", "none.yaml", "--only", "") == []
