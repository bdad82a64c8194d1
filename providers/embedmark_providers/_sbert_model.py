"""What a loaded sentence-transformers model is: its pooling, prompts and routes, told in the recipe and in notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedmark.errors import ProviderError
from embedmark_providers import _disk, _roles, _torch

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True, slots=True)
class Described:
    """What only loading reveals: fields of ProviderInfo, entries of its recipe, and notes."""

    facts: dict[str, Any]
    recipe: dict[str, Any]
    notes: tuple[str, ...]


def describe(
    model: SentenceTransformer,
    *,
    pooling: str | None,
    own_pooling: str | None,
    roles: Mapping[_roles.Role, _roles.RoleOptions],
    source: _torch.ModelSource,
) -> Described:
    """Describe a loaded model.

    Args:
        model: loaded, with the suite's pooling and limit in place.
        pooling: the suite's; None where it gives none.
        own_pooling: the model's, as set_pooling() found it.
        roles: the suite's prompts.
        source: where the model was loaded from. A commit that its own configuration names wins.
    """
    # Of a plain transformer sentence-transformers reads no layers, so what it pools with is not the model's.
    plain = own_pooling is not None and not model.module_kwargs
    limit = model.max_seq_length if isinstance(model.max_seq_length, int) else None  # StaticEmbedding says infinity
    recipe = {
        "pooling": pooling or own_pooling,
        "pooling_of_model": "none" if plain else own_pooling,
        "layers": [type(module).__name__ for module in model],
        "max_seq_length": limit,
        "prompt": prompt_text(model, roles["document"]) or None,
        **_routes(model, roles),
    }
    facts = {
        "dim": model.get_embedding_dimension(),
        "revision": _torch.commit_of(model.config) or source.revision,
        "max_tokens": limit,
        "similarity": "dot" if model.similarity_fn_name == "dot" else "cosine",
        "device": str(model.device),
    }
    known = {key: value for key, value in recipe.items() if value is not None}
    named = not _disk.has_default_pooling(Path(source.name))
    notes = (*_prompt_notes(model, roles), *_pooling_notes(own_pooling, pooling, plain, named))
    return Described(facts, known, notes)


def set_pooling(model: SentenceTransformer, wanted: str | None) -> str | None:
    """Put the asked-for pooling in place; return the mode there was before, None if there is no such layer.

    Raises ProviderError if `wanted` is given and the model has no pooling layer.
    """
    from sentence_transformers.sentence_transformer.modules import Pooling

    place = next((i for i, module in enumerate(model) if isinstance(module, Pooling)), None)
    if place is None:
        if wanted is not None:
            raise ProviderError("this model has no token vectors to pool", where="options.pooling", hint="leave it out")
        return None
    modes = model[place].pooling_mode
    own = modes if isinstance(modes, str) else "+".join(modes)
    if wanted is not None:
        model[place] = Pooling(model[place].embedding_dimension, wanted, model[place].include_prompt)
    return own


def prompt_text(model: SentenceTransformer, options: _roles.RoleOptions) -> str:
    """Return the text that is put before each text of a role: the suite's, or the model's default."""
    if options.prompt is not None:
        return options.prompt
    name = options.prompt_name or model.default_prompt_name
    return str(model.prompts[name]) if name is not None else ""


def is_router(model: SentenceTransformer) -> bool:
    """Return True if queries and documents take routes of their own through the model."""
    return type(model[0]).__name__ in ("Router", "Asym")


def _routes(model: SentenceTransformer, roles: Mapping[_roles.Role, _roles.RoleOptions]) -> dict[str, Any]:
    """Return the prompt of each role and its Router route, if the roles differ."""
    prompts = {role: prompt_text(model, options) for role, options in roles.items()}
    routed = is_router(model)
    if prompts["query"] == prompts["document"] and not routed:
        return {}
    return {role: {"prompt": text} | ({"route": role} if routed else {}) for role, text in prompts.items()}


def _prompt_notes(model: SentenceTransformer, roles: Mapping[_roles.Role, _roles.RoleOptions]) -> Iterator[str]:
    if unused := _roles.unused_prompts(roles, model.prompts, model.default_prompt_name):
        yield unused
    if is_router(model):
        yield (
            "this model encodes queries and documents by routes of their own; a text without a role takes the "
            "document route (`roles:` in a dataset's entry says which column is the query)"
        )


def _pooling_notes(own: str | None, wanted: str | None, plain: bool, named: bool) -> Iterator[str]:
    if plain and wanted is None:
        yield (
            f"this model has no pooling layer; {own} pooling is sentence-transformers' default, not the model's "
            "(options.pooling chooses)"
        )
    elif not named and wanted is None:
        yield (
            f"the pooling layer of this model names no mode; {own} pooling is sentence-transformers' default, not the "
            "model's (options.pooling chooses)"
        )
    elif not plain and named and wanted not in (None, own):
        yield f"options.pooling wins: {wanted} pooling, where the model's own is {own}"
