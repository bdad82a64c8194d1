"""JSON Lines that are not as they should be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from embedmark.datasets import load_file
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import Write

GOOD = json.dumps({"sentence1": "a", "sentence2": "b", "score": 1})


def line(**values: object) -> str:
    return json.dumps({"sentence1": "a", "sentence2": "b", "score": 1, **values})


CASES = {
    "not JSON": ("{'sentence1': 'a'}", "not valid JSON", ":2, character 2", "one whole object on every line"),
    "cut off": ('{"sentence1": "a"', "not valid JSON", ":2, character 18", "one whole object on every line"),
    "blank": (" ", "is blank", ":2", "remove it"),
    "an array": ('["a", "b", 1]', "an array, not an object", ":2", "have numbered columns"),
    "null": ("null", "null, not an object", ":2", '{"sentence1"'),
    "nested without end": ("[" * 100_000, "cannot be read", ":2", "one flat object"),
    "an endless integer": ('{"score": ' + "9" * 5000 + "}", "cannot be read", ":2", "one flat object"),
    "key missing": ('{"sentence1": "a", "sentence2": "b"}', "no key 'score'", ":2", "keys are sentence1, sentence2"),
    "key in another case": (
        '{"Sentence1": "a", "sentence2": "b", "score": 1}',
        "no key 'sentence1'",
        ":2",
        "did you mean 'Sentence1'?",
    ),
    "an empty object": ("{}", "no key 'sentence1'", ":2", "is empty"),
    "key twice": ('{"sentence1": "a", "score": 1, "sentence1": "b"}', "'sentence1' twice", ":2", "remove one"),
    "text is a number": (line(sentence1=5), "a number, not a string", ":2, key sentence1", "in quotes"),
    "text is null": (line(sentence2=None), "null, not a string", ":2, key sentence2", "fill it in"),
    "score is a word": (line(score="high"), "score 'high' is not a finite number", ":2, column score", "such as 3.8"),
    "score is an object": (line(score={}), "an object, not a number", ":2, key score", "without quotes"),
    "score is an object with a number": (line(score={"n": 4}), "not a number", ":2, key score", "score: score.n}`"),
    "score is null": (line(score=None), "null, not a number", ":2, key score", "`missing_score: skip`"),
    "score is NaN": (line(score=float("nan")), "not a finite number", ":2, key score", "finite number"),
    "score is Infinity": (line(score=float("-inf")), "not a finite number", ":2, key score", "finite number"),
    "score overflows": (line(score=10**400), "not a finite number", ":2, key score", "finite number"),
    "half a surrogate pair": (line(sentence2="x\ud83d"), "half of a surrogate pair", ":2", "both halves"),
}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_a_bad_line(write: Write, case: str) -> None:
    text, message, place, hint = CASES[case]
    path = write("a.jsonl", f"{GOOD}\n{text}\n{GOOD}\n")
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x")
    assert message in caught.value.message
    assert caught.value.where == f"{path}{place}"
    assert hint in (caught.value.hint or "")


def test_json_array_in_a_file_called_jsonl_is_read_and_said(write: Write) -> None:
    data = load_file(write("a.jsonl", json.dumps([json.loads(GOOD)] * 2, indent=1)), name="x")

    assert len(data) == 2
    assert data.notes == ("read as JSON: the file is one array or object",)


def test_one_pair(write: Write) -> None:
    with pytest.raises(DatasetError, match="one pair only"):
        load_file(write("a.jsonl", GOOD), name="x")


def test_escapes(write: Write) -> None:
    text = '{"sentence1": "\\ud83d\\ude00\\n\\u2028", "sentence2": "\u2028\x85", "score": 1}'
    data = load_file(write("a.jsonl", f"{text}\n{GOOD}"), name="x")
    assert data.sentence1[0] == "😀\n\u2028"
    assert data.sentence2[0] == "\u2028\x85"
