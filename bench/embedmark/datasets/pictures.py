"""From an image file to RGB pixels: every mode that JPEG, PNG and WebP files have, upright, within a size limit."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from embedmark.errors import DatasetError
from embedmark.files import install_command

if TYPE_CHECKING:
    from PIL.Image import Image

# Pillow's own threshold for a warning: a quarter of a gigabyte as RGB.
MAX_PIXELS = 89_478_485
# Readers that only decode pixels. Pillow's others may run programs (EPS starts Ghostscript) or read other files.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
_EIGHT_BITS = "save it with 8 bits a channel"
_WHITE = (255, 255, 255, 255)


def require_pillow() -> None:
    """Raise DatasetError with the pip command where Pillow is not installed."""
    if importlib.util.find_spec("PIL") is None:
        raise DatasetError("datasets with images need Pillow, not installed here", hint=install_command("clip"))


def decode_image(path: Path) -> Image:
    """Return the image in a file as RGB, 8 bits a channel, turned upright by its EXIF orientation.

    Transparent parts are put on white: what a plain conversion shows there is whatever colour the file happens to
    keep under them, often black. 16-bit greyscale is scaled to 8. Of an animation, this is the first frame.

    Raises:
        DatasetError: not an image, broken, cut short, of another format, or of more than MAX_PIXELS pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # The limit below is stricter than Pillow's error, and holds whatever the process set for Pillow.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=[name for name in FORMATS if name in _known()]) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise _bomb(path, f"{file.width:,} x {file.height:,} pixels")
                file.load()
                return _rgb(ImageOps.exif_transpose(file), path)
    except DatasetError:
        raise
    except Image.DecompressionBombError:
        raise _bomb(path, "far too many pixels") from None
    except UnidentifiedImageError:
        raise DatasetError(
            "this is not an image that can be read", where=str(path), hint="use JPEG, PNG or WebP"
        ) from None
    except Exception as error:
        # A broken file makes Pillow raise OSError, SyntaxError, ValueError, struct.error and more.
        raise DatasetError(f"this image is broken: {_one_line(error)}", where=str(path)) from error


def _known() -> dict[str, object]:
    from PIL import Image

    Image.init()
    return dict(Image.OPEN)


def _rgb(image: Image, path: Path) -> Image:
    from PIL import Image

    if image.mode == "F":
        raise DatasetError("this image has floating-point pixels", where=str(path), hint=_EIGHT_BITS)
    if image.mode.startswith("I"):
        image = _eight_bits(image, path)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image)
    return image.convert("RGB")


def _eight_bits(image: Image, path: Path) -> Image:
    """Greyscale of more than 8 bits as mode L: 16-bit values divided by 257, so that 65,535 becomes 255."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65_535:
        raise DatasetError("this image has 32-bit pixels", where=str(path), hint=_EIGHT_BITS)
    deep = image.mode.startswith("I;16") or values.max() > 255
    return Image.fromarray(((values + 128) // 257 if deep else values).astype(np.uint8))


def _bomb(path: Path, size: str) -> DatasetError:
    return DatasetError(
        f"this image has {size}: refused as a decompression bomb, the limit is {MAX_PIXELS:,}",
        where=str(path),
        hint="save a smaller copy; models see a few hundred pixels a side",
    )


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:200] if text else type(error).__name__
