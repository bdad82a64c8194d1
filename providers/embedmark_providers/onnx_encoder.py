"""`onnx`: an encoder exported to ONNX, run by onnxruntime on the CPU and pooled as its folder says."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.api import Embeddings, ProviderInfo
from embedmark.errors import NotAvailableError, OutOfMemoryError, ProviderError, UsageError
from embedmark_providers import _disk, _onnx_folder, _roles

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_SENTENCE = "sentence_embedding"  # the output of a graph that pools by itself


class OnnxProvider:
    """A bi-encoder from a folder with an exported transformer and its tokenizer.json.

    Options:
        model: folder, package:IMPORT_NAME/SUBPATH, cache:NAME, or a hub id whose repository holds an export.
        file: the graph within the folder; default: onnx/model.onnx or model.onnx, whichever is there.
        pooling: cls, mean, max, mean_sqrt_len_tokens, weightedmean or lasttoken; wins over the model's own.
        normalize: scale each vector to length 1; default: as the model's own layers say.
        revision: branch, tag or commit of a hub id.
        max_seq_length: tokens after which a text is cut; default: the model's own.
        threads: threads of a call; default: OMP_NUM_THREADS, which a suite's `threads` sets, else all cores.
        prompt: text put before each text.
        query: a mapping with a `prompt` for queries in place of it.
        document: the same for documents and for texts without a role.

    A graph with an output `sentence_embedding` pools by itself; `pooling` is then refused at load.
    """

    def __init__(  # noqa: PLR0913 - each option of the suite is a keyword
        self,
        model: str,
        *,
        file: str | None = None,
        pooling: str | None = None,
        normalize: bool | None = None,
        revision: str | None = None,
        max_seq_length: int | None = None,
        threads: int | None = None,
        prompt: str | None = None,
        query: Mapping[str, Any] | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> None:
        _disk.require("onnx", "onnxruntime", "tokenizers")
        _disk.check_positive("threads", threads)
        if pooling is not None and pooling not in _onnx_folder.POOLINGS:
            known = ", ".join(_onnx_folder.POOLINGS)
            raise UsageError(f"{pooling!r} is not a pooling", where="options.pooling", hint=f"one of: {known}")
        self._roles = _roles.read_roles(prompt, None, query, document)
        self._place = _disk.model_place(model, revision)
        if isinstance(self._place, Path):
            folder = _onnx_folder.read(self._place, file)
            _disk.check_max_seq_length(max_seq_length, folder.config)
        self._file = file
        self._pooling = pooling
        self._normalize = normalize
        self._revision = revision
        self._max_seq_length = max_seq_length
        self._threads = threads
        self._session: InferenceSession | None = None
        self._tokenizer: Tokenizer | None = None
        self._uncut: Tokenizer | None = None
        self._folder: _onnx_folder.Folder | None = None
        given = {
            "file": file,
            "pooling": pooling,
            "normalize": normalize,
            "max_seq_length": max_seq_length,
            "prompt": prompt,
            "query": query and dict(query),
            "document": document and dict(document),
        }
        self._info = ProviderInfo(
            plugin="onnx",
            model=model,
            kind="bi-encoder",
            revision=revision,
            device="cpu",
            recipe={key: value for key, value in given.items() if value is not None},
        )

    @property
    def info(self) -> ProviderInfo:
        """Dimension, limit and the model's own settings are known after load()."""
        return self._info

    def load(self) -> None:
        """Read the graph and the tokenizer. Raises ProviderError: no such model or hub, or a graph of another kind."""
        import onnxruntime

        place = self._place if isinstance(self._place, Path) else _from_hub(self._place, self._revision)
        folder = _onnx_folder.read(place, self._file)
        session = _open(folder.graph, self._threads)
        pools = _SENTENCE in [output.name for output in session.get_outputs()]
        if pools and self._pooling is not None:
            raise ProviderError("this graph pools by itself", where="options.pooling", hint="leave `pooling` out")
        limit = self._max_seq_length or folder.limit
        self._tokenizer, self._uncut = _tokenizers(folder, limit)
        self._session, self._folder = session, folder
        dim = session.get_outputs()[0].shape[-1]
        recipe = {
            "pooling": "in the graph" if pools else self._pooling or folder.pooling,
            "normalize": folder.normalize if self._normalize is None else self._normalize,
            "max_seq_length": limit,
            "file": str(folder.graph.relative_to(place)),
            "onnxruntime": onnxruntime.__version__,
        }
        self._info = replace(
            self._info,
            dim=dim if isinstance(dim, int) else None,
            max_tokens=limit,
            notes=folder.notes if self._pooling is None and not pools else (),
            recipe={**self._info.recipe, **recipe},
        )

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return vectors float32 (n, d), all texts in one batch. Raises ProviderError."""
        return Embeddings(self._vectors(texts, "document"))

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Do the same as encode(), with the prompt of queries."""
        return Embeddings(self._vectors(texts, "query"))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return tokens of each text with prompt and special tokens, before the model's limit cuts it."""
        if self._uncut is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        prepared = self._prepared(texts, "document")
        return [len(encoding.ids) for encoding in self._uncut.encode_batch(prepared)]

    def close(self) -> None:
        """Free the graph."""
        self._session = self._tokenizer = self._uncut = None

    def _prepared(self, texts: Sequence[str], role: _roles.Role) -> list[str]:
        prompt = self._roles[role].prompt or ""
        lower = self._folder is not None and self._folder.lower_case
        return [(prompt + text).lower() if lower else prompt + text for text in texts]

    def _vectors(self, texts: Sequence[str], role: _roles.Role) -> npt.NDArray[np.float32]:
        import numpy as np

        session, tokenizer, folder = self._session, self._tokenizer, self._folder
        if session is None or tokenizer is None or folder is None:
            raise ProviderError(f"{self._info.model!r} is not loaded", hint="call load() first")
        if not texts:
            raise ProviderError("encode() needs at least one text")
        encoded = tokenizer.encode_batch(self._prepared(texts, role))
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        known = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        names = [one.name for one in session.get_outputs()]
        pools = _SENTENCE in names
        wanted = _SENTENCE if pools else names[0]
        try:
            (found,) = session.run([wanted], {one.name: known[one.name] for one in session.get_inputs()})
        except KeyError as error:
            raise ProviderError(f"the graph needs an input that a tokenizer does not provide: {error}") from None
        except Exception as error:
            kind = OutOfMemoryError if "allocat" in str(error).lower() else ProviderError
            raise kind(f"onnxruntime failed: {_first_line(error)}", hint="a smaller batch size") from error
        vectors = found if pools else _onnx_folder.pool(found, mask, str(self._info.recipe["pooling"]))
        vectors = np.asarray(vectors, dtype=np.float32)
        if self._info.recipe["normalize"]:
            vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return np.ascontiguousarray(vectors)


def _open(graph: Path, threads: int | None) -> InferenceSession:
    """Return a session on the CPU, with its threads pinned. Raises ProviderError."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or int(os.environ.get("OMP_NUM_THREADS") or 0)
    options.inter_op_num_threads = 1
    # Idle threads that spin would slow the provider that is timed next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ProviderError(
            f"onnxruntime cannot read the graph: {_first_line(error)}", where=str(graph),
            hint="download or export the file again, with its external data if it has some",
        ) from error  # fmt: skip


def _tokenizers(folder: _onnx_folder.Folder, limit: int) -> tuple[Tokenizer, Tokenizer]:
    """Return the model's tokenizer, cutting at `limit` and padding; and one that does neither, to count tokens."""
    from tokenizers import Tokenizer

    cutting, uncut = (Tokenizer.from_file(str(folder.tokenizer)) for _ in range(2))
    cutting.enable_truncation(limit)
    cutting.enable_padding(**folder.padding)
    uncut.no_truncation()
    uncut.no_padding()
    return cutting, uncut


def _from_hub(name: str, revision: str | None) -> Path:
    """Fetch the export, the tokenizer and the layers' settings of a hub id. Raises NotAvailableError."""
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.txt", "*.onnx", "*.onnx_data", "onnx/*", "1_Pooling/*"]
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except Exception as error:
        raise NotAvailableError(
            f"{name!r} cannot be downloaded from the hub: {_first_line(error)}",
            hint="run once with a network, or give a local folder",
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
