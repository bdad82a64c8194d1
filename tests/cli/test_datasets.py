"""`datasets check`: what it finds in a file, the entry it prints, and what it says of a file that cannot be used."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml

from embedmark.suite import parse_suite

ODD = (
    "문장1\t문장2\t점수\t출처\n"
    "고양이가 잔다\t고양이가 자고 있다\t4.5\t가\n"
    "비가 온다\t눈이 온다\t2\t나\n"
    "눈이 온다\t비가 온다\t3\t나\n"  # the other order, another score
    "나는 간다\t\t0.5\t나\n"
    "같다\t같다 \t5\t나\n"
    f"{unicodedata.normalize('NFD', '한글')}\t한글\t5\t나\n"
    "깨진 \ufffd\t글\t1\t나\n"
    '"따옴표\t그냥\t1\t나\n'
    '그냥\t"따옴표\t1\t나\n'
)


@pytest.fixture
def odd(work: Path) -> Path:
    path = work / "이상한.tsv"
    path.write_text(ODD, encoding="utf-8")
    return path


def entry_of(out: str) -> object:
    [entry] = yaml.safe_load(out.splitlines()[-1])
    return entry


def test_it_tells_what_is_in_a_file_and_what_may_surprise(embedmark, odd):
    done = embedmark("datasets", "check", "이상한.tsv", "--columns", "문장1,문장2,점수")
    assert (done.code, done.err) == (0, "")
    for words in (
        "이상한.tsv: can be used (tsv, quoting none, utf-8)",
        "pairs    9",
        "columns  문장1, 문장2, 점수, 출처; used: 문장1, 문장2, 점수",
        "scores   0.5 to 5, 6 different",
        "texts    14 different",
        "1 pair without a text (line 5), 1 blank sentence in all",
        "2 pairs that repeat an earlier pair, in either order (lines 4, 10); 1 of them with another score",
        "1 pair with decomposed Unicode (NFD, as macOS writes it) (line 7)",
        "1 pair with U+FFFD, where an earlier conversion lost a character (line 8)",
        "1 pair with blanks at an end of a text (line 6)",
        "9 rows, read without quoting; tools that read this file with csv's default quoting",
    ):
        assert words in done.out


def test_the_entry_it_prints_is_one_that_a_suite_takes(embedmark, odd, work):
    done = embedmark("datasets", "check", "이상한.tsv", "--columns", "문장1,문장2,점수", "--name", "이상한 쌍")
    entry = entry_of(done.out)
    assert entry == {
        "path": "이상한.tsv",
        "name": "이상한 쌍",
        "columns": {"sentence1": "문장1", "sentence2": "문장2", "score": "점수"},
    }
    text = (work / "small.yaml").read_text(encoding="utf-8")
    line = done.out.splitlines()[-1].strip()
    (work / "small.yaml").write_text(text.replace("- {path: 쌍.tsv}", line), encoding="utf-8")
    assert "이상한 쌍: 9 pairs" in embedmark("plan", "small.yaml", "--only", "길이").out


@pytest.mark.parametrize(("file", "content", "options", "columns"), [
    ("p.csv", 'x,"y, z",1\nx,y,2\n', ["--columns", "1,2,3"], "3, no header line; used: 1, 2, 3"),
    ("p.txt", "a,b,sim\nx,y,1\nz,y,2\n", ["--format", "csv", "--columns", "{sentence1: a, sentence2: b, score: sim}"],
     "a, b, sim; used: a, b, sim"),
    ("p.tsv", "sentence1\tsentence2\tscore\n\"x\ty\"\tz\t1\nx\ty\t2\n", ["--quoting", "minimal"], "used: sentence1"),
    ("p.jsonl", '{"a": "x", "b": "y", "s": 1}\n{"a": "x", "b": "z", "s": 1}\n', ["--columns", "a,b,s"],
     "a, b, s; used: a, b, s"),
    ("p.tsv", "sentence1\tsentence2\tscore\n가\t나\t1\n다\t라\t2\n", ["--encoding", "cp949"], "used: sentence1"),
])  # fmt: skip
def test_every_option_of_an_entry(embedmark, work, file, content, options, columns):
    (work / file).write_bytes(content.encode("cp949" if "cp949" in options else "utf-8"))
    done = embedmark("datasets", "check", file, *options)
    assert done.code == 0, done.err
    assert columns in done.out
    suite = {
        "providers": [{"name": "l", "use": "lexical"}],
        "datasets": [entry_of(done.out)],
        "measure": {"accuracy": {}},
    }
    parse_suite(suite, path=work / "s.yaml")


@pytest.mark.parametrize(("arguments", "words"), [
    (["이상한.tsv"], ["no column 'sentence1'", "이상한.tsv:1", "its columns are 문장1, 문장2, 점수, 출처"]),
    (["이상한.tsv", "--columns", "문장1,문장2,출처"], ["not a finite number", "이상한.tsv:2, column 출처"]),
    (["이상한.tsv", "--columns", "문장1,문장2"], ["names 2 columns, and three are needed", "--columns a,b,gold"]),
    (["이상한.tsv", "--columns", "{문장: 1"], ["is not a mapping"]),
    (["이상한.tsv", "--columns", "{sentense1: 1}"], ["columns.sentense1", "did you mean `sentence1`"]),
    (["이상한.tsv", "--name", "=x"], ["a spreadsheet would run it as a formula"]),
    (["없다.tsv"], ["there is no such data file"]),
    (["stsb/tset"], ["did you mean 'stsb/test'?"]),
])  # fmt: skip
def test_a_file_that_cannot_be_used_is_exit_2_with_its_place(embedmark, odd, arguments, words):
    done = embedmark("datasets", "check", *arguments)
    assert (done.code, done.out) == (2, "")
    for word in words:
        assert word in done.err


def test_the_same_score_for_every_pair(embedmark, work):
    (work / "p.tsv").write_text("sentence1\tsentence2\tscore\na\tb\t1\nc\td\t1.0\n", encoding="utf-8")
    assert "every pair has the same score" in embedmark("datasets", "check", "p.tsv").out


def test_a_name_of_the_catalogue(embedmark, work, monkeypatch):
    out = embedmark("datasets", "check", "ko-sample").out
    assert "pairs    60" in out
    assert "a smoke sample, not a benchmark" in out
    assert entry_of(out) == "ko-sample"
    monkeypatch.setenv("EMBEDMARK_CACHE", str(work / "empty"))
    done = embedmark("datasets", "check", "stsb/test")
    assert done.code == 2
    assert "embedmark datasets pull stsb" in done.err


def test_it_says_what_will_be_measured(embedmark, work):
    rows = [f"문장 {i}\tsentence {i // 2}\t{i % 6}" for i in range(300)]
    (work / "p.tsv").write_text("sentence1\tsentence2\tscore\n" + "\n".join(rows) + "\n", encoding="utf-8")

    out = embedmark("datasets", "check", "p.tsv").out

    for words in (
        "pairs    300\n",
        "tenths from 0 to 5, at most 50 pairs in one",
        "450 different, 4 to 12 characters",
        "letters  Latin letters 67 %, Korean 33 %",
        "150 texts are in several pairs, one in 2; intervals allow for that",
        "300 pairs can show differences of 0.09 or more",
    ):
        assert words in out


def test_gold_of_two_values_is_told(embedmark, work):
    rows = [f"a {i}\tb {i}\t{int(i % 4 == 0)}" for i in range(20)]
    (work / "p.tsv").write_text("sentence1\tsentence2\tscore\n" + "\n".join(rows), encoding="utf-8")

    assert "5 of 20 are 1, the others 0: judged by average precision" in embedmark("datasets", "check", "p.tsv").out


def test_other_keys_of_an_entry_are_options(embedmark, work):
    (work / "p.tsv").write_text("split\tsentence1\tsentence2\tscore\nt\ta\tb\t1\nt\tc\td\t2\nx\te\tf\t3\n", "utf-8")

    out = embedmark("datasets", "check", "p.tsv", "--option", "where={split: t}", "--option", "normalize=nfc").out

    assert "pairs    2 of 3 rows" in out
    assert entry_of(out) == {"path": "p.tsv", "where": {"split": "t"}, "normalize": "nfc"}


def test_tokens_of_a_suites_providers_are_counted(embedmark, work):
    (work / "p.tsv").write_text("sentence1\tsentence2\tscore\nab\tcd\t1\nef\tabcd\t2\n", "utf-8")

    out = embedmark("datasets", "check", "p.tsv", "--suite", "small.yaml").out

    assert "tokens   길이: 10, 2.5 a text, 1.00 a character; 0 texts are cut" in out


def test_official_dataset_is_checked_in_the_users_folder(embedmark, work):
    rows = "".join(f"g\tf\t2012\t{i}\t{i}\ta {i}\tb {i}\n" for i in range(6))
    (work / "k").mkdir()
    (work / "k" / "sts-test.tsv").write_text(
        "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n" + rows, encoding="utf-8"
    )

    refused = embedmark("datasets", "check", "korsts/test")
    done = embedmark("datasets", "check", "k", "--name", "korsts/test")

    assert refused.code == 2
    assert "embedmark datasets check FOLDER_OR_ARCHIVE with --name korsts/test" in refused.err
    assert done.code == 0, done.err
    assert "pairs    6" in done.out


def test_catalogue_shows_all_that_is_known_of_a_dataset(embedmark):
    out = embedmark("datasets", "list", "biosses").out

    assert "pairs      not checked" in out
    assert "MTEB       BIOSSES" in out
    assert "sha256 not checked" in out
