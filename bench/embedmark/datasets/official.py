"""Datasets of the field by name, read from the official files that the user has; what is known of each file.

Hashes and counts are in data/catalogue.csv, which was made from the official files; the rest is not checked.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from embedmark.datasets.columns import Columns
from embedmark.datasets.layout import Layout
from embedmark.language import translatable

_ANY_WIDTH = frozenset(range(2, 20))  # SemEval's lines end in sources, in some years
_SEMEVAL = Layout(
    columns=Columns(sentence1=1, sentence2=2, score=()),
    format="tsv",
    quoting="none",
    widths=_ANY_WIDTH,
    skips=frozenset({"missing"}),
)
_SICK = Layout(Columns("sentence_A", "sentence_B", "relatedness_score"), "tsv", "none")
_KORSTS = Layout(Columns(), "tsv", "none")
_BY_SA = "CC BY-SA 4.0"
_SCORED_TEXTS = "https://ixa2.si.ehu.eus/stswiki"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of an official file: the hash of its bytes, its lines, its pairs with gold."""

    sha256: str
    lines: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Official:
    """A dataset that is read from files that the user has.

    Attributes:
        name: what a suite writes.
        title: its name in data/catalogue.csv; "" where that has nothing of it.
        files: names of the files of texts, in order.
        layout: how to read each.
        description, source: for people; where to get the files.
        languages: ISO 639-1 codes.
        licence, citation: "" where it was not checked.
        mteb: the name of the task whose reading this is, if it is one's.
        hub: names on the model hub under which tutorials have it.
        gold: what replaces "input" in a file's name to find its file of scores; "" where scores are in the file.
    """

    name: str
    title: str
    files: tuple[str, ...]
    layout: Layout
    description: str
    source: str
    languages: tuple[str, ...] = ("en",)
    licence: str = ""
    citation: str = ""
    mteb: str = ""
    hub: tuple[str, ...] = ()
    gold: str = ""

    def facts(self, file: str) -> FileFacts | None:
        """Return what is known of a file, or None."""
        return facts_of(self.title).get(file)

    @property
    def collection(self) -> str:
        """The part of the name before the slash: the folder in the cache."""
        return self.name.partition("/")[0]

    @property
    def n_pairs(self) -> int | None:
        """Pairs with gold over all files; None where it is not known."""
        if self.layout.quoting == "lenient":
            return _MTEB_KORSTS
        known = [self.facts(file) for file in self.files]
        return sum(fact.pairs for fact in known if fact) if known and all(known) else None


_MTEB_KORSTS = 1376  # rows that csv's default quoting keeps of the 1,379


@cache
def facts_of(title: str) -> Mapping[str, FileFacts]:
    """Return the facts of a dataset's files by their names."""
    path = Path(__file__).parent / "data" / "catalogue.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == title]
    return {row["file"]: FileFacts(row["sha256"], int(row["lines"]), int(row["pairs_with_gold"])) for row in rows}


def find_official(name: str) -> Official | None:
    """Return the dataset of this name, or None."""
    return next((entry for entry in OFFICIAL if entry.name == name), None)


def _semeval(year: int, task: int, authors: str) -> Official:
    title = f"STS{year - 2000}"
    names = tuple(name for name in facts_of(title) if ".input." in name)
    return Official(
        name=title.lower(),
        title=title,
        files=names,
        layout=_SEMEVAL,
        description=translatable(f"SemEval {year} task {task}: pairs of {len(names)} sources as one, scores 0 to 5"),
        source=f"{_SCORED_TEXTS}: the test data and gold standard of {year}",
        citation=f"{authors}, SemEval-{year} Task {task}",
        mteb=title,
        hub=(f"mteb/{title.lower()}-sts",),
        gold="gs",
    )


def _sick(part: str, files: tuple[str, ...], mteb: str = "") -> Official:
    return Official(
        name=f"sick-r{part}",
        title="SICK-R",
        files=files,
        layout=_SICK,
        description=translatable(
            f"SICK relatedness, {'train, trial and test together' if mteb else part[1:]}: scores 1 to 5"
        ),
        source="SICK.zip of SemEval-2014 task 1",
        citation="Marelli et al., LREC 2014",
        mteb=mteb,
        hub=("mteb/sickr-sts", "sick", "sick-r", "RobZamp/sick") if mteb else (),
    )


def _multilingual(language: str) -> Official:
    return Official(
        name=f"stsb-multi/{language}",
        title="STS-B multilingual test",
        files=(f"stsb-{language}-test.csv",),
        layout=Layout(Columns(1, 2, 3), "csv", "minimal"),
        description=translatable(f"STS Benchmark, test split, machine-translated: {language}"),
        source="GitHub: PhilipMay/stsb-multi-mt, data/",
        languages=(language,),
        citation="May, stsb_multi_mt, 2021",
        mteb="STSBenchmarkMultilingualSTS",
        hub=("mteb/stsb_multi_mt", "stsb_multi_mt", "PhilipMay/stsb_multi_mt") if language == "en" else (),
    )


def _korsts(name: str, file: str, description: str, quoting: str = "none", mteb: str = "") -> Official:
    return Official(
        name=f"korsts/{name}",
        title="KorSTS",
        files=(file,),
        layout=replace(_KORSTS, quoting=quoting),
        description=description,
        source="GitHub: kakaobrain/kor-nlu-datasets, KorSTS/",
        languages=("ko",),
        licence=_BY_SA,
        citation="Ham et al., Findings of EMNLP 2020",
        mteb=mteb,
        hub=("mteb/KorSTS", "dkoterwa/kor-sts", "kakaobrain/kor_nlu", "kor_nlu") if mteb else (),
    )


def _klue(name: str, score: str, description: str, mteb: str = "") -> Official:
    return Official(
        name=f"klue-sts/{name}",
        title="KLUE-STS dev",
        files=("klue-sts-v1.1_dev.json",),
        layout=Layout(Columns(score=score), "json", "none"),
        description=description,
        source="GitHub: KLUE-benchmark/KLUE, klue_benchmark/klue-sts-v1.1/",
        languages=("ko",),
        licence=_BY_SA,
        citation="Park et al., KLUE, 2021",
        mteb=mteb,
        hub=("klue/klue", "klue", "klue/sts", "mteb/KLUE-STS") if mteb else (),
    )


OFFICIAL: tuple[Official, ...] = (
    _semeval(2012, 6, "Agirre et al."),
    _semeval(2013, 6, "Agirre et al."),
    _semeval(2014, 10, "Agirre et al."),
    _semeval(2015, 2, "Agirre et al."),
    _semeval(2016, 1, "Agirre et al."),
    _sick("", ("SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt"), mteb="SICK-R"),
    _sick("/test", ("SICK_test_annotated.txt",)),
    _sick("/trial", ("SICK_trial.txt",)),
    _sick("/train", ("SICK_train.txt",)),
    Official(
        name="biosses",
        title="",
        files=("test.jsonl",),
        layout=Layout(Columns(), "jsonl", "none"),
        description=translatable("BIOSSES: biomedical sentence pairs, scores 0 to 4"),
        source="the model hub: {name: biosses, path: hub:mteb/biosses-sts/test.jsonl.gz}",
        citation="Sogancioglu et al., Bioinformatics 2017",
        mteb="BIOSSES",
        hub=("mteb/biosses-sts", "biosses", "bigbio/biosses"),
    ),
    _korsts(
        "test", "sts-test.tsv", translatable("KorSTS, test split: STS Benchmark in Korean, by people; all 1,379 rows")
    ),
    _korsts("dev", "sts-dev.tsv", translatable("KorSTS, dev split: STS Benchmark in Korean, by people")),
    _korsts(
        "mteb",
        "sts-test.tsv",
        translatable("KorSTS test as MTEB reads it: 1,376 rows, by csv's quoting"),
        "lenient",
        "KorSTS",
    ),
    _klue(
        "dev",
        "labels.real-label",
        translatable("KLUE-STS, dev split, the annotators' mean: Korean pairs, scores 0 to 5"),
    ),
    _klue(
        "mteb",
        "labels.label",
        translatable("KLUE-STS, dev split, the mean rounded to a decimal, as MTEB reads it"),
        "KLUE-STS",
    ),
    Official(
        name="jsts/valid",
        title="JSTS valid",
        files=("valid-v1.3.json",),
        layout=Layout(Columns(score="label"), "jsonl", "none"),
        description=translatable("JSTS of JGLUE, validation split: Japanese pairs, scores 0 to 5"),
        source="GitHub: yahoojapan/JGLUE, datasets/jsts-v1.3/",
        languages=("ja",),
        citation="Kurihara et al., LREC 2022",
        mteb="JSTS",
        hub=("mteb/JSTS", "shunk031/JGLUE", "sbintuitions/JMTEB"),
    ),
    *map(_multilingual, ("de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh")),
)
