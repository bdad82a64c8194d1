"""What docs/retrieval.md shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from embedmark.suite import parse_suite
from embedmark.testing import conform

TEXT = (Path(__file__).parents[2] / "docs/retrieval.md").read_text(encoding="utf-8")


def test_ranker_of_the_page_conforms(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n# engine.py\n(.*?)```", TEXT, re.S)
    (tmp_path / "engine.py").write_text(code, encoding="utf-8")

    outcome = conform("./engine.py:Shared", folder=tmp_path)

    assert outcome.ok, str(outcome)


@pytest.mark.parametrize("entry", re.findall(r"`(\{kind: retrieval.*?\})` \|", TEXT))
def test_entry_of_the_page_is_valid(entry: str) -> None:
    (measure,) = re.findall(r"```yaml\n(measure:.*?)```", TEXT, re.S)
    providers = [{"name": name, "use": "lexical"} for name in ("minilm", "bm25", "cross")]
    content = {"name": "page", "providers": providers, "datasets": [yaml.safe_load(entry)], **yaml.safe_load(measure)}

    suite = parse_suite(content, path=Path("page.yaml"))

    assert suite.measure.retrieval is not None
    assert suite.measure.retrieval.model_fields_set == {"k", "fusion", "rerank", "candidates", "batch_size", "depth"}


def test_page_has_all_eight_forms() -> None:
    assert len(re.findall(r"`(\{kind: retrieval.*?\})` \|", TEXT)) == 8
