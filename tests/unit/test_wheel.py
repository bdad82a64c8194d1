"""What users install: both packages with their types, data and catalogs, and nothing that only developers need."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_wheel_has_what_users_need_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = pytest.importorskip("hatchling.build")
    monkeypatch.chdir(ROOT)

    with zipfile.ZipFile(tmp_path / build.build_wheel(str(tmp_path))) as wheel:
        names = wheel.namelist()

    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"embedmark", "embedmark_providers"}
    needed = ("py.typed", "locale/ko/LC_MESSAGES/embedmark.mo", "report/templates/report.html.j2", "suites/quick.yaml")
    assert [name for name in needed if f"embedmark/{name}" not in names] == []
    assert "embedmark_providers/py.typed" in names
    assert [name for name in names if name.endswith((".po", ".pyc"))] == []
