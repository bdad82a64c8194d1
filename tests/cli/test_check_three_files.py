"""`datasets check` of retrieval data in each of its forms: the entry to paste loads when it is pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from embedmark.cli.main import run
from embedmark.planning.datasets import read_dataset
from embedmark.suite import parse_suite

DOCUMENTS = '{"_id":"d1","text":"rain is water"}\n{"_id":"d2","text":"snow is ice"}\n{"_id":"d3","text":"sand"}\n'
FILES = {
    "q.jsonl": '{"_id":"q1","text":"rain"}\n{"_id":"q2","text":"snow"}\n',
    "docs.jsonl": DOCUMENTS,
    "qrels.trec": "q1 0 d1 1\nq2 0 d2 2\n",
    "qrels.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
    "lists.jsonl": '{"query":"rain","relevant":["d1"]}\n{"query":"snow","relevant":["d2"]}\n',
    "beir/queries.jsonl": '{"_id":"q1","text":"rain"}\n{"_id":"q2","text":"snow"}\n',
    "beir/corpus.jsonl": DOCUMENTS,
    "beir/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
}


@pytest.mark.parametrize(
    "arguments",
    [
        ["q.jsonl", "--option", "corpus=docs.jsonl", "--option", "qrels=qrels.trec"],
        ["q.jsonl", "--option", "corpus=docs.jsonl", "--option", "qrels=qrels.tsv", "--name", "mine"],
        ["lists.jsonl", "--option", "corpus=docs.jsonl"],
        ["beir"],
    ],
)
def test_entry_of_retrieval_data_loads_when_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert run(["datasets", "check", *arguments]) == 0

    printed = capsys.readouterr().out
    assert "3 documents" in printed
    entry = yaml.safe_load(next(line for line in printed.splitlines() if line.startswith("  - ")))
    measures = yaml.safe_load(printed.partition("What measures it: `")[2].partition("`")[0])
    providers = [{"name": "l", "use": "lexical"}]
    suite = parse_suite({"name": "s", "providers": providers, "datasets": entry, **measures}, path=tmp_path / "s.yaml")
    assert len(read_dataset(suite.datasets[0], tmp_path, True, print)) == 2
