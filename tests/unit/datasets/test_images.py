from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from PIL import Image

from embedmark.datasets import CaptionColumns, GradedColumns, load_images, matrix_of
from embedmark.errors import DatasetError
from embedmark.files import install_command

CAPTIONS = """\
image,caption
pics/a.png,a red square
pics/b.png,푸른 사각형
pics/a.png,"red, and square"
pics/b.png,a red square
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pics").mkdir()
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (4, 4), colour).save(tmp_path / "pics" / f"{name}.png")
    return tmp_path


def captions(folder: Path, text: str = CAPTIONS, **options):
    (folder / "c.csv").write_text(text, encoding="utf-8")
    return load_images(folder / "c.csv", name="c", columns=CaptionColumns(), **options)


def test_captions_keep_each_image_and_text_once(folder):
    found = captions(folder)
    assert found.kind == "captions"
    assert [image.name for image in found.images] == ["pics/a.png", "pics/b.png"]
    assert found.texts == ("a red square", "푸른 사각형", "red, and square")
    assert found.pair_ids == ("1:1", "2:2", "1:3", "2:1")
    assert all(math.isnan(gold) for gold in found.gold)
    assert len(found.items("image")) == 2
    assert found.items("text") == list(found.texts)


def test_jsonl_columns_and_a_folder_of_their_own(folder):
    lines = [{"file": "a.png", "text": "빨강"}, {"file": "b.png", "text": "파랑"}]
    path = folder / "c.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    found = load_images(path, name="c", columns=CaptionColumns("file", "text"), folder=folder / "pics")
    assert found.texts == ("빨강", "파랑")
    assert found.images[0].path == folder / "pics" / "a.png"


def test_graded_pairs_have_scores(folder):
    (folder / "g.tsv").write_text("pics/a.png\tred\t5\npics/b.png\tred\t0.5\n", encoding="utf-8")
    found = load_images(folder / "g.tsv", name="g", columns=GradedColumns(1, 2, 3))
    assert (found.kind, found.gold.tolist()) == ("graded", [5.0, 0.5])
    assert found.pair_ids == ("1:1", "2:1")


def test_a_matrix_has_every_pair(folder):
    found = matrix_of("m", ["pics/a.png", "pics/b.png"], ["x", "y", "z"], folder)
    assert found.pair_ids == ("1:1", "1:2", "1:3", "2:1", "2:2", "2:3")


def test_the_hash_is_of_content_not_of_names(folder):
    before = captions(folder)
    (folder / "pics" / "a.png").rename(folder / "pics" / "z.png")
    renamed = captions(folder, CAPTIONS.replace("a.png", "z.png"))
    assert renamed.sha256 == before.sha256
    Image.new("RGB", (4, 4), "green").save(folder / "pics" / "z.png")
    assert captions(folder, CAPTIONS.replace("a.png", "z.png")).sha256 != before.sha256


def test_repeats_are_noted(folder):
    (folder / "pics" / "b.png").write_bytes((folder / "pics" / "a.png").read_bytes())
    found = captions(folder, CAPTIONS + "pics/a.png,a red square\n")
    assert len(found) == 4
    assert found.notes == (
        "1 captions are listed twice for the same image; each counts once",
        "1 of 2 images have the very bytes of another one",
    )


@pytest.mark.parametrize(
    ("text", "message", "where", "hint"),
    [
        ("image,caption\npics/A.png,x\npics/b.png,y\n", "no image 'pics/A.png'", "c.csv:2", "did you mean 'a.png'"),
        ("image,caption\npics/a.png,x\n,y\n", "name is empty", "c.csv:3", "fill it in"),
        ("image,caption\nhttps://x.org/a.png,x\n", "is an address", "c.csv:2", "download"),
        ("picture,caption\npics/a.png,x\n", "no column 'image'", "c.csv:1", "columns: {image: ..., caption: ...}"),
        ("image,caption\npics/a.png\n", "has 1 field", "c.csv:2", ""),
    ],
)
def test_errors_say_where(folder, text, message, where, hint):
    with pytest.raises(DatasetError, match=message) as caught:
        captions(folder, text)
    assert where in str(caught.value.where)
    assert hint in str(caught.value.hint)


def test_a_graded_pair_may_not_stand_twice(folder):
    (folder / "g.csv").write_text("image,text,score\npics/a.png,x,1\npics/a.png,x,2\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="already in line 2"):
        load_images(folder / "g.csv", name="g", columns=GradedColumns())


def test_without_pillow_the_command_is_named(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DatasetError) as caught:
        captions(folder)
    assert caught.value.hint == install_command("clip")
