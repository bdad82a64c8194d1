"""`embedmark init`, and what leads to it."""

from __future__ import annotations

import io

import pytest

BROKEN = """
from embedmark.api import ProviderInfo
from embedmark.errors import ProviderError

class Broken:
    info = ProviderInfo(plugin="broken", model="broken", kind="bi-encoder")
    def load(self): raise ProviderError("the weights are gone")
    def close(self): ...
    def encode(self, texts): ...
"""
PAIRS = "\n".join(["sentence1,sentence2,score", *(f"글 {i},문장 {i},{i % 6}" for i in range(30))]) + "\n"


@pytest.fixture
def pairs(work):
    (work / "내 자료").mkdir()
    path = work / "내 자료" / "pairs.csv"
    path.write_text(PAIRS, encoding="utf-8")
    return path.relative_to(work)


def test_suite_of_a_file_is_commented_and_runs(embedmark, work, pairs):
    done = embedmark("init", "--data", str(pairs), "--model", "lexical?dim=64", "--out", "suites.yaml")
    ran = embedmark("run", "suites.yaml", "--out", "r", "--measure", "accuracy")

    assert (done.code, done.out) == (0, "suites.yaml\n")
    text = (work / "suites.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=")
    assert "  # 30 pairs\n" in text
    assert ran.code == 0
    assert "pairs, 30 pairs" in ran.out


def test_search_gets_its_baseline_and_runs(embedmark, work):
    rows = ["query,passage", *(f"how {i},answer {i} about {'abc'[i % 3]}" for i in range(8))]
    (work / "q.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    done = embedmark("init", "--data", "q.csv", "--model", "lexical?dim=64")
    ran = embedmark("run", "suite.yaml", "--out", "r", "--measure", "retrieval")

    text = (work / "suite.yaml").read_text(encoding="utf-8")
    assert (done.code, ran.code) == (0, 0)
    assert "  - {name: bm25, use: bm25}" in text
    assert "retrieval: {fusion: [[lexical, bm25]]}" in text
    assert "bm25" in ran.out


def test_missing_baseline_of_a_search_is_said(embedmark, work, monkeypatch):
    (work / "q.csv").write_text("query,passage\na,b\nc,d\n", encoding="utf-8")
    monkeypatch.setattr("embedmark.planning.quick.find_spec", lambda name: None)

    done = embedmark("init", "--data", "q.csv", "--model", "lexical")

    assert "[retrieval]" in done.err
    assert "use: bm25" not in (work / "suite.yaml").read_text(encoding="utf-8")


def test_path_in_a_suite_is_relative_to_the_suite(embedmark, work, pairs):
    (work / "suites").mkdir()

    embedmark("init", "--data", str(pairs), "--model", "lexical", "--out", "suites/mine.yaml")

    assert "path: ../내 자료/pairs.csv" in (work / "suites/mine.yaml").read_text(encoding="utf-8")
    assert embedmark("plan", "suites/mine.yaml").code == 0


def test_what_no_option_names_is_asked(embedmark, work, pairs, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pairs}\nlexical words=lexical?dim=64\n"))

    assert embedmark("init").code == 0
    assert "name: words" in (work / "suite.yaml").read_text(encoding="utf-8")


def test_init_without_answers_is_exit_2(embedmark, work, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    done = embedmark("init")

    assert done.code == 2
    assert "embedmark init --data pairs.csv --model lexical" in done.err
    assert not (work / "suite.yaml").exists()


def test_existing_file_is_kept_without_force(embedmark, work, pairs):
    (work / "suite.yaml").write_text("mine", encoding="utf-8")

    refused = embedmark("init", "--data", str(pairs), "--model", "lexical")

    assert refused.code == 2
    assert (work / "suite.yaml").read_text(encoding="utf-8") == "mine"
    assert embedmark("init", "--data", str(pairs), "--model", "lexical", "--force").code == 0


def test_data_in_place_of_a_suite_leads_to_init(embedmark, pairs):
    done = embedmark("run", str(pairs))

    assert done.code == 2
    assert f"embedmark init --data '{pairs}'" in done.err


def test_name_of_an_example_leads_to_its_file(embedmark):
    done = embedmark("run", "quick")

    assert done.code == 2
    assert "quick.yaml" in done.err


def test_similarity_of_texts_is_a_matrix(embedmark):
    done = embedmark(
        "similarity", "--model", "lexical", "--lang", "en", "잠이 안 옵니다", "졸음이 옵니다", "기차가 옵니다"
    )

    rows = [line.split("  ") for line in done.out.splitlines()[-3:]]
    cells = [[float(cell) for cell in row[1:] if cell.strip()] for row in rows]
    assert (done.code, done.out.splitlines()[0]) == (0, "lexical: cosine similarity")
    assert [row[i] for i, row in enumerate(cells)] == [1, 1, 1]
    assert cells[0][1] == cells[1][0] != cells[0][2]


def test_similarity_of_one_text_is_refused(embedmark):
    assert embedmark("similarity", "--model", "lexical", "잠").code == 2


def test_similarity_of_an_image_needs_a_model_of_images(embedmark, work):
    (work / "a.png").write_bytes(b"")

    done = embedmark("similarity", "--model", "lexical", "a.png", "고양이")

    assert done.code == 2
    assert "lexical reads texts only" in done.err


def test_similarity_of_a_missing_image_is_refused(embedmark):
    done = embedmark("similarity", "--model", "lexical", "cat.jpg", "고양이")

    assert done.code == 2
    assert "there is no image file 'cat.jpg'" in done.err


def test_similarity_of_other_models_is_printed_where_one_fails(embedmark, work):
    (work / "broken.py").write_text(BROKEN, encoding="utf-8")

    done = embedmark("similarity", "--model", "./broken.py:Broken", "--model", "lexical", "--lang", "en", "a b", "a c")

    assert done.code == 1
    assert "failed: Broken: the weights are gone" in done.err
    assert done.out.startswith("lexical: cosine similarity\n")
