"""Images, of a provider that takes them: the same promises as for texts, in the same space."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from embedmark.errors import EmbedmarkError
from embedmark.testing.checks.model import Check, Group
from embedmark.testing.subject import Subject
from embedmark.testing.verdicts import CheckFailed, CheckSkipped

if TYPE_CHECKING:
    from PIL.Image import Image

_METHOD = "encode_images"


@cache
def pictures() -> tuple[Image, ...]:
    """Six different RGB pictures, of several sizes and shapes. Raises CheckSkipped without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        raise CheckSkipped("Pillow is not installed: pip install pillow") from None
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    ramp = np.tile(np.linspace(0, 255, 200, dtype=np.uint8)[None, :, None], (40, 1, 3))
    return (
        Image.fromarray(noise),
        Image.new("RGB", (64, 64), (200, 30, 30)),
        Image.fromarray(ramp),
        Image.new("RGB", (1, 1), (10, 200, 10)),
        Image.fromarray(ramp).rotate(90, expand=True),
        Image.new("RGB", (300, 7), (20, 20, 220)),
    )


def image_vectors(subject: Subject) -> str:
    rows = subject.finite(subject.rows(pictures(), _METHOD))
    if rows.shape[1] != subject.batch.shape[1]:
        raise CheckFailed(f"{rows.shape[1]} dimensions for images and {subject.batch.shape[1]} for texts: two spaces")
    zero = np.flatnonzero(~rows.any(axis=1))
    if len(zero):
        raise CheckFailed(f"the zero vector for image {zero[0]}, of size {pictures()[zero[0]].size}")
    return f"{rows.shape}, sizes from 1 x 1"


def image_order(subject: Subject) -> str:
    rows = subject.rows(pictures(), _METHOD)
    singles = np.concatenate([subject.rows([image], _METHOD) for image in pictures()])
    return subject.same(rows, singles, "images in a batch and one by one give different vectors")


def no_images(subject: Subject) -> str:
    try:
        reply = subject.call([], _METHOD)
    except EmbedmarkError as error:
        return f"refused by the provider: {error.message}"
    if len(reply.vectors):
        raise CheckFailed(f"no images, and a reply of shape {reply.vectors.shape}")
    return f"shape {reply.vectors.shape}"


IMAGES = Group(
    "images",
    (
        Check("image vectors", image_vectors, needs=("shape", "dtype", "finite")),
        Check("image order", image_order, needs=("image vectors",)),
        Check("no images", no_images, needs=("image vectors",)),
    ),
)
