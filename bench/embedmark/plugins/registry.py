"""Finding providers: entry points and files. Names are listed from metadata; only what a suite names is imported."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, cast

from embedmark.api import Provider
from embedmark.api.secrets import remember, variables_in
from embedmark.errors import EmbedmarkError, RegistryError, words_of
from embedmark.machine.process import put_back
from embedmark.plugins.file import as_class, class_in_file, is_file, line_of, missing_module
from embedmark.plugins.shape import check_keywords, check_shape, place_of, source_file

GROUP = "embedmark.providers"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A provider as its distribution's metadata names it; nothing has been imported."""

    name: str
    target: str
    distribution: str
    version: str


def installed_points() -> tuple[EntryPoint, ...]:
    """Return the entry points of all installed providers. Metadata is read again when a folder on the path changes."""
    return _points(entry_points, tuple((folder, _changed(folder)) for folder in sys.path))


@lru_cache(maxsize=1)
def _points(find: Callable[..., Iterable[EntryPoint]], _: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    return tuple(find(group=GROUP))


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def plugins() -> tuple[Plugin, ...]:
    """Return all installed providers, by name. A name may be there twice: load_class() then refuses it."""
    found = {_plugin(point) for point in installed_points()}
    return tuple(sorted(found, key=lambda plugin: (plugin.name, plugin.distribution)))


def load_class(use: str, *, folder: Path) -> type[Any]:
    """Return the class that `use` names: an entry-point name, or `./file.py:Class` relative to `folder`.

    Raises RegistryError: no such name (did you mean ...), claimed twice, an import that fails, a missing class.
    """
    if is_file(use):
        return class_in_file(use, folder)
    points = [point for point in installed_points() if point.name == use]
    claims = sorted({_plugin(point) for point in points}, key=lambda plugin: plugin.distribution)
    if not claims:
        _refuse_preset(use)
        names = sorted({plugin.name for plugin in plugins()})
        close = difflib.get_close_matches(use, names, n=1)
        raise RegistryError(
            f"no provider is called {use!r}" + (f"; did you mean {close[0]!r}?" if close else ""),
            hint=f"one of: {', '.join(names)}; or ./my_provider.py:MyProvider for your own file",
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
    return construct(load_class(use, folder=folder), use, model=model, options=options, folder=folder)


def construct(
    cls: type[Any],
    label: str,
    *,
    model: str | None = None,
    options: Mapping[str, Any] | None = None,
    folder: Path | None = None,
) -> Provider:
    """create(), for a class that is already here; `label` names it in errors."""
    keywords = dict(options or {})
    if model is not None:
        relative = model.startswith(("./", "../"))
        keywords["model"] = str(((folder or Path.cwd()) / model).absolute()) if relative else model
    check_keywords(label, cls, keywords)
    for name, value in keywords.items():
        if name.endswith("_env") and isinstance(value, str):
            remember(value)  # api_key_env: what this variable holds is a key, whatever its name
    for variable in variables_in(keywords.get("headers")):
        remember(variable)
    try:
        with put_back():
            provider = cls(**keywords)
            info = provider.info
    except EmbedmarkError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RegistryError(
            f"provider {label!r} cannot be constructed: {words_of(error)}",
            where=line_of(error, source_file(cls)) or place_of(cls),
            hint="the constructor must be cheap and only check options; code that can fail belongs in load()",
        ) from error
    check_shape(label, cls, info)
    return cast(Provider, provider)


def _refuse_preset(use: str) -> None:
    """Raise RegistryError with what to type if `use` is a preset of a provider."""
    for plugin in plugins():
        try:
            known = getattr(load_class(plugin.name, folder=Path.cwd()), "presets", ())
        except EmbedmarkError:
            continue
        if isinstance(known, tuple | list | set | frozenset) and use in known:
            raise RegistryError(
                f"{use!r} is a preset of the provider {plugin.name}",
                hint=f"use: {plugin.name}, preset: {use}",
            )


def _plugin(point: EntryPoint) -> Plugin:
    dist = point.dist
    return Plugin(point.name, point.value, dist.name if dist else "unknown", dist.version if dist else "")


def _import(point: EntryPoint, plugin: Plugin) -> type[Any]:
    try:
        with put_back():
            found = point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RegistryError(
            f"provider {plugin.name!r} cannot be imported: {words_of(error)}",
            where=f"{plugin.target} of {plugin.distribution} {plugin.version}",
            hint=missing_module(error) or f"reinstall it: pip install --force-reinstall {plugin.distribution}",
        ) from error
    return as_class(found, plugin.target)
