"""A provider out of a Python file, `./my_provider.py:MyProvider`, and one message for each way that can fail."""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from embedmark.errors import EmbedmarkError, RegistryError, words_of
from embedmark.machine.process import put_back


def is_file(use: str) -> bool:
    """Return True if `use` names a file, and not an entry point."""
    path = use.rpartition(":")[0] or use
    return path.endswith(".py") or "/" in use or "\\" in use


def class_in_file(use: str, folder: Path) -> type[Any]:
    """Return the class that `FILE:CLASS` names, the file relative to `folder`. Runs the file. Raises RegistryError."""
    name, _, class_name = use.rpartition(":")
    if not name or not class_name.isidentifier():
        raise RegistryError(f"{use!r} does not name a class", hint=f"write {use.rstrip(':')}:ClassName")
    try:
        path = (folder / Path(name).expanduser()).resolve()
        is_there = path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, no home folder, a NUL
        said = error.strerror if isinstance(error, OSError) else error
        raise RegistryError(f"there is no provider file {name[:80]!r}: {said}", hint="check the path") from None
    if not is_there:
        raise RegistryError(f"there is no provider file {name!r}", where=str(path), hint="check the path")
    module = _run_file(path)
    if not hasattr(module, class_name):
        classes = [n for n, v in vars(module).items() if inspect.isclass(v) and v.__module__ == module.__name__]
        close = difflib.get_close_matches(class_name, classes, n=1)
        raise RegistryError(
            f"the file has no class {class_name!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
            where=str(path),
            hint=f"its classes: {', '.join(classes)}" if classes else "it defines no class: write one",
        )
    return as_class(getattr(module, class_name), f"{path}:{class_name}")


def as_class(found: object, where: str) -> type[Any]:
    """`found`, if it is a class. Raises RegistryError."""
    if not inspect.isclass(found):
        raise RegistryError(
            f"a provider is a class; this is a {type(found).__name__}", where=where, hint="name the class itself"
        )
    return found


def missing_module(error: BaseException) -> str | None:
    """Return the remedy for a ModuleNotFoundError; None for other errors. A guessed package may be somebody else's."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    module = error.name.partition(".")[0]
    return f"install the package that ships `{module}` (its name may differ)"


def line_of(error: BaseException, file: str | None) -> str | None:
    """`file:line` of the last frame in `file` that an error went through."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{file}:{line}" if line else None


def _run_file(path: Path) -> ModuleType:
    # A module name of its own, so that two files called provider.py do not meet in sys.modules.
    module_name = f"embedmark_file_{hashlib.sha256(str(path).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise RegistryError("this is not a Python file", where=str(path), hint="its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        with put_back():
            spec.loader.exec_module(module)
    except SyntaxError as error:
        code = f": {error.text.strip()}" if error.text else ""
        raise RegistryError(
            f"syntax error: {error.msg}{code}", where=f"{error.filename}:{error.lineno}", hint="fix this line"
        ) from error
    except EmbedmarkError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RegistryError(
            f"the file cannot be imported: {words_of(error)}",
            where=line_of(error, str(path)) or str(path),
            hint=missing_module(error) or "fix this line; code that takes time or can fail belongs in load()",
        ) from error
    return module
