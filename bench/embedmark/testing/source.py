"""Where a provider comes from, so that it can be constructed here and once more in another process."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from embedmark.api import Provider
from embedmark.plugins.registry import construct, create
from embedmark.plugins.shape import source_file
from embedmark.testing.verdicts import CheckSkipped


@dataclass(frozen=True, slots=True)
class Source:
    """A provider as a suite names it, or its class.

    Attributes:
        use: an entry-point name, `./file.py:Class`, or the class itself.
        model: passed on as `model=` if given.
        options: keywords of the constructor.
        folder: what relative paths are relative to; default: the working directory.
    """

    use: str | type[Any]
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    def create(self) -> Provider:
        """Construct it. Raises RegistryError and UsageError, as `embedmark.plugins.registry.create`."""
        if isinstance(self.use, str):
            return create(self.use, model=self.model, options=self.options, folder=self.folder)
        return construct(self.use, self.use.__name__, model=self.model, options=self.options, folder=self.folder)

    def as_json(self) -> str:
        """Return what another process needs to construct it. Raises CheckSkipped where it cannot."""
        place: dict[str, str | None]
        if isinstance(self.use, str):
            place = {"use": self.use}
        elif "<locals>" in self.use.__qualname__:
            raise CheckSkipped("the class is defined inside a function, where another process cannot import it")
        else:
            place = {
                "module": self.use.__module__,
                "name": self.use.__qualname__,
                "file": source_file(self.use),
            }
        try:
            return json.dumps(
                {**place, "model": self.model, "options": dict(self.options), "folder": str(self.folder or Path.cwd())}
            )
        except TypeError as error:
            raise CheckSkipped(f"the options cannot be sent to another process: {error}") from None


def from_json(text: str) -> Source:
    """Return the other end of `Source.as_json`."""
    told = json.loads(text)
    use = told.get("use") or _class(told["module"], told["name"], told["file"])
    return Source(use, told["model"], told["options"], Path(told["folder"]))


def _class(module_name: str, qualname: str, file: str | None) -> type[Any]:
    module: Any = _module(module_name, file)
    for part in qualname.split("."):
        module = getattr(module, part)
    return module  # type: ignore[no-any-return]


def _module(name: str, file: str | None) -> ModuleType:
    # A test file's module name (or __main__) may mean nothing in another process; its path does.
    try:
        found = importlib.import_module(name) if name != "__main__" else None
    except ImportError:
        found = None
    if found is not None and (file is None or getattr(found, "__file__", None) == file):
        return found
    spec = importlib.util.spec_from_file_location("embedmark_provider_under_test", file) if file else None
    if spec is None or spec.loader is None:
        raise ImportError(f"module {name!r} cannot be imported here")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
