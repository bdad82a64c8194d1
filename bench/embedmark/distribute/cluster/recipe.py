"""How a worker makes a provider: by name, or out of a file that is shipped with the job."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedmark.api import Provider
from embedmark.files import write_atomically
from embedmark.planning.providers import PlannedProvider
from embedmark.plugins.file import is_file
from embedmark.plugins.registry import create


@dataclass(frozen=True, slots=True)
class ShippedRecipe:
    """The arguments of registry.create(), and the provider's file where it is one.

    Attributes:
        source: what is in the file that `use` names; None for an installed provider.
        threads: native threads of a worker.
    """

    use: str
    model: str | None
    options: Mapping[str, Any]
    folder: str
    source: bytes | None
    threads: int

    def make(self) -> Provider:
        """Construct the provider on this machine. Raises RegistryError, UsageError."""
        folder = Path(self.folder)
        return create(self.use_here(folder), model=self.model, options=self.options, folder=folder)

    def use_here(self, folder: Path) -> str:
        """Return `use` with a file that is here: the one of the suite if this machine has it, else a copy."""
        if self.source is None:
            return self.use
        name, _, class_name = self.use.rpartition(":")
        path = folder / Path(name).expanduser()
        if path.is_file() and path.read_bytes() == self.source:
            return self.use
        digest = hashlib.sha256(self.source).hexdigest()[:16]
        copy = Path(tempfile.gettempdir()) / f"embedmark-{digest}" / path.name
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(copy, self.source)
        return f"{copy}:{class_name}"


def recipe_of(planned: PlannedProvider, folder: Path, default_threads: int | None) -> ShippedRecipe:
    """Return how a worker makes a provider of the plan."""
    spec = planned.spec
    source = None
    if is_file(spec.use):
        source = (folder / Path(spec.use.rpartition(":")[0]).expanduser()).read_bytes()
    cores = max(1, int(spec.resources.cpu)) if spec.resources else 1
    return ShippedRecipe(
        use=spec.use,
        model=spec.model,
        options=spec.keywords,
        folder=str(folder.resolve()),
        source=source,
        threads=spec.threads or default_threads or cores,
    )
