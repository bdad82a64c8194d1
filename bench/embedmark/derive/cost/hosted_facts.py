"""What services document of themselves that nothing here measures; each fact has its source and its day.

A fact that no source states exactly is left out. The facts of a suite (`measure.cost.facts`) come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from embedmark.language import translatable

FactKind = Literal["data", "fine_tuning", "deprecated_on"]


@dataclass(frozen=True, slots=True)
class HostedFact:
    """One fact.

    Attributes:
        kind: as `measure.cost.facts` names it.
        text: what is shown; of `deprecated_on` the day.
        source, as_of: where it was read, and the day of that text; the day of reading where the text has none.
        models: for which models it holds; empty for all of the service.
    """

    kind: FactKind
    text: str
    source: str
    as_of: str
    models: frozenset[str] = frozenset()


_GOOGLE: Final = "Google's announcement, as quoted in https://github.com/simonw/llm-gemini/issues/102"
_GOOGLE_MAIL: Final = (
    "Google's letter to users, https://git.drupalcode.org/project/gemini_provider/-/work_items/3550425"
)

# By host; one that begins with a point stands for every host below it.
FACTS: Final[Mapping[str, tuple[HostedFact, ...]]] = {
    "api.openai.com": (
        HostedFact(
            "data",
            translatable("not used for training; in abuse logs for up to 30 days by default"),
            "https://platform.openai.com/docs/guides/your-data (a copy of that day)",
            "2026-04-07",
        ),
    ),
    ".openai.azure.com": (
        HostedFact(
            "data",
            translatable("not used to train foundation models without permission; flagged texts may be reviewed"),
            "https://learn.microsoft.com/azure/ai-foundry/responsible-ai/openai/data-privacy (a copy of that day)",
            "2025-10-01",
        ),
    ),
    "generativelanguage.googleapis.com": (
        HostedFact("deprecated_on", "2026-01-14", _GOOGLE, "2025-07-28", frozenset({"text-embedding-004"})),
        HostedFact("deprecated_on", "2025-10-30", _GOOGLE_MAIL, "2025-10-02", frozenset({"embedding-001"})),
    ),
    "api.cohere.ai": (
        HostedFact(
            "deprecated_on",
            "2026-04-04",
            "https://docs.cohere.com/changelog/2026-04-04-embed-v2-aya-8b-retirement",
            "2026-04-04",
            frozenset({"embed-english-v2.0", "embed-english-light-v2.0", "embed-multilingual-v2.0"}),
        ),
    ),
    "api.mistral.ai": (
        HostedFact(
            "data",
            translatable("zero data retention on request, on paid plans"),
            "https://docs.mistral.ai/admin/monitor-comply/zero-data-retention",
            "2026-11-30",
        ),
    ),
    "api.voyageai.com": (
        HostedFact(
            "fine_tuning",
            translatable("fine-tuned models for individual customers"),
            "https://platform.claude.com/docs/en/build-with-claude/embeddings",
            "2026-11-30",
        ),
    ),
}


def facts_of(served_by: str | None, model: str | None) -> dict[FactKind, HostedFact]:
    """Return what is known of a model at a host, one fact of each kind; nothing where it computes elsewhere.

    Example:
        >>> facts_of("api.cohere.ai", "embed-english-v2.0")["deprecated_on"].text
        '2026-04-04'
    """
    found: dict[FactKind, HostedFact] = {}
    host = served_by or ""
    for fact in FACTS.get(host) or FACTS.get(host[host.find(".") :], ()):
        if not fact.models or model in fact.models:
            found.setdefault(fact.kind, fact)
    return found
