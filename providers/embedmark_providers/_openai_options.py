"""The options of `openai`, checked, with what a preset and the environment say beneath them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from embedmark.api import Limits
from embedmark.errors import UsageError
from embedmark_providers import _server_options as check
from embedmark_providers._openai_roles import Role, base_model, make_role
from embedmark_providers._presets import Preset, find_preset

PATH = "/embeddings"
_OPENAI = "https://api.openai.com/v1"
_KEY_ENV, _URL_ENV = "OPENAI_API_KEY", "OPENAI_BASE_URL"
# Dimensions of OpenAI's models, and whether `dimensions` may make them smaller (platform.openai.com/docs/models).
_MODELS = {
    "text-embedding-ada-002": (1536, False),
    "text-embedding-3-small": (1536, True),
    "text-embedding-3-large": (3072, True),
}
# OpenAI's limits: 2,048 inputs and 300,000 tokens a request; 8,192 tokens an input, of which 8,191 are taken.
_INPUTS, _TOKENS, _TOKENS_PER_INPUT = 2048, 300_000, 8191


@dataclass(frozen=True, slots=True)
class Options:
    """What the provider works with.

    Attributes:
        url: the base address; `url_key` is what to type to set another.
        own: True if it is OpenAI itself.
        key_env: the environment variable that holds the key; None for no key.
        key_header: the header for the key in place of Authorization.
        headers, url_query: as the suite has them, before variables are put in.
        encoding: auto, base64, float or none.
        document, queries: how texts are sent.
        dim: dimension of the vectors, if it is known.
        recipe: all that changes a vector.
    """

    url: str
    url_key: str
    own: bool
    key_env: str | None
    key_header: str | None
    headers: Mapping[str, str]
    url_query: Mapping[str, str]
    encoding: str
    document: Role
    queries: Role
    limits: Limits
    dim: int | None
    notes: tuple[str, ...]
    recipe: Mapping[str, Any]


def check_account(*, own: bool) -> None:
    """Raise UsageError for a variable of the client that no header can hold.

    Args:
        own: True for OpenAI itself, which alone gets the account's organization and project.
    """
    for name in ("OPENAI_CUSTOM_HEADERS", *(("OPENAI_ORG_ID", "OPENAI_PROJECT_ID") if own else ())):
        lines = os.environ.get(name, "").split("\n")
        if not all(line.strip().isascii() and line.strip().isprintable() for line in lines):
            raise UsageError(
                f"{name} holds characters that a header cannot hold", where=name,
                hint=f"unset {name}, or export {name}=... again",
            )  # fmt: skip


def is_openai_model(model: str) -> bool:
    """Return True for a model of OpenAI's, whose tokenizer and limits are known."""
    return model in _MODELS


def read_options(model: str, given: Mapping[str, Any]) -> Options:
    """Return the options of a provider. Raises UsageError for one that is wrong.

    Args:
        model: as the suite names it.
        given: the constructor's keywords.
    """
    preset = find_preset(given["preset"])
    _check(model, given)
    url, url_key, where = _address(given["base_url"], preset)
    url, host = check.parse_base_url(url, where, _OPENAI)
    own = host == "api.openai.com" or host.endswith(".api.openai.com")
    from_env = where == _URL_ENV
    fact = _facts(preset)
    common = dict(given["extra_body"] or {})
    if given["dimensions"] is not None:
        common[fact("dimensions_field", "dimensions")] = given["dimensions"]
    document, queries = (
        make_role(name, model, given[name], preset, common=common, prompt=given["prompt"])
        for name in ("document", "query")
    )
    options = Options(
        url=url,
        url_key=url_key,
        own=own,
        key_env=given["api_key_env"] or fact("api_key_env", _KEY_ENV if own or from_env else None),
        key_header=given["api_key_header"] or fact("api_key_header", None),
        headers=dict(given["headers"] or {}),
        url_query={key: str(value) for key, value in (given["url_query"] or {}).items()},
        encoding=given["encoding"] or fact("encoding", "auto"),
        document=document,
        queries=queries,
        limits=_limits(model, given, fact),
        dim=_dim(model, given, fact("dims", {}), preset),
        notes=(f"{_URL_ENV} is set: texts go to {url}",) if from_env else (),
        recipe={},
    )
    return _with_recipe(options, model, given)


def _facts(preset: Preset | None) -> Callable[[str, Any], Any]:
    return preset.get if preset is not None else lambda _key, default: default


def _address(base_url: str | None, preset: Preset | None) -> tuple[str, str, str]:
    """Return the address, what to type to set another, and where it is from."""
    typed = "options: {{base_url: {url}}}"
    if base_url is not None:  # an empty one is refused: texts would go to OpenAI
        return base_url, typed, "options.base_url"
    if preset is not None:
        if preset.get("base_url") is None:
            raise UsageError(
                f"the preset {preset.name} needs the address of your own resource", where="options.base_url",
                hint=f'options: {{base_url: "{preset.get("base_url_example")}"}}',
            )  # fmt: skip
        return preset.get("base_url"), typed, "options.base_url"
    if from_env := os.environ.get(_URL_ENV, "").strip():
        return from_env, f"export {_URL_ENV}={{url}}", _URL_ENV
    return _OPENAI, typed, "options.base_url"


def _check(model: str, given: Mapping[str, Any]) -> None:
    numbers = ("requests_per_minute", "tokens_per_minute", "deadline_s", "concurrency", "inputs_per_request",
               "tokens_per_request")  # fmt: skip
    check.check_numbers(**{name: given[name] for name in numbers})
    check.check_choice("empty", given["empty"], ("error", "skip", "space"))
    check.check_choice("refused", given["refused"], ("error", "skip"))
    check.check_choice("encoding", given["encoding"] or "auto", ("auto", "base64", "float", "none"))
    for name in ("extra_body", "headers", "url_query"):
        check.check_mapping(name, given[name] or {})
    check.check_headers(given["headers"] or {})
    if not isinstance(given["prompt"], str):
        raise UsageError(f"prompt is {given['prompt']!r}", where="options.prompt", hint='prompt: "query: "')
    _check_dimensions(model, given["dimensions"])


def _limits(model: str, given: Mapping[str, Any], fact: Callable[[str, Any], Any]) -> Limits:
    return Limits(
        inputs_per_request=given["inputs_per_request"] or fact("inputs_per_request", _INPUTS),
        tokens_per_request=given["tokens_per_request"] or fact("tokens_per_request", _TOKENS),
        tokens_per_input=_TOKENS_PER_INPUT if model in _MODELS else None,
        empty_text=False,
        concurrency=given["concurrency"],
        requests_per_minute=given["requests_per_minute"] or fact("requests_per_minute", None),
        tokens_per_minute=given["tokens_per_minute"] or fact("tokens_per_minute", None),
        deadline_s=given["deadline_s"],
        empty=given["empty"],
        refused=given["refused"],
    )


def _dim(model: str, given: Mapping[str, Any], known: Mapping[str, int], preset: Preset | None) -> int | None:
    if given["dimensions"] is not None:
        return int(given["dimensions"])
    if given["extra_body"]:
        return None  # it may change the dimension
    return _MODELS[model][0] if model in _MODELS else known.get(base_model(model, preset))


def _with_recipe(options: Options, model: str, given: Mapping[str, Any]) -> Options:
    plain = Role(model)
    further = {
        "preset": given["preset"],
        "document": None if options.document == plain else options.document.recipe(),
        "query": None if options.queries == options.document else options.queries.recipe(),
        "url_query": options.url_query,
        "headers": options.headers,
    }
    recipe = {"dimensions": given["dimensions"], "server": urlsplit(options.url).netloc, "empty": given["empty"]}
    return replace(options, recipe=recipe | {key: value for key, value in further.items() if value})


def _check_dimensions(model: str, dimensions: int | None) -> None:
    if dimensions is None:
        return
    full, shortens = _MODELS.get(model, (None, True))
    if not shortens:
        raise UsageError(
            f"{model} has no shorter vectors",
            where="options.dimensions",
            hint="leave `dimensions` out, or use text-embedding-3-small or text-embedding-3-large",
        )
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or not 1 <= dimensions <= (full or dimensions):
        raise UsageError(f"dimensions is {dimensions!r}", where="options.dimensions", hint=f"1 to {full or 'any'}")
