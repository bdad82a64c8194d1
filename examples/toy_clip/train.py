"""Train a toy CLIP from scratch, and write it with the held-out pictures: python examples/toy_clip/train.py OUT.

One thread, the same result for the same seed on the same machine, 40 to 90 seconds of computing. OUT gets

    model/                 the model, saved as clip-ViT-B-32 is saved
    pictures/              held-out pictures, PNG
    captions_en.csv        image, caption: four captions a picture
    captions_ko.csv
    graded.csv             image, text, score: how many of four parts a text gets right
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

from model import make_model, make_processor, save
from pictures import LANGUAGES, WORDINGS, Combination, caption, draw, every_caption, split

if TYPE_CHECKING:
    import torch

SIDE = 32
STEPS = 330
BATCH = 128
_PICTURES_EACH = 12
_PEAK_RATE = 1e-3
_WARM_UP = 40


def train(
    steps: int,
    *,
    seed: int = 0,
    batch: int = BATCH,
    combinations: Sequence[Combination] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Any, Any]:
    """Train for `steps` steps; the model and its processor. Both towers learn from CLIP's symmetric loss."""
    import numpy as np
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    known = list(combinations or split()[0])
    processor = make_processor(SIDE, every_caption(known))
    model = make_model(processor, SIDE)
    drawn = [[np.asarray(draw(one, rng, SIDE)) for _ in range(_PICTURES_EACH)] for one in known]
    pixels = torch.from_numpy(np.array(drawn)).permute(0, 1, 4, 2, 3).contiguous()  # combination, picture, RGB, y, x
    mean = torch.tensor(processor.image_processor.image_mean).view(1, 3, 1, 1)
    std = torch.tensor(processor.image_processor.image_std).view(1, 3, 1, 1)
    optimizer = torch.optim.AdamW(_groups(model), betas=(0.9, 0.98))
    model.train()
    begun = time.perf_counter()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps)
        # No combination twice in a batch: the second one's caption would count as wrong for the first one's picture.
        chosen = rng.sample(range(len(known)), min(batch, len(known)))
        views = torch.tensor([rng.randrange(_PICTURES_EACH) for _ in chosen])
        images = (pixels[torch.tensor(chosen), views].float() / 255 - mean) / std
        texts = [caption(known[i], rng.choice(LANGUAGES), rng.randrange(4)) for i in chosen]
        loss = _loss(model, processor, images, texts)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 50 == 0:
            say(f"step {step + 1} of {steps}, loss {loss.item():.2f}, {time.perf_counter() - begun:.0f} s")
    model.eval()
    return model, processor


def _loss(model: Any, processor: Any, images: torch.Tensor, texts: list[str]) -> torch.Tensor:
    import torch
    from torch.nn.functional import cross_entropy, normalize

    tokens = processor.tokenizer(texts, padding=True, return_tensors="pt")
    seen = normalize(model.get_image_features(pixel_values=images).pooler_output, dim=-1)
    read = normalize(model.get_text_features(**tokens).pooler_output, dim=-1)
    logits = model.logit_scale.clamp(max=math.log(100)).exp() * seen @ read.T
    own = torch.arange(len(texts))
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def _rate(step: int, steps: int) -> float:
    """Learning rate: a short rise, then half a cosine down to a twentieth."""
    return _PEAK_RATE * min(1.0, (step + 1) / _WARM_UP) * (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps)))


def _groups(model: Any) -> list[dict[str, Any]]:
    weights = [p for name, p in model.named_parameters() if p.ndim >= 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim < 2 or "embed" in name]
    return [{"params": weights, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]


def write_data(folder: Path, held_out: Sequence[Combination], seed: int = 99) -> None:
    """Draw one picture of each combination, and write captions and graded pairs around them."""
    rng = random.Random(seed)
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    names = [f"{i:03d}.png" for i in range(1, len(held_out) + 1)]
    for name, one in zip(names, held_out, strict=True):
        draw(one, rng, SIDE).save(pictures / name)
    files = [f"pictures/{name}" for name in names]
    for language in LANGUAGES:
        captions = [
            (file, caption(one, language, wording))
            for file, one in zip(files, held_out, strict=True)
            for wording in range(len(WORDINGS[language]))
        ]
        _write(folder / f"captions_{language}.csv", ("image", "caption"), captions)
    _write(folder / "graded.csv", ("image", "text", "score"), _graded(files, held_out, rng))


def _graded(files: Sequence[str], held_out: Sequence[Combination], rng: random.Random) -> list[tuple[str, str, int]]:
    """For each picture and each score from 0 to 4, one text that shares so many parts with it, where there is one."""
    rows = []
    for file, one in zip(files, held_out, strict=True):
        for score in range(5):
            others = [other for other in held_out if one.shared(other) == score]
            if others:
                text = caption(rng.choice(others), LANGUAGES[len(rows) % 2], rng.randrange(4))
                rows.append((file, text, score))
    return rows


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    say = lambda text: print(text, file=sys.stderr)  # noqa: E731
    say(f"training a toy CLIP on drawn pictures, {options.steps} steps, one thread: 40 to 90 seconds")
    model, processor = train(options.steps, seed=options.seed, say=say)
    save(model, processor, options.out / "model")
    write_data(options.out, split()[1])
    say(f"wrote {options.out}: the model, 100 held-out pictures, captions in English and Korean")


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
