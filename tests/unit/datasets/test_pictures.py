"""Images of every mode, each drawn here; four photos with a licence are in the shared data."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embedmark.datasets.pictures import MAX_PIXELS, decode_image
from embedmark.errors import DatasetError

RED, WHITE = (255, 0, 0), (255, 255, 255)


def halves(mode: str, left: object, right: object) -> Image.Image:
    """40 x 20 pixels: the left half of one colour, the right half of another."""
    image = Image.new(mode, (40, 20), right)  # type: ignore[arg-type]
    image.paste(left, (0, 0, 20, 20))  # type: ignore[arg-type]
    return image


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    assert image.mode == "RGB"
    return [image.getpixel((5, 10)), image.getpixel((35, 10))]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("name", "image", "options", "expected"),
    [
        ("rgb.png", halves("RGB", RED, WHITE), {}, [RED, WHITE]),
        ("grey.png", halves("L", 0, 128), {}, [(0, 0, 0), (128, 128, 128)]),
        ("bits.png", halves("1", 0, 1), {}, [(0, 0, 0), WHITE]),
        ("deep.png", halves("I;16", 0, 65_535), {}, [(0, 0, 0), WHITE]),
        ("alpha.png", halves("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), {}, [RED, WHITE]),
        ("half.png", halves("RGBA", (255, 0, 0, 255), (0, 0, 0, 128)), {}, [RED, (127, 127, 127)]),
        ("greyalpha.png", halves("LA", (0, 255), (0, 0)), {}, [(0, 0, 0), WHITE]),
        ("palette.png", halves("RGB", RED, (0, 0, 255)).quantize(2), {}, [RED, (0, 0, 255)]),
        ("clear.png", halves("RGB", RED, (0, 0, 255)), {"transparency": (0, 0, 255)}, [RED, WHITE]),
        ("lossless.webp", halves("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), {"lossless": True}, [RED, WHITE]),
        ("grey.jpg", halves("L", 0, 255), {}, [(0, 0, 0), WHITE]),
        ("print.jpg", halves("CMYK", (0, 255, 255, 0), (0, 0, 0, 0)), {"quality": 95}, [RED, WHITE]),
        ("print.tif", halves("CMYK", (0, 255, 255, 0), (0, 0, 0, 0)), {}, [RED, WHITE]),
        ("anim.gif", halves("L", 0, 255), {"save_all": True, "append_images": [halves("L", 9, 9)]}, [(0, 0, 0), WHITE]),
    ],
)
def test_every_mode_becomes_rgb(tmp_path: Path, name, image, options, expected):
    image.save(tmp_path / name, **options)
    found = colours(decode_image(tmp_path / name))
    np.testing.assert_allclose(found, expected, atol=3)


@pytest.mark.parametrize(("orientation", "at"), [(1, (5, 10)), (3, (35, 10)), (6, (10, 5)), (8, (10, 35))])
@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_exif_orientation_turns_it_upright(tmp_path: Path, orientation, at, ending):
    image = halves("RGB", RED, WHITE)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / f"turned.{ending}", exif=exif, quality=95)
    upright = decode_image(tmp_path / f"turned.{ending}")
    assert upright.size == ((40, 20) if orientation in (1, 3) else (20, 40))
    np.testing.assert_allclose(upright.getpixel(at), RED, atol=12)


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes that claim to be a picture of any size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_460, 100_000])  # just above the limit, and where Pillow itself refuses
def test_a_decompression_bomb_is_refused(tmp_path: Path, side, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS if side > 50_000 else None)
    assert side * side > MAX_PIXELS
    (tmp_path / "bomb.png").write_bytes(png_that_says(side, side))
    with pytest.raises(DatasetError, match="decompression bomb"):
        decode_image(tmp_path / "bomb.png")


def jpeg(path: Path) -> bytes:
    Image.effect_noise((64, 64), 90).save(path / "whole.jpg")
    return (path / "whole.jpg").read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda path: jpeg(path)[:900], "broken"),
        (lambda path: png_that_says(50, 50), "broken"),
        (lambda path: b"", "not an image"),
        (lambda path: "그림이 아니다".encode(), "not an image"),
        (lambda path: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
        (lambda path: jpeg(path)[:40], "image"),
    ],
    ids=["cut short", "too little data", "empty", "text", "eps", "header only"],
)
def test_what_cannot_be_read_says_so(tmp_path: Path, content, message):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content(tmp_path))
    with pytest.raises(DatasetError, match=message) as caught:
        decode_image(path)
    assert caught.value.where == str(path)


def test_floating_point_pixels_are_refused(tmp_path: Path):
    Image.new("F", (4, 4), 0.5).save(tmp_path / "f.tif")
    with pytest.raises(DatasetError, match="floating-point"):
        decode_image(tmp_path / "f.tif")


def test_photos(shared: Path):
    photos = sorted((shared / "data" / "sbert-images").glob("*.jpg"))
    assert len(photos) == 4
    for photo in photos:
        image = decode_image(photo)
        assert image.mode == "RGB"
        assert min(image.size) > 200
        assert np.asarray(image).std() > 20


def test_the_core_imports_no_pillow():
    code = (
        "import sys, embedmark.api, embedmark.planning.jobs, embedmark.measure.runner, embedmark.report.tables.summary;"
        "print('PIL' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "False\n"
