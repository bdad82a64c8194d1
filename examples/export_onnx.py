"""Export a sentence-transformers encoder to ONNX, for the provider `onnx`: python examples/export_onnx.py MODEL FOLDER

FOLDER gets model.onnx (opset of torch's exporter, float32, batch and length free) beside the model's tokenizer and
settings. Needs: pip install onnx onnxscript.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path

import torch
from transformers import AutoModel, AutoTokenizer

from embedmark.api import resolve_model

SETTINGS = ("*.json", "*.txt", "1_Pooling/*.json")


class TokenVectors(torch.nn.Module):
    """The encoder with one output, the vectors of the tokens: pooling is the provider's."""

    def __init__(self, encoder: torch.nn.Module, names: list[str]) -> None:
        super().__init__()
        self.encoder, self.names = encoder, names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.encoder(**dict(zip(self.names, inputs, strict=True))).last_hidden_state


def export(model: Path, folder: Path) -> None:
    encoder, tokenizer = AutoModel.from_pretrained(model).eval(), AutoTokenizer.from_pretrained(model)
    example = dict(tokenizer(["a text", "a text that is longer than the other"], padding=True, return_tensors="pt"))
    free = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens")}
    folder.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        TokenVectors(encoder, list(example)),
        tuple(example.values()),
        folder / "model.onnx",
        input_names=list(example),
        output_names=["last_hidden_state"],
        dynamic_shapes=((free,) * len(example),),
        external_data=False,
    )
    for pattern in SETTINGS:
        for path in model.glob(pattern):
            target = folder / path.relative_to(model)
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    found = resolve_model(sys.argv[1])
    if not isinstance(found, Path):
        sys.exit(f"{sys.argv[1]} is not a model on this machine: give a folder or package:IMPORT_NAME/SUBPATH")
    export(found, Path(sys.argv[2]))
    print(sys.argv[2])
