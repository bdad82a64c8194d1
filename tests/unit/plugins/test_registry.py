"""Finding providers: by entry point and by file, and what is said when that fails."""

from __future__ import annotations

import textwrap
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from embedmark.errors import EmbedmarkError, RegistryError, UsageError
from embedmark.plugins import registry

GOOD = '''
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
        return Embeddings(np.array([[len(t) * self.factor, 1] for t in texts], dtype=np.float32))
'''


def write(tmp_path: Path, source: str, name: str = "mine.py") -> Path:
    path = tmp_path / name
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


def test_the_built_in_providers_are_entry_points() -> None:
    assert {"sbert", "cross-encoder", "static", "lexical"} <= {plugin.name for plugin in registry.plugins()}


def test_a_file_provider(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "제공자.py")
    provider = registry.create("./제공자.py:Length", options={"factor": 3}, folder=tmp_path)
    assert provider.info.plugin == "length"
    assert provider.encode(["ab"]).vectors.tolist() == [[6.0, 1.0]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("import numpy", "import nonumpy", ["cannot be imported", "nonumpy", "mine.py:2"]),
        ("def load", "def load(", ["syntax error", "mine.py:12"]),
        ("class Length", "class Lenght", ["no class 'Length'", "did you mean 'Lenght'"]),
        ("def load", "def laod", ["has no load()"]),
        ("def encode", "def predict", ["bi-encoder", "exactly one of encode()", "predict"]),
        ("def encode", "async def encode", ["must not be `async def`"]),
        ("def encode", "def aencode", ["must be `async def`"]),
        ("bi-encoder", "encoder", ["'encoder' is not a valid kind"]),
        ("self.info = ProviderInfo", "self.info = dict", ["is a dict"]),
        ("self.factor = factor", "raise KeyError('x')", ["cannot be constructed", "KeyError"]),
        ("factor=1", "factor", ["needs factor"]),
    ],
)
def test_a_wrong_file_provider_gets_one_message(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(RegistryError) as caught:
        registry.create("./mine.py:Length", folder=tmp_path)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("dim='32'", "info.dim is '32'"),
        ("dim=0", "info.dim is 0"),
        ("max_tokens=512.0", "info.max_tokens is 512.0"),
        ("similarity='euclidean'", "'cosine' or 'dot'"),
        ("modalities='text'", "info.modalities is 'text'"),
        ("notes=None", "info.notes is None"),
        ("notes=[3]", "info.notes is a list"),
        ("limits=None", "info.limits is None"),
        ("limits=Limits(concurrency=0)", "info.limits.concurrency is 0"),
        ("limits=Limits(inputs_per_request=0)", "info.limits.inputs_per_request is 0"),
        ("limits=Limits(deadline_s=-1)", "info.limits.deadline_s is -1"),
        ("recipe=None", "info.recipe is None"),
        ("recipe={'scale': np.float32(1)}", "info.recipe holds what JSON cannot"),
    ],
)
def test_a_value_of_info_that_no_run_can_use_is_named(tmp_path: Path, values: str, words: str) -> None:
    source = textwrap.dedent(GOOD).replace("import ProviderInfo", "import Limits, ProviderInfo")
    if "Limits" not in source:
        source = "from embedmark.api import Limits\n" + source
    write(tmp_path, source.replace('kind="bi-encoder"', f'kind="bi-encoder", {values}', 1))

    with pytest.raises(RegistryError) as caught:
        registry.create("./mine.py:Length", folder=tmp_path)

    assert words in str(caught.value)


@pytest.mark.parametrize("use", ["./mine.py", "./mine.py:", "./none.py:Length"])
def test_a_file_that_is_not_named_well(tmp_path: Path, use: str) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(RegistryError):
        registry.create(use, folder=tmp_path)


def test_an_unknown_option_is_found_from_the_signature(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(RegistryError, match="did you mean 'factor'"):
        registry.create("./mine.py:Length", options={"facto": 2}, folder=tmp_path)


def test_an_unknown_name_gets_did_you_mean_and_the_list() -> None:
    with pytest.raises(RegistryError) as caught:
        registry.create("sbrt")
    assert "did you mean 'sbert'" in str(caught.value)
    assert "lexical" in str(caught.value)


class _Dist:
    def __init__(self, name: str) -> None:
        self.name, self.version = name, "1.0"


def _point(name: str, value: str, dist: str) -> EntryPoint:
    point = EntryPoint(name, value, registry.GROUP)
    vars(point)["dist"] = _Dist(dist)
    return point


def test_two_distributions_that_claim_a_name_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [_point("mine", "a:B", "first-dist"), _point("mine", "c:D", "second-dist")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    with pytest.raises(RegistryError, match=r"first-dist.*second-dist"):
        registry.create("mine")


def test_an_entry_point_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: [_point("mine", "no_such_module:B", "dist")])
    with pytest.raises(RegistryError, match="no_such_module"):
        registry.create("mine")


def test_a_model_path_that_does_not_exist() -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(UsageError, match="no model at"):
        registry.create("sbert", model="./no/such/folder")


def test_what_the_constructor_refuses_passes_through() -> None:
    with pytest.raises(EmbedmarkError, match="not installed"):
        registry.create("sbert", model="package:no_such_package_at_all/model")


def test_a_provider_installed_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata is read once, and again as soon as a folder on the path has changed."""
    monkeypatch.syspath_prepend(tmp_path)
    before = {plugin.name for plugin in registry.plugins()}

    info = tmp_path / "late-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[embedmark.providers]\nlate = late:Late\n", encoding="utf-8")

    assert {plugin.name for plugin in registry.plugins()} - before == {"late"}
