"""A remedy is typed as the message has it, in the command that failed."""

from __future__ import annotations

import json
import re
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROWS = [("a dog, running", "a dog runs", 4.5), ("she cooks", "he drives", 0.5), ("rain", "it is wet", 3.25)]
HEAD = "sentence1,sentence2,score\n"
RUN = "".join(f"q{i} Q0 d{i} 1 9.5 bm25\n" for i in range(5))


def csv_of(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def sheet(path: Path, *titles: list[Any], head: tuple[str, str, str] = ("sentence1", "sentence2", "score")) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    for row in (*titles, head, *ROWS):
        book.active.append(row)
    book.save(path)


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("train.csv", HEAD + "a,b,1\nc,d,2\n")
        packed.writestr("test.csv", HEAD + "a,b,1\nc,d,2\n")


def options_in(message: str) -> list[str]:
    """Return the options that a message names, in order."""
    named = re.findall(r"(--(?:columns|option|format|quoting|encoding) (?:'[^']*'|\S+))", message)
    return [part.rstrip(";,.") for option in named for part in shlex.split(option)]


PAIRS: dict[str, tuple[str, Callable[[Path], Any], int]] = {
    "title": ("a.csv", lambda p: p.write_text("A study,,\n,,\n" + HEAD + csv_of("a,b,1", "c,d,2")), 2),
    "sheet with a title": ("a.xlsx", lambda p: sheet(p, ["A study"], []), 3),
    "other names": ("a.xlsx", lambda p: sheet(p, ["A study"], head=("Satz 1", "Satz 2", "Bewertung")), 3),
    "cp949": ("a.csv", lambda p: p.write_bytes((HEAD + csv_of("개가 간다,개,1", "비,눈,2")).encode("cp949")), 2),
    "one name twice": ("a.csv", lambda p: p.write_text("text,text,score\na,b,1\nc,d,2\n"), 2),
    "names": ("a.csv", lambda p: p.write_text("A,B,gold\na x,b x,1\nc x,d x,2\n"), 2),
    "lists": (
        "a.jsonl",
        lambda p: p.write_text(csv_of(*(json.dumps({"id": 1, "s": [a, b], "g": [s, s]}) for a, b, s in ROWS))), 3,
    ),
    "no header": ("a.csv", lambda p: p.write_text("a man,a boy,3.5\na cat,a dog,1.0\n"), 2),
    "decimals": ("a.csv", lambda p: p.write_text(HEAD + 'a,b,"1,5"\nc,d,"2,5"\n'), 2),
    "semicolons without a header": ("a.csv", lambda p: p.write_text("a b;c d;1,5\ne f;g h;2,5\n"), 2),
    "answers": ("a.csv", lambda p: p.write_text("one,other,same\n" + "a x,b x,yes\nc x,d x,no\n" * 3), 6),
    "arrays": ("a.json", lambda p: p.write_text(json.dumps([list(row) for row in ROWS])), 3),
    "words": ("a.csv", lambda p: p.write_text(HEAD + "a,b,low\nc,d,high\n"), 2),
}  # fmt: skip


@pytest.mark.parametrize("case", PAIRS)
@pytest.mark.parametrize("start", [("datasets", "check"), ("init", "--model", "lexical", "--data")])
def test_remedy_for_pairs_is_an_option(embedmark, work, case, start):
    name, write, n = PAIRS[case]
    write(work / name)

    refused = embedmark(*start, name)
    done = embedmark(*start, name, *options_in(refused.err))

    assert refused.code == 2
    assert done.code == 0, (refused.err, options_in(refused.err), done.err)
    suite = work / "suite.yaml"
    assert re.search(rf"pairs +{n}\b|# {n} pairs", suite.read_text("utf-8") if suite.exists() else done.out)


def test_remedy_for_an_archive_is_its_file(embedmark, work):
    (work / "data").mkdir()
    archive(work / "data" / "two.zip")

    refused = embedmark("datasets", "check", "data/two.zip")
    done = embedmark(*refused.err.partition("embedmark ")[2].split())

    assert refused.code == 2
    assert done.code == 0, done.err


def test_remedy_in_python_is_a_keyword(work):
    import embedmark as em

    (work / "a.csv").write_text("A study,,\n" + HEAD + csv_of("a,b,1", "c,d,2"))

    with pytest.raises(em.EmbedmarkError, match=r"entry=\{'skip_lines': 1\}"):
        em.evaluate("a.csv", "lexical")

    assert len(em.evaluate("a.csv", "lexical", entry={"skip_lines": 1}).scores) == 2


@pytest.mark.parametrize("name", ["bm25.run", "run.txt", "run.tsv"])
@pytest.mark.parametrize("kind", [[], ["--option", "kind=retrieval"]])
def test_ranking_is_no_data(embedmark, work, name, kind):
    (work / name).write_text(RUN.replace(" ", "\t") if name.endswith("tsv") else RUN)

    done = embedmark("datasets", "check", name, *kind)

    assert done.code == 2
    assert "this is a TREC run file" in done.err
    assert "--option qrels=FILE" in done.err


def test_judgments_alone_are_no_data(embedmark, work):
    (work / "qrels.txt").write_text("q1 0 d1 1\nq2 0 d2 0\n")

    done = embedmark("run", "--model", "lexical", "--data", "qrels.txt")

    assert done.code == 2
    assert "neither queries nor documents" in done.err
    assert "--option qrels=qrels.txt" in done.err


def test_check_of_a_search_says_ten_things(embedmark, work):
    (work / "t.csv").write_text("query;passage;grade\nwhere?;here it is;2\nwhere?;there;1\nwhen?;never;0\n")

    done = embedmark("datasets", "check", "t.csv")

    assert done.code == 0, done.err
    labels = [line.split()[0] for line in done.out.splitlines() if line.startswith("  ")]
    assert labels[:10] == [
        "queries", "corpus", "judged", "grades", "letters", "repeated", "index", "power", "overlap", "sha256",
    ]  # fmt: skip
    assert "graded: 1 (1), 2 (1)" in done.out
    assert "its cells are separated by semicolons" in done.out
    assert "grades are read from the column 'grade'" in done.out
