"""Finding providers: entry points and files. Names are listed from metadata; only what a suite names is imported."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from embedmark.api import Provider, ProviderInfo
from embedmark.errors import EmbedmarkError, RegistryError

GROUP = "embedmark.providers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A provider as its distribution's metadata names it; nothing has been imported."""

    name: str
    target: str
    distribution: str
    version: str


def plugins() -> tuple[Plugin, ...]:
    """All installed providers, by name. The same name may stand twice: load_class() then refuses it."""
    found = {_plugin(point) for point in entry_points(group=GROUP)}
    return tuple(sorted(found, key=lambda plugin: (plugin.name, plugin.distribution)))


def load_class(use: str, *, folder: Path) -> type[Any]:
    """The class that `use` names: an entry-point name, or `./file.py:Class` relative to `folder`.

    Raises RegistryError: no such name (did you mean ...), claimed twice, an import that fails, a missing class.
    """
    if _is_file(use):
        return _class_in_file(use, folder)
    points = [point for point in entry_points(group=GROUP) if point.name == use]
    claims = sorted({_plugin(point) for point in points}, key=lambda plugin: plugin.distribution)
    if not claims:
        names = sorted({plugin.name for plugin in plugins()})
        close = difflib.get_close_matches(use, names, n=1)
        raise RegistryError(
            f"no provider is called {use!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
            hint=f"one of: {', '.join(names)}; or ./my_provider.py:MyProvider for a file of your own",
        )
    if len(claims) > 1:
        raise RegistryError(
            f"two distributions claim the provider name {use!r}: "
            + " and ".join(f"{claim.distribution} {claim.version} ({claim.target})" for claim in claims),
            hint=f"pip uninstall {claims[-1].distribution}",
        )
    return _import(points[0], claims[0])


def create(
    use: str, *, model: str | None = None, options: Mapping[str, Any] | None = None, folder: Path | None = None
) -> Provider:
    """Construct a provider; cheap, loads nothing.

    Args:
        use: an entry-point name, or `./file.py:Class`.
        model: passed on as `model=` if given. A path that begins with `.` is relative to `folder`.
        options: keywords of the constructor.
        folder: what relative paths are relative to; default: the working directory.

    Raises:
        RegistryError: as load_class(); an option that the constructor does not have; a class of the wrong shape.
        UsageError: what the constructor itself refuses.
    """
    folder = folder or Path.cwd()
    cls = load_class(use, folder=folder)
    keywords = dict(options or {})
    if model is not None:
        keywords["model"] = str((folder / model).absolute()) if model.startswith(("./", "../")) else model
    _check_keywords(use, cls, keywords)
    try:
        provider = cls(**keywords)
        info = provider.info
    except EmbedmarkError:
        raise
    except Exception as error:
        raise RegistryError(f"provider {use!r} cannot be constructed: {type(error).__name__}: {error}") from error
    _check_shape(use, cls, info)
    return cast(Provider, provider)


def parameters(cls: type[Any]) -> dict[str, inspect.Parameter]:
    """The options that a provider's constructor takes, `model` included."""
    found = inspect.signature(cls).parameters
    return {name: p for name, p in found.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def _plugin(point: EntryPoint) -> Plugin:
    dist = point.dist
    return Plugin(point.name, point.value, dist.name if dist else "unknown", dist.version if dist else "")


def _is_file(use: str) -> bool:
    path = use.rpartition(":")[0] or use
    return path.endswith(".py") or "/" in use or "\\" in use


def _import(point: EntryPoint, plugin: Plugin) -> type[Any]:
    try:
        cls = point.load()
    except Exception as error:
        raise RegistryError(
            f"provider {plugin.name!r} cannot be imported: {type(error).__name__}: {error}",
            where=f"{plugin.target} of {plugin.distribution} {plugin.version}",
            hint=f"install what it needs, or reinstall it: pip install --force-reinstall {plugin.distribution}",
        ) from error
    return _as_class(cls, plugin.target)


def _class_in_file(use: str, folder: Path) -> type[Any]:
    name, _, class_name = use.rpartition(":")
    if not name or not class_name.isidentifier():
        raise RegistryError(f"{use!r} does not name a class", hint=f"write {use.rstrip(':')}:ClassName")
    path = (folder / Path(name).expanduser()).resolve()
    if not path.is_file():
        raise RegistryError(f"there is no provider file {name!r}", where=str(path), hint="check the path")
    module = _run_file(path)
    if not hasattr(module, class_name):
        classes = [n for n, v in vars(module).items() if inspect.isclass(v) and v.__module__ == module.__name__]
        close = difflib.get_close_matches(class_name, classes, n=1)
        raise RegistryError(
            f"the file has no class {class_name!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
            where=str(path),
            hint=f"its classes: {', '.join(classes)}" if classes else "it defines no class",
        )
    return _as_class(getattr(module, class_name), f"{path}:{class_name}")


def _run_file(path: Path) -> ModuleType:
    # A module name of its own, so that two files called provider.py do not meet in sys.modules.
    module_name = f"embedmark_file_{abs(hash(str(path))):x}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise RegistryError("this is not a Python file", where=str(path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise RegistryError(f"syntax error: {error.msg}", where=f"{error.filename}:{error.lineno}") from error
    except EmbedmarkError:
        raise
    except Exception as error:
        raise RegistryError(
            f"the file cannot be imported: {type(error).__name__}: {error}", where=_last_line_in(path, error)
        ) from error
    return module


def _last_line_in(path: Path, error: Exception) -> str:
    trace = error.__traceback__
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}" if line else str(path)


def _as_class(found: object, where: str) -> type[Any]:
    if not inspect.isclass(found):
        raise RegistryError(f"a provider is a class; this is a {type(found).__name__}", where=where)
    return found


def _check_keywords(use: str, cls: type[Any], keywords: Mapping[str, Any]) -> None:
    signature = inspect.signature(cls)
    known = parameters(cls)
    takes_any = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
    for name in keywords:
        if name not in known and not takes_any:
            close = difflib.get_close_matches(name, known, n=1)
            raise RegistryError(
                f"provider {use!r} has no option {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
                hint=f"its options: {', '.join(known)}" if known else "it takes no options",
            )
    missing = [name for name, p in known.items() if p.default is p.empty and name not in keywords]
    if missing:
        how = "add `model:` to this provider" if missing[0] == "model" else f"add `options: {{{missing[0]}: ...}}`"
        raise RegistryError(f"provider {use!r} needs {', '.join(missing)}", hint=how)


def _check_shape(use: str, cls: type[Any], info: object) -> None:
    if not isinstance(info, ProviderInfo):
        raise RegistryError(
            f"provider {use!r}: `info` is a {type(info).__name__}, not an embedmark.api.ProviderInfo",
            hint="make `info` an attribute or a property, not a method",
        )
    missing = [name for name in ("load", "close") if not callable(getattr(cls, name, None))]
    if missing:
        raise RegistryError(f"provider {use!r} has no {' and no '.join(missing)}()", hint="see docs/providers.md")
    if "image" in info.modalities and not callable(getattr(cls, "encode_images", None)):
        raise RegistryError(
            f"provider {use!r} names the modality image and has no encode_images()",
            hint="add encode_images(images), or leave image out of info.modalities",
        )
    wanted = {"bi-encoder": ("encode", "aencode"), "cross-encoder": ("predict", "apredict")}.get(info.kind)
    if wanted is None:
        raise RegistryError(f"provider {use!r}: {info.kind!r} is no kind", hint="bi-encoder or cross-encoder")
    have = [name for name in ("encode", "aencode", "predict", "apredict") if callable(getattr(cls, name, None))]
    if len(have) != 1 or have[0] not in wanted:
        raise RegistryError(
            f"provider {use!r} is a {info.kind} and must have exactly one of {wanted[0]}() and async {wanted[1]}(); "
            f"it has {', '.join(have) or 'none'}"
        )
    if inspect.iscoroutinefunction(getattr(cls, have[0])) != have[0].startswith("a"):
        raise RegistryError(f"provider {use!r}: {have[0]}() must {'' if have[0][0] == 'a' else 'not '}be `async def`")
