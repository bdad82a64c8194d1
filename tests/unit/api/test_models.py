"""Where a model is: a hub id, a path, or inside a package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from embedmark.api.models import resolve_model
from embedmark.errors import UsageError


def test_a_hub_id_stays_as_it_is() -> None:
    assert resolve_model("sentence-transformers/all-MiniLM-L6-v2") == "sentence-transformers/all-MiniLM-L6-v2"
    assert resolve_model("all-MiniLM-L6-v2") == "all-MiniLM-L6-v2"


def test_a_folder(tmp_path: Path) -> None:
    assert resolve_model(str(tmp_path)) == tmp_path


def test_a_package_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pretend_weights"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve_model("package:pretend_weights/model") == package / "model"
    assert "pretend_weights" not in sys.modules
    with pytest.raises(UsageError, match="holds no 'other'"):
        resolve_model("package:pretend_weights/other")


@pytest.mark.parametrize("model", ["package:none_such/m", "package:a.b/m", "package:", "./none", "/none/such", "a/b/c"])
def test_what_is_not_there_is_refused(model: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_model(model)
    assert caught.value.hint
