"""What is said first of a search: whether BM25 is beaten, and whether the questions repeat their passages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from embedmark.derive import Derived
from embedmark.derive.accuracy.gains import MAIN
from embedmark.derive.search.details import RetrievalDetails
from embedmark.language import gettext as _
from embedmark.store.manifest.model import Manifest

BASELINE: Final = "bm25"
# Share of a query's character pairs that its best relevant passage contains. Questions written from the passages of
# AutoRAG's Korean set have 0.56; questions that avoid the passage's words stay well below 0.5.
HIGH_OVERLAP: Final = 0.5


def retrieval_answers(derived: Derived, manifest: Manifest) -> list[str]:
    """Return the sentences that come before all others, for each retrieval dataset."""
    baselines = [entry.name for entry in manifest.providers if entry.plugin == BASELINE]
    return [
        sentence
        for details in derived.details.retrieval
        for sentence in (*_unbeaten(derived, details, baselines), *_overlap(details))
    ]


def _unbeaten(derived: Derived, details: RetrievalDetails, baselines: list[str]) -> Iterator[str]:
    values = {
        row.provider: row.value
        for row in derived.tables["summary.csv"]
        if row.dataset == details.dataset and row.value is not None
    }
    for name in baselines:
        if name not in values or len(values) < 2:
            continue
        found = [
            comparison
            for comparison in derived.findings.comparisons
            if (comparison.dataset, comparison.metric) == (details.dataset, MAIN)
            and name in (comparison.provider_a, comparison.provider_b)
        ]
        if all(c.verdict == "not comparable" for c in found):  # too few queries to say anything
            continue
        lost = any(c.verdict == ("worse" if c.provider_a == name else "better") for c in found)
        if not lost:
            yield (
                _(
                    "BM25 is not beaten on {dataset}: nothing here is shown to reach a higher nDCG@10 than {name} "
                    "({values:.3f}).",
                    dataset=details.dataset,
                    name=name,
                    values=values[name],
                )
            )


def _overlap(details: RetrievalDetails) -> Iterator[str]:
    if details.lexical_overlap >= HIGH_OVERLAP:
        yield (
            _(
                "The queries of {dataset} repeat much of their passages' wording ({lexical_overlap:.0f} % of "
                "their character pairs), as questions written from the passages do: that favors BM25, and real "
                "queries may repeat less.",
                dataset=details.dataset,
                lexical_overlap=100 * details.lexical_overlap,
            )
        )
