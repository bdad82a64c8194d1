"""`embedmark providers`: the list, the checklist, and the one message for each way to be wrong."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from embedmark.cli.options import parse_options
from embedmark.errors import UsageError
from embedmark.plugins import about
from embedmark.plugins.registry import Plugin, plugins
from embedmark.testing import conform

if TYPE_CHECKING:
    from conftest import Command

GOOD = '''\
import numpy as np
from embedmark.api import Embeddings, ProviderInfo


class Length:
    """Embeds a text as its length."""

    def __init__(self, factor=1, model="length"):
        self.factor = factor
        self.info = ProviderInfo(plugin="length", model=model, kind="bi-encoder")

    def load(self): pass
    def close(self): pass

    def encode(self, texts):
        rows = [[len(t) * self.factor + 1, t.count(" ") + 1] for t in texts]
        return Embeddings(np.array(rows, dtype=np.float32).reshape(len(texts), 2))
'''


def test_list_has_kind_distribution_and_usability(embedmark: Command) -> None:
    done = embedmark("providers", "list")
    assert done.code == 0
    rows = {line.split()[0]: line for line in done.out.splitlines()[2:] if line.strip()}
    has_torch = "yes" if find_spec("torch") and find_spec("sentence_transformers") else "no"
    assert rows["cross-encoder"].split()[1:5] == ["cross-encoder", "embedmark", version("embedmark"), has_torch]
    assert rows["lexical"].split()[1:5] == ["bi-encoder", "embedmark", version("embedmark"), "yes"]
    assert "min_chars" not in done.out


def test_the_list_says_what_to_install(embedmark: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    done = embedmark("providers", "list")
    lines = done.out.splitlines()
    for name, needed, extra in (
        ("lexical", "sklearn", "[lexical]"),
        ("sbert", "torch and sentence_transformers", "[sbert]"),
    ):
        place = lines.index(f"{name}: this provider needs {needed}, not installed here")
        assert lines[place + 1].startswith("  try: pip install ")
        assert extra in lines[place + 1]


def test_verbose_list_has_type_default_and_help_of_options(embedmark: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = embedmark("providers", "list", "--verbose")
    lexical = done.out.partition("lexical  bi-encoder")[2].partition("\n\n")[0]
    assert "Which words and character n-grams a text holds" in lexical
    lines = [" ".join(line.split()) for line in lexical.splitlines()]
    assert "dim int 1024 number of columns, 2 or more." in lines
    sbert = done.out.partition("sbert  bi-encoder")[2].partition("\n\n")[0]
    assert any(line.startswith("model str required") for line in (" ".join(x.split()) for x in sbert.splitlines()))
    assert any("max_seq_length int | None None tokens after" in " ".join(line.split()) for line in sbert.splitlines())


def test_every_option_of_a_built_in_provider_has_a_line_of_help() -> None:
    for plugin in plugins():
        if plugin.distribution == "embedmark":
            found = about.about(plugin)
            assert [option.name for option in found.options if not option.help] == [], plugin.name


class Google:
    """A docstring of another style.

    Args:
        first (int): a number
            that goes on here.
        second: the other.

    Returns:
        third: not an option.
    """

    def __init__(self, first: int, second="x", third=None):
        raise KeyError("no")


def test_options_from_a_docstring_of_another_style() -> None:
    options = {o.name: (o.type, o.default, o.help) for o in about.options_of(Google)}
    assert options == {
        "first": ("int", "required", "a number that goes on here."),
        "second": ("", "'x'", "the other."),
        "third": ("", "None", ""),
    }


def test_broken_plugin_is_listed_with_the_reason() -> None:
    found = about.about(Plugin("none-such", "no_module:X", "some-dist", "1"))
    assert (found.kind, found.options) == ("", ())
    assert found.problem is not None


def test_the_checklist_of_a_good_one(embedmark: Command, work: Path) -> None:
    (work / "mine.py").write_text(GOOD, encoding="utf-8")
    done = embedmark("providers", "check", "./mine.py:Length", "--option", "factor=3", "--model", "any")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("length  any  bi-encoder\n")
    assert "pass  second process            identical" in done.out
    assert "skip  calls at once             limits.concurrency is 1: the provider claims no concurrency" in done.out
    assert "27 passed, 0 failed, 2 skipped; largest cosine drift between batch sizes 0.0e+00" in done.out


def test_a_failed_check_is_exit_1(embedmark: Command, work: Path) -> None:
    (work / "mine.py").write_text(GOOD.replace("dtype=np.float32", "dtype=float"), encoding="utf-8")
    done = embedmark("providers", "check", "./mine.py:Length")
    assert done.code == 1
    assert "FAIL  dtype                     vectors are float64, not float32" in done.out
    assert "skip  row order                 skipped until 'dtype' passes" in done.out
    assert "1 failed" in done.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("def load(self): pass", "def load(self: pass", ["syntax error", "mine.py:12", "fix this line"]),
        (
            "class Length",
            "class Lenght",
            ["no class 'Length'; did you mean 'Lenght'", "mine.py", "its classes: Lenght"],
        ),
        ("def encode(self, texts)", "def encode(self)", ["calls encode(self, texts)", "encode(self)", "mine.py:15"]),
        ("def encode(self, texts)", "def encode(self, texts, n)", ["encode(self, texts, n)", "mine.py:15", "default"]),
        ("def load(self)", "def load(self, device)", ["load(self, device)", "mine.py:12", "def load(self)"]),
        (
            '"bi-encoder"',
            '"biencoder"',
            ["'biencoder' is not a valid kind", "mine.py:5", "bi-encoder, cross-enc"],
        ),
        (
            '"bi-encoder"',
            '"cross-encoder"',
            ["exactly one of predict()", "it has encode", "mine.py:5", "predict(self,"],
        ),
        (
            "import numpy",
            "import nonumpy",
            ["No module named 'nonumpy'", "mine.py:1", "install the package that ships `nonumpy`"],
        ),
        ("import numpy as np", "1 / 0", ["ZeroDivisionError", "mine.py:1", "load()"]),
        ("import numpy as np", "raise SystemExit(3)", ["SystemExit: 3", "mine.py:1", "load()"]),
        ("self.factor = factor", "self.factor = [][1]", ["IndexError", "mine.py:9", "belongs in load()"]),
        ("def close(self): pass", "", ["has no close()", "mine.py:5", "may do nothing"]),
        ("Length:", "Length: x = 1\nLength = 3\nclass Other:", ["this is a int", "mine.py:Length", "name the class"]),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_wrong_file_gets_one_message_with_place_and_remedy(
    embedmark: Command, work: Path, command: str, old: str, new: str, words: list[str]
) -> None:
    assert old in GOOD
    (work / "mine.py").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    suite = (work / "small.yaml").read_text(encoding="utf-8").replace("./providers.py:Length", "./mine.py:Length")
    (work / "mine.yaml").write_text(suite, encoding="utf-8")
    arguments = ["providers", "check", "./mine.py:Length"] if command == "check" else ["plan", "mine.yaml"]
    done = embedmark(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert len(done.err.splitlines()) == 3
    assert "\n  at:  " in done.err
    assert "\n  try: " in done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err


@pytest.mark.parametrize("given", ["dim", "=3", "dim=[1"])
def test_an_option_that_cannot_be_read(given: str) -> None:
    with pytest.raises(UsageError, match="--option"):
        parse_options([given])


def test_options_are_yaml() -> None:
    assert parse_options(["a=1", "b=x=y", "c=", "d=true", "e={f: [1]}"]) == {
        "a": 1,
        "b": "x=y",
        "c": None,
        "d": True,
        "e": {"f": [1]},
    }


@pytest.mark.parametrize("kind", ["bi-encoder", "cross-encoder", "image"])
def test_a_new_provider_conforms(embedmark: Command, work: Path, kind: str) -> None:
    done = embedmark("providers", "new", "my-own-2", "--kind", kind)
    assert done.code == 0
    assert "pip install -e embedmark-my-own-2" in done.out
    folder = work / "embedmark-my-own-2"
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == ["README.md", "embedmark_my_own_2.py", "pyproject.toml", "tests/test_conformance.py"]
    code = (folder / "embedmark_my_own_2.py").read_text(encoding="utf-8")
    assert len([line for line in code.partition("class ")[2].splitlines() if line.strip()]) <= 30
    outcome = conform("./embedmark_my_own_2.py:MyOwn2Provider", folder=folder)
    assert outcome.ok, str(outcome)
    assert any(finding.group == "images" for finding in outcome.findings) == (kind == "image")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My_Encoder", ["not a valid provider name", "lower-case"]),
        ("../x", ["not a valid provider name"]),
        ("lexical", [f"taken by embedmark {version('embedmark')}"]),
        ("there", ["already exists", "--out"]),
    ],
)
def test_a_name_that_cannot_be(embedmark: Command, work: Path, name: str, words: list[str]) -> None:
    (work / "embedmark-there").mkdir()
    before = sorted(work.rglob("*"))
    done = embedmark("providers", "new", name)
    assert done.code == 2
    for word in words:
        assert word in done.err
    assert sorted(work.rglob("*")) == before
