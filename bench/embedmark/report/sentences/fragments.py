"""Parts of English sentences in manifests, and sentences of earlier versions, so that catalogs have them."""

from __future__ import annotations

from typing import Final

from embedmark.language import translatable

FRAGMENTS: Final = (
    # How to get a model of the catalog.
    translatable("{1} (trains it, about half an hour on two cores)"),
    # Where an error is.
    translatable("{1}, provider {2}"),
    translatable("provider {1}"),
    # What a change was measured at.
    translatable("batch {1}"),
    translatable("{1} interleaved passes"),
    translatable("{1}, and not all of it is within the limit"),
    # Scripts of a dataset's letters.
    translatable("Korean {1} %"),
    translatable("Latin letters {1} %"),
    translatable("Japanese {1} %"),
    translatable("Chinese characters {1} %"),
    translatable("Cyrillic {1} %"),
    translatable("Arabic {1} %"),
    translatable("Greek {1} %"),
    translatable("other {1} %"),
    translatable("faster"),
    translatable("slower"),
    translatable("with one image "),
    translatable("{1}, batch {2}"),
    translatable("{1}, images, batch {2}"),
    translatable("keep {1} rows, so their scores are not comparable with these"),
    translatable("p95 and p99"),
    # Of earlier versions, whose runs are read as well.
    translatable("look at failures.csv for the missing pairs, and resume the run"),
    translatable("--no-cache asks for all of them again"),
    translatable("intervals take pairs as independent and come out slightly narrow; take the doubles out of the file"),
    translatable("intervals treat pairs as independent and come out slightly too narrow"),
    translatable("intervals treat pairs as independent and come out slightly too narrow; remove the duplicates"),
    translatable("{1}: {2} calls {3}in scenario {4} cannot bound {5} ({6} can)"),
    translatable("raise measure.latency.calls to 400, which bounds p99 as well, or raise its max_seconds"),
    translatable("run again on a quiet machine, or with more texts a pass; do not read much into small differences"),
    translatable("something else ran now and then; the median and its interval stand it, the mean would not"),
    translatable("throughput is interleaved and compares well; latencies were measured one provider after the other"),
    translatable("intervals take pairs as independent and come out slightly narrow"),
    translatable("intervals take pairs as independent and come out slightly narrow; take the doubles out"),
    translatable("the machine ended {1}% {2} than it began"),
    translatable("the machine ended {1} % {2} than it began"),
    translatable("use candidates of at least 10 queries, or 50 texts where each is paired with each"),
    translatable("its seconds are those of both runs; run again for a time measured in one session"),
    translatable(
        "{1} rows, read without quoting; a parser with csv's default quoting would keep {2}, so results on this file "
        "differ where it was used"
    ),
)
