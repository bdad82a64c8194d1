"""Images of a run: each decoded once to see whether it can be, timed apart from everything else; then when needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from embedmark.api.items import ImageFile, Item
from embedmark.datasets import ImageDataset, decode_image
from embedmark.errors import DatasetError
from embedmark.measure.clock import Clock, Stopwatch
from embedmark.measure.error_text import one_line
from embedmark.measure.recorder import Recorder
from embedmark.notices.texts import unreadable_images
from embedmark.planning.jobs import Plan

# Decoded images that are kept at the same time, in bytes: three a pixel.
MAX_DECODED = 512 * 2**20


def checked_datasets(
    plan: Plan, clock: Clock, recorder: Recorder, say: Callable[[str], None]
) -> dict[str, ImageDataset]:
    """Check the images of every dataset that the plan needs; return these datasets by name."""
    checked: dict[str, ImageDataset] = {}
    for dataset in plan.datasets:
        if isinstance(dataset, ImageDataset) and plan.needs(dataset.name):
            say(f"decoding the {len(dataset.images)} images of {dataset.name}")
            checked[dataset.name] = check_images(dataset, clock, recorder)
    return checked


def check_images(dataset: ImageDataset, clock: Clock, recorder: Recorder) -> ImageDataset:
    """Decode every image once; the dataset with those marked that cannot be.

    Each of them is a row in failures.csv with its name. One row in samples.csv, of no provider, says how long the
    others took.
    """
    with contextlib.suppress(DatasetError):
        decode_image(dataset.images[0].path)  # loads Pillow and its readers, off the clock
    unreadable: dict[int, DatasetError] = {}
    elapsed = cpu = 0
    for i, image in enumerate(dataset.images):
        took = Stopwatch(clock)
        try:
            with took:
                decode_image(image.path)
        except DatasetError as broken:
            unreadable[i] = broken
        else:
            elapsed += took.elapsed_ns
            cpu += took.cpu_ns
    done = len(dataset.images) - len(unreadable)
    recorder.decoding(dataset.name, done, elapsed, cpu)
    for i, error in unreadable.items():
        recorder.bad_file(dataset.name, f"{dataset.images[i].name}: {one_line(error)}", error)
    if unreadable:
        names = [dataset.images[i].name for i in sorted(unreadable)]
        recorder.warn(unreadable_images(dataset.name, names, len(dataset.images)))
    return replace(dataset, unreadable=frozenset(unreadable))


def ready(items: Sequence[Item]) -> Sequence[Any]:
    """Return the items as a provider takes them: images decoded, at least one, at most MAX_DECODED bytes."""
    if not items or not isinstance(items[0], ImageFile):
        return items
    decoded: list[Any] = []
    size = 0
    for image in decoded_images(items):
        size += 3 * image.width * image.height
        if decoded and size > MAX_DECODED:
            break
        decoded.append(image)
    return decoded


def decoded_images(items: Sequence[Item]) -> Iterator[Any]:
    """Yield the images one after the other. Raises DatasetError: one that could be decoded before and no more."""
    return (decode_image(item.path) for item in items if isinstance(item, ImageFile))
