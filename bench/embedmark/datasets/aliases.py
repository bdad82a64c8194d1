"""Other names of the catalogue's datasets: MTEB's tasks, and names on the model hub that tutorials use."""

from __future__ import annotations

from collections.abc import Iterable

from embedmark.datasets.official import OFFICIAL
from embedmark.errors import did_you_mean

# Names of STS-B, which is pulled and not official.
_STSB = (
    "mteb/stsbenchmark-sts", "stsbenchmark", "STSBenchmark", "sentence-transformers/stsb", "stsb", "sts-b", "stsb_test",
    "glue/stsb", "nyu-mll/glue", "SetFit/stsb", "stsbenchmark-sts", "stsbenchmark.tsv.gz",
)  # fmt: skip


def alias_of(name: str) -> str | None:
    """Return the catalogue's name of what is called `name` elsewhere, or None.

    Example: `alias_of("mteb/stsbenchmark-sts")` is `stsb/test`, and `alias_of("STS12")` is `sts12`.
    """
    return _aliases().get(_folded(name))


def hint_for_name(name: str, known: Iterable[str]) -> str | None:
    """Return a question that names the dataset that was probably meant, or None."""
    found = alias_of(name)
    return f"did you mean {found!r}?" if found else did_you_mean(name, known)


def _aliases() -> dict[str, str]:
    found = {_folded(other): "stsb/test" for other in _STSB}
    for entry in OFFICIAL:
        for other in filter(None, (*entry.hub, entry.mteb)):
            found.setdefault(_folded(other), entry.name)
            # Tutorials leave the organization out, or write another one.
            found.setdefault(_folded(other.rpartition("/")[2]), entry.name)
    return found


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", "-")
