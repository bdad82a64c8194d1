"""A key never reaches a file or the terminal, whoever quotes it; and never stands in a suite."""

from __future__ import annotations

import pytest

KEY = "9f3c1e7ab2d84605c7e19ab4d0f2638e"

LEAKY = '''
import os
import numpy as np
from embedmark.api import Embeddings, ProviderInfo

KEY = os.environ["SOME_KEY"]

class Leaky:
    """Quotes its key wherever a provider may say something."""

    def __init__(self, fail=False, built=True, **more):
        self.fail = fail
        if not built:
            raise RuntimeError(f"no account for {KEY}")
        self.info = ProviderInfo(plugin="leaky", model="leaky", kind="bi-encoder", notes=(f"key {KEY}",),
                                 recipe={"headers": {"x": KEY}})

    def load(self): pass

    def close(self):
        raise RuntimeError(f"cannot log out {KEY}")

    def observed(self):
        return {"reply_model": {f"model of {KEY}": 1, "said": KEY}}

    def encode(self, texts):
        if self.fail:
            raise RuntimeError(f"Incorrect API key provided: {KEY}. " + "x" * 480 + KEY)
        return Embeddings(np.array([[len(t), 1] for t in texts], dtype=np.float32))
'''


@pytest.fixture
def leaky(work, monkeypatch):
    monkeypatch.setenv("SOME_KEY", KEY)
    (work / "leaky.py").write_text(LEAKY, encoding="utf-8")

    def write(options):
        entry = f'providers: [{{name: leaky, use: "./leaky.py:Leaky", options: {options}}}]'
        text = f"name: s\n{entry}\ndatasets: [{{path: 쌍.tsv}}]\nmeasure: {{accuracy: {{resamples: 100}}}}\n"
        (work / "leaky.yaml").write_text(text, encoding="utf-8")

    return write


@pytest.mark.parametrize("options", ["{fail: true}", "{}", f"{{prompt: 'as {KEY}'}}"])
def test_no_file_and_no_line_of_a_run_holds_a_key(embedmark, work, leaky, options):
    leaky(options)
    done = embedmark("run", "leaky.yaml", "--out", "r")
    assert done.code == (1 if "fail" in options else 0), done.err
    assert KEY not in done.out + done.err
    for path in (work / "r").iterdir():
        assert KEY.encode() not in path.read_bytes(), path.name
    manifest = (work / "r/manifest.json").read_text(encoding="utf-8")
    assert "[SOME_KEY]" in manifest
    assert "cannot log out [SOME_KEY]" in manifest
    if "fail" in options:
        assert "Incorrect API key provided: [SOME_KEY]." in (work / "r/failures.csv").read_text(encoding="utf-8")
    assert embedmark("verify", "r").code == 0


@pytest.mark.parametrize("debug", [False, True])
def test_error_before_the_run_has_no_key_in_its_traceback(embedmark, leaky, debug):
    leaky("{built: false}")
    done = embedmark("run", "leaky.yaml", debug=debug)
    assert done.code == 2
    assert "no account for [SOME_KEY]" in done.err
    assert ("Traceback" in done.err) is debug
    assert KEY not in done.out + done.err


def test_the_conformance_checklist_shows_no_key(embedmark, work, leaky):
    done = embedmark("providers", "check", "./leaky.py:Leaky", "--option", "fail=true")
    assert done.code == 1
    assert "cannot log out [SOME_KEY]" in done.out
    assert KEY not in done.out + done.err


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ("{api_key: sk-SECRET}", "api_key"),
        ("{model_kwargs: {token: hf_SECRET}}", "model_kwargs.token"),
    ],
)
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_key_in_a_suite_is_refused(embedmark, work, leaky, options, place, command):
    leaky(options)
    done = embedmark(command, "leaky.yaml")
    assert done.code == 2
    assert f"providers[0].options: `{place}` holds a secret" in done.err
    assert "leaky.yaml:2" in done.err
    assert "SECRET" not in done.err + done.out
    assert not (work / "results").exists()


def test_token_options_and_variable_names_are_not_keys(embedmark, work, leaky):
    leaky("{api_key_env: SOME_KEY, max_tokens: 77, tokens_per_minute: 1000, tokenizer_kwargs: {pad_token: '<pad>'}}")
    assert embedmark("run", "leaky.yaml", "--out", "r").code == 0
    assert embedmark("compare", "r", "r").code in (0, 2)
