"""Compression that cannot be measured is refused before a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedmark.errors import SuiteError
from embedmark.planning.build import make_plan
from embedmark.suite import parse_suite

CROSS = "from embedmark.testing.fakes import FakeCrossEncoder\n\n\nclass Cross(FakeCrossEncoder):\n    pass\n"


def plan(folder: Path, use: str, measure: dict[str, object]) -> None:
    (folder / "d.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t2\n", encoding="utf-8")
    (folder / "c.py").write_text(CROSS, encoding="utf-8")
    content = {"providers": [{"name": "p", "use": use}], "datasets": [{"path": "d.tsv"}], "measure": measure}
    make_plan(parse_suite(content, path=folder / "s.yaml"), folder)


@pytest.mark.parametrize(
    ("use", "measure", "message"),
    [
        ("lexical", {"compression": {}, "throughput": {}}, "neither is measured"),
        ("./c.py:Cross", {"compression": {}, "accuracy": {}}, "no provider encodes texts"),
    ],
)
def test_what_has_no_vectors_is_refused(tmp_path: Path, use: str, measure: dict[str, object], message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        plan(tmp_path, use, measure)

    assert message in caught.value.message
    assert caught.value.hint
