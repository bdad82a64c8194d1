"""Keys of an entry for the files that people have: each reads what it says, and what is left out is counted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from embedmark.datasets import Columns, load_file
from embedmark.errors import DatasetError

if TYPE_CHECKING:
    from conftest import Write

HEAD = "sentence1\tsentence2\tscore\n"
NUMBERS = Columns(1, 2, 3)


def failure(path: Path, **options: object) -> DatasetError:
    with pytest.raises(DatasetError) as caught:
        load_file(path, name="x", **options)
    return caught.value


def test_stsb_as_released_has_lines_of_7_and_9_columns(write: Write) -> None:
    lines = [f"g\tf\t2012\t{i}\t{i / 2}\ta, {i}\tb {i}" + "\thttp://x\thttp://y" * (i % 2) for i in range(6)]
    path = write("sts-test.csv", "\n".join(lines))

    data = load_file(path, name="x", columns=Columns(6, 7, 5))

    assert data.gold.tolist() == [0, 0.5, 1, 1.5, 2, 2.5]
    assert data.sentence2[1] == "b 1"
    assert data.notes[0] == "cells are separated by tabs: read as `format: tsv`"
    assert data.notes[1].startswith("3 lines have 7, 3 lines have 9 columns")


def test_line_with_stray_tab_is_an_error_that_can_be_skipped(write: Write) -> None:
    path = write("a.tsv", "1\ta\tb\n2\tc\td\td\n3\te\tf\n")

    error = failure(path, columns=Columns(2, 3, 1))
    data = load_file(path, name="x", columns=Columns(2, 3, 1), on_bad_row="skip")

    assert error.message == "line 2 has 4 fields where the first line has 3"
    assert "`on_bad_row: skip`" in str(error.hint)
    assert data.gold.tolist() == [1, 3]
    assert data.notes == (
        "1 of 3 rows cannot be read and were left out (a.tsv:2: line 2 has 4 fields where the first line has 3)",
    )


@pytest.mark.parametrize("quoted", [1, 2])
def test_few_cells_that_pandas_quoted_are_noticed(write: Write, quoted: int) -> None:
    rows = [["plain", "plain too", str(i)] for i in range(9)]
    rows[4][quoted - 1] = '"The ""runs"" sign"'
    path = write("a.tsv", HEAD + "".join("\t".join(row) + "\n" for row in rows))

    (note,) = load_file(path, name="x").notes
    data = load_file(path, name="x", quoting="minimal")

    assert f"1 of 9 {'first' if quoted == 1 else 'second'} sentences look csv-quoted" in note
    assert (data.sentence1, data.sentence2)[quoted - 1][4] == 'The "runs" sign'
    assert data.notes == ()


def test_cell_longer_than_csv_allows_is_read(write: Write) -> None:
    path = write("a.csv", f'sentence1,sentence2,score\n"{"word " * 30_000}","b",1\n"c","d",2\n')

    assert len(load_file(path, name="x").sentence1[0]) == 150_000


@pytest.mark.parametrize("separator", ["\n", "\t", " [SEP] "])
def test_two_sentences_in_one_cell(write: Write, separator: str) -> None:
    path = write("a.csv", f'id,Text,Score\n1,"a{separator}b",0.5\n2,"c{separator}d",1\n')

    data = load_file(path, name="x", columns=Columns(text="Text", separator=separator, score="Score"))

    assert (data.sentence1, data.sentence2) == (("a", "c"), ("b", "d"))


def test_cell_without_its_separator_names_the_line(write: Write) -> None:
    path = write("a.csv", 'Text,Score\n"a\nb",1\n"c",2\n"d\ne",3\n')
    columns = Columns(text="Text", score="Score")

    error = failure(path, columns=columns)

    assert error.where == f"{path}:4, column Text"
    assert len(load_file(path, name="x", columns=columns, on_bad_row="skip")) == 2


def test_one_column_for_both_sentences_is_told_of_the_separator() -> None:
    with pytest.raises(DatasetError) as caught:
        Columns("Text", "Text", "Score")

    assert '`columns: {text: Text, separator: "\\n", score: Score}`' in str(caught.value.hint)


def test_dotted_paths_reach_into_objects(write: Write) -> None:
    rows = [{"s": {"a": f"a{i}", "b": "b"}, "labels": {"label": i, "real-label": i + 0.5}} for i in range(3)]
    path = write("klue.json", json.dumps(rows, indent=1))

    data = load_file(path, name="x", columns=Columns("s.a", "s.b", "labels.real-label"))

    assert data.sentence1 == ("a0", "a1", "a2")
    assert data.gold.tolist() == [0.5, 1.5, 2.5]


def test_error_in_a_json_array_names_its_line(write: Write) -> None:
    path = write("a.json", '[\n{"sentence1": "a", "sentence2": "b", "score": 1},\n{"sentence1": "a", "score": 1}\n]')

    error = failure(path)

    assert error.where == f"{path}:3"
    assert error.message == "there is no key 'sentence2' in this object"


def test_mean_of_annotators_is_the_score(write: Write) -> None:
    path = write("a.csv", "s1,s2,A,B,C\na,b,1,2,3\nc,d,4,,5\ne,f,,,\n")
    columns = Columns("s1", "s2", ("A", "B", "C"))

    error = failure(path, columns=columns)
    data = load_file(path, name="x", columns=columns, missing_score="skip")

    assert error.where == f"{path}:4, column A, B, C"
    assert data.gold.tolist() == [2.0, 4.5]


def test_european_excel_is_detected_and_said(write: Write) -> None:
    path = write("a.csv", "Satz1;Satz2;Wert\nSüß, ja;b;4,2\nc;d;1\n".encode("cp1252"))
    columns = Columns("Satz1", "Satz2", "Wert")

    data = load_file(path, name="x", columns=columns, encoding="cp1252")
    said = load_file(path, name="x", columns=columns, encoding="cp1252", delimiter=";", decimal=",")

    assert data.gold.tolist() == [4.2, 1.0]
    assert data.notes == (
        'cells are separated by semicolons: read as `delimiter: ";"`',
        'scores have a decimal comma: read as `decimal: ","`',
    )
    assert (said.sha256, said.notes) == (data.sha256, ())


def test_backslash_escapes(write: Write) -> None:
    path = write("a.csv", 'sentence1,sentence2,score\n"say \\"hi\\", you",b,1\nc,d,2\n')

    hint = failure(path).hint

    assert "`escape: backslash`" in str(hint)
    assert load_file(path, name="x", escape="backslash").sentence1[0] == 'say "hi", you'


def test_lines_before_the_table_are_skipped(write: Write) -> None:
    path = write("a.tsv", "# made in 2026\n# by me\n" + HEAD + "a\tb\t1\nc\td\tx\ne\tf\t2\n")

    error = failure(path, skip_lines=2)
    data = load_file(path, name="x", skip_lines=2, on_bad_row="skip")

    assert error.where == f"{path}:5, column score"
    assert data.gold.tolist() == [1, 2]


def test_numbers_with_a_header_line(write: Write) -> None:
    path = write("a.tsv", "x\tx\tx\n1\ta\tb\n2\tc\td\n")
    columns = Columns(2, 3, 1)

    hint = failure(path, columns=columns).hint

    assert "`header: true`" in str(hint)
    assert load_file(path, name="x", columns=columns, header=True).gold.tolist() == [1, 2]


@pytest.mark.parametrize(("where", "kept"), [
    ({"split": "test"}, ["1", "3"]), ({"year": 2016}, ["2", "3"]), ({"split": ["dev", "test"], "year": 2015}, ["1"]),
])  # fmt: skip
def test_rows_that_count(write: Write, where: dict[str, object], kept: list[str]) -> None:
    path = write("a.tsv", f"split\tyear\t{HEAD}test\t2015\ta\tb\t1\ndev\t2016\ta\tb\t2\ntest\t2016\ta\tb\t3\n")
    if len(kept) == 1:
        assert "one pair only" in failure(path, where=where).message
        return

    data = load_file(path, name="x", where=where)

    assert data.gold.tolist() == [float(score) for score in kept]
    assert data.notes == ("2 of 3 rows are those of `where`",)


def test_value_that_no_row_has_is_an_error_with_those_there_are(write: Write) -> None:
    path = write("a.tsv", f"split\t{HEAD}test\ta\tb\t1\ndev\ta\tb\t2\n")

    error = failure(path, where={"split": "tset"})

    assert error.message == "no row has split: tset"
    assert error.hint == "did you mean 'test'? split has test, dev"


def test_splits_that_are_measured_together_are_noticed(write: Write) -> None:
    path = write("a.tsv", f"split\t{HEAD}test\ta\tb\t1\ntrain\ta\tb\t2\n")

    (note,) = load_file(path, name="x").notes

    assert "`where: {split: test}`" in note


def test_words_stand_for_scores(write: Write) -> None:
    path = write("a.csv", "premise,hypothesis,label\na,b,entailment\nc,d,neutral\ne,f,-\n")
    columns = Columns("premise", "hypothesis", "label")
    labels = {"contradiction": 0, "neutral": 1, "entailment": 2}

    error = failure(path, columns=columns, labels=labels)
    data = load_file(path, name="x", columns=columns, labels=labels, on_bad_row="skip")

    assert error.message == "the label '-' has no score in `labels`"
    assert data.gold.tolist() == [2, 1]


@pytest.mark.parametrize("words", [("yes", "no"), ("True", "False"), ("1", "0"), ("1.0", "0")])
def test_booleans_however_they_are_written(write: Write, words: tuple[str, str]) -> None:
    path = write("a.csv", f"sentence1,sentence2,score\na,b,{words[0]}\nc,d,{words[1]}\n")

    assert load_file(path, name="x").gold.tolist() == [1, 0]
    if not words[0].startswith("1."):
        labels = {True: 5, False: 3} if not words[0].isdecimal() else {1: 5, 0: 3}
        assert load_file(path, name="x", labels=labels).gold.tolist() == [5, 3]


@pytest.mark.parametrize(
    ("values", "gold"), [(("4.2", " 1 "), [4.2, 1]), ((True, False), [1, 0]), ((3, "0.5"), [3, 0.5])]
)
def test_scores_as_strings_and_booleans(write: Write, values: tuple[object, object], gold: list[float]) -> None:
    lines = [json.dumps({"sentence1": "a", "sentence2": "b", "score": value}) for value in values]

    assert load_file(write("a.jsonl", "\n".join(lines)), name="x").gold.tolist() == gold


@pytest.mark.parametrize("empty", ["", "NA", "nan", "null"])
def test_missing_scores_are_an_error_or_counted(write: Write, empty: str) -> None:
    path = write("a.tsv", f"{empty}\ta\tb\n1\tc\td\n{empty}\te\tf\n2\tg\th\n")
    columns = Columns(2, 3, 1)

    error = failure(path, columns=columns)
    data = load_file(path, name="x", columns=columns, missing_score="skip")

    assert error.where == f"{path}:1, column 1"
    assert "`missing_score: skip`" in str(error.hint)
    assert data.gold.tolist() == [1, 2]
    assert data.notes == ("2 of 4 rows have no score and were left out",)
    assert load_file(path, name="x", columns=columns, on_bad_row="skip").sha256 == data.sha256


def test_every_row_left_out_is_an_error(write: Write) -> None:
    path = write("a.tsv", HEAD + "a\tb\t\nc\td\t\n")

    assert "every row was left out" in failure(path, missing_score="skip").message


def test_scores_in_files_of_their_own(write: Write, tmp_path: Path) -> None:
    for name, texts, scores in (("A", "a\tb\nc\td\thttp\n", "1.5\n\n"), ("B", "e\tf\ng\th\n", "2\n3\n")):
        write(f"STS.input.{name}.txt", texts)
        write(f"STS.gs.{name}.txt", scores)

    data = load_file(
        "STS.input.*.txt", scores="STS.gs.*.txt", name="x", folder=tmp_path, missing_score="skip", on_bad_row="skip"
    )

    assert data.sentence1 == ("a", "e", "g")
    assert data.gold.tolist() == [1.5, 2, 3]


def test_scores_of_another_length_are_an_error(write: Write) -> None:
    texts, scores = write("in.txt", "a\tb\nc\td\n"), write("gs.txt", "1\n2\n3\n")

    error = failure(texts, scores=str(scores))

    assert error.message == "the file of scores has 3 lines, and the texts have 2 rows"


def test_several_files_are_one_dataset(write: Write, tmp_path: Path) -> None:
    write("a1.tsv", HEAD + "a\tb\t1\n")
    write("a2.csv", HEAD.replace("\t", ",") + "c,d,2\n")

    by_list = load_file(["a1.tsv", "a2.csv"], name="x", folder=tmp_path)
    by_glob = load_file("a?.*sv", name="x", folder=tmp_path)

    assert by_list.sentence1 == ("a", "c")
    assert by_glob.sha256 == by_list.sha256


def test_files_with_other_columns_are_told_apart(write: Write, tmp_path: Path) -> None:
    write("a.tsv", HEAD + "a\tb\t1\n")
    write("b.tsv", "id\tsentence1\tsentence2\tlabel\n1\tc\td\t2\n")

    error = failure(["a.tsv", "b.tsv"], folder=tmp_path)  # type: ignore[arg-type]

    assert error.where == f"{tmp_path / 'b.tsv'}:1"
    assert "score: label" in str(error.hint)
    assert "one entry for each file" in str(error.hint)


@pytest.mark.parametrize(("path", "message"), [
    ("https://example.org/pairs.tsv", "URLs are not read"), ("no*.tsv", "no file matches"), ([], "an empty list"),
    (["a.tsv", "a.tsv"], "a file twice"),
])  # fmt: skip
def test_paths_that_cannot_be(tmp_path: Path, path: str | list[str], message: str) -> None:
    assert message in failure(path, folder=tmp_path).message  # type: ignore[arg-type]


def test_texts_are_brought_to_a_unicode_form(write: Write) -> None:
    path = write("a.tsv", HEAD + "한글\tＡＢ\t1\n각\tab\t2\n")

    nfc = load_file(path, name="x", normalize="nfc")
    nfkc = load_file(path, name="x", normalize="nfkc")

    assert nfc.sentence1 == ("한글", "각")
    assert nfkc.sentence2 == ("AB", "ab")


@pytest.mark.parametrize(("keys", "message"), [
    ({"format": "tvs"}, "unknown format 'tvs'"), ({"decimal": ";"}, "unknown decimal"),
    ({"delimiter": "ab"}, "the delimiter is 'ab'"), ({"header": False}, "`header: false`"),
    ({"sheet": 2}, "sheet does not apply to TSV"), ({"normalize": "nfd"}, "unknown normalize"),
])  # fmt: skip
def test_keys_that_cannot_be(write: Write, keys: dict[str, object], message: str) -> None:
    assert message in failure(write("a.tsv", HEAD + "a\tb\t1\nc\td\t2\n"), **keys).message


@pytest.mark.parametrize(("words", "labels"), [
    (("entailment", "neutral", "contradiction"), "{contradiction: 0, neutral: 1, entailment: 2}"),
    (("low", "high"), "{low: 0, high: 1}"),
])  # fmt: skip
def test_words_in_place_of_scores_are_listed_as_labels(write: Write, words: tuple[str, ...], labels: str) -> None:
    path = write("a.csv", "sentence1,sentence2,score\n" + "".join(f"a,b,{word}\n" for word in words))

    hint = str(failure(path).hint)

    assert f"`labels: {labels}`" in hint
    assert len(load_file(path, name="x", labels=yaml.safe_load(labels))) == len(words)


def test_folder_as_a_path_is_told_of_a_glob(write: Write, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.tsv").write_text(HEAD + "a\tb\t1\nc\td\t2\n", encoding="utf-8")

    error = failure("data", folder=tmp_path)

    assert "`path: data/*.tsv`" in str(error.hint)
    assert len(load_file("data/*.tsv", name="x", folder=tmp_path)) == 2


def test_first_line_of_excel_that_names_the_separator(write: Write) -> None:
    path = write("a.csv", "sep=;\nsentence1;sentence2;score\na;b;1,5\nc;d;2\n")

    data = load_file(path, name="x")

    assert data.gold.tolist() == [1.5, 2.0]
    assert data.notes[0] == "its first line says that cells are separated by ';'"


def test_texts_without_scores_are_told_of_the_file_beside_them(write: Write) -> None:
    path = write("STS.input.MSRpar.txt", "a\tb\nc\td\n")
    write("STS.gs.MSRpar.txt", "1\n2\n")

    hint = str(failure(path, columns=NUMBERS).hint)

    assert f"`scores: {path.with_name('STS.gs.MSRpar.txt')}`" in hint
    columns = Columns(1, 2, ())
    assert len(load_file(path, name="x", columns=columns, scores="STS.gs.MSRpar.txt", folder=path.parent)) == 2


@pytest.mark.parametrize("name", ["sts-test.csv", "sts-test.tsv", "sts-test"])
def test_file_without_a_header_line_is_told_its_numbers(write: Write, name: str) -> None:
    """The numbers are those of the sentences and the score, so that they can be typed as they are."""
    lines = [f"main-captions\tMSRvid\t2012test\t000{i}\t{i / 2}\tA man, {i}\tSomeone {i}" for i in range(4)]
    path = write(name, "\n".join(lines))

    hint = str(failure(path).hint)
    found = re.search(r"`columns: (\{.*?\})`", hint)

    assert found is not None, hint
    assert yaml.safe_load(found[1]) == {"sentence1": 6, "sentence2": 7, "score": 5}
    assert load_file(path, name="x", columns=Columns(**yaml.safe_load(found[1]))).gold.tolist() == [0, 0.5, 1, 1.5]


def test_semicolons_under_other_names_are_told_their_columns(write: Write) -> None:
    path = write("a.csv", "Satz1;Satz2;Wert\na, b;c;1,5\nd;e;2\n")

    hint = str(failure(path).hint)

    assert "`columns: {sentence1: Satz1, sentence2: Satz2, score: Wert}`" in hint
    assert load_file(path, name="x", columns=Columns("Satz1", "Satz2", "Wert")).gold.tolist() == [1.5, 2]
