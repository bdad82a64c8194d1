"""How a worker makes a provider: by name, from the suite's file, or from the copy that is shipped with the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.distribute.cluster.recipe import ShippedRecipe
from embedmark.distribute.cluster.worker import Loaded, Worker

PROVIDER = """
from embedmark.api import ProviderInfo
from embedmark.errors import UsageError

class Here:
    info = ProviderInfo(plugin="here", model="here", kind="bi-encoder")
    where = __file__

    def __init__(self, lacking=False):
        self.lacking = lacking

    def check(self):
        if self.lacking:
            raise UsageError("no weights on this machine")

    def load(self): pass
    def close(self): pass
    def encode(self, texts): return [len(text) for text in texts]
"""


def recipe(folder: Path, **options: object) -> ShippedRecipe:
    return ShippedRecipe("./here.py:Here", None, options, str(folder), PROVIDER.encode(), 1)


@pytest.mark.parametrize("has_file", [True, False])
def test_provider_file_is_the_suites_or_a_copy(tmp_path: Path, has_file: bool) -> None:
    if has_file:
        (tmp_path / "here.py").write_text(PROVIDER, encoding="utf-8")

    provider = recipe(tmp_path).make()

    assert (Path(provider.where).parent == tmp_path) is has_file  # type: ignore[attr-defined]
    assert Path(provider.where).read_text(encoding="utf-8") == PROVIDER  # type: ignore[attr-defined]


def test_another_file_of_the_same_name_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "here.py").write_text("raise SystemExit", encoding="utf-8")

    assert recipe(tmp_path).make().info.plugin == "here"


def test_worker_loads_once_and_answers_by_name(tmp_path: Path) -> None:
    import pickle

    worker = Worker(recipe(tmp_path))

    first, again = worker.load(), worker.load()

    assert isinstance(first.value, Loaded)
    assert first.value.pid == again.value.pid
    assert "encode() returned list" in str(worker.call("encode", pickle.dumps(["a", "bb"])).error)
    assert worker.call("count_tokens", pickle.dumps(["a"])).value is None


def test_worker_says_what_its_machine_lacks(tmp_path: Path) -> None:
    answer = Worker(recipe(tmp_path, lacking=True)).load()

    assert "no weights on this machine" in str(answer.error)
