"""The command that installs an extra: from where embedmark itself came."""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any

import pytest

from embedmark.files import install_command


class Installed:
    """A distribution as pip records where it came from."""

    def __init__(self, origin: dict[str, Any] | None) -> None:
        self.origin = origin

    def read_text(self, _name: str) -> str | None:
        return None if self.origin is None else json.dumps(self.origin)


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, 'pip install "embedmark[sbert]"'),
        ({"url": "file:///src/my%20clone", "dir_info": {"editable": True}}, "pip install -e '/src/my clone[sbert]'"),
        ({"url": "file:///src/clone", "dir_info": {}}, "pip install '/src/clone[sbert]'"),
        ({"url": "file:///d/e.whl", "archive_info": {}}, "pip install 'embedmark[sbert] @ file:///d/e.whl'"),
    ],
)
def test_extra_comes_from_where_the_package_came(
    origin: dict[str, Any] | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _name: Installed(origin))

    assert install_command("sbert") == command
