"""What is said of the cost at the suite's volume, and of quality per byte."""

from __future__ import annotations

from collections.abc import Iterator

from embedmark.derive import Derived
from embedmark.derive.accuracy.compression import CompressionCell
from embedmark.derive.cost.crossings import MOST, Crossing
from embedmark.derive.cost.details import VolumeDetails
from embedmark.derive.cost.flips import Flip, costs_same
from embedmark.derive.cost.stages import StageGain
from embedmark.language import from_english
from embedmark.language import gettext as _
from embedmark.report.text.money import bill
from embedmark.report.text.names import joined
from embedmark.report.text.numbers import number

_GB = 1e9


def volume_answers(derived: Derived) -> list[str]:
    """Return the sentences on the first year's cost; none where the suite names no volume."""
    details = derived.details.volume
    return [] if details is None else list(_of_volume(details))


def first_year(derived: Derived) -> list[str]:
    """Return who costs the least in the first year; nothing where no volume is named, or no bill is whole."""
    details = derived.details.volume
    return [] if details is None or not details.years else [_least(details)]


def compression_answers(derived: Derived) -> list[str]:
    """Return a sentence for each provider and dataset: the cheapest vectors not shown to differ from the full ones."""
    groups: dict[tuple[str, str], list[CompressionCell]] = {}
    for cell in derived.details.compression:
        groups.setdefault((cell.provider, cell.dataset), []).append(cell)
    volume = derived.details.volume
    return [_cheapest(cells, None if volume is None else volume.volume.documents) for cells in groups.values()]


def _of_volume(details: VolumeDetails) -> Iterator[str]:
    if details.years:
        yield _least(details)
    yield from map(crossing_sentence, details.crossings)
    if details.flip is not None:
        yield _flip(details.flip, details.years[0][0], details.years[1][0])
    yield from map(_stage, details.stages)
    for name, missing in details.lacking:
        parts = "; ".join(from_english(part) for part in missing.split("; "))
        yield _("{name} has no first year's cost; missing: {missing}.", name=name, missing=parts)


def _least(details: VolumeDetails) -> str:
    year = details.years[0][1]
    least = [name for name, usd in details.years if costs_same(usd - year, year)]
    values = {
        "documents": details.volume.documents,
        "queries": details.volume.queries,
        "name": joined(least),
        "usd": bill(year),
    }
    if len(least) > 1 or not year:
        return _(
            "At {documents:,.0f} documents and {queries:,.0f} queries a month the first year costs the least with "
            "{name}: {usd}.",
            **values,
        )
    return _(
        "At {documents:,.0f} documents and {queries:,.0f} queries a month {name} costs the least in its first "
        "year: {usd}, of which {share:.0f} % are for {term}.",
        **values,
        share=100 * details.share,
        term=_term(details.term),
    )


def crossing_sentence(crossing: Crossing) -> str:
    """Return from which volume which provider is cheaper, with its interval."""
    if crossing.is_equal:
        return _("{below} and {above} cost the same at any volume.", below=crossing.below, above=crossing.above)
    if crossing.documents is None:
        return _(
            "{below} is cheaper than {above} at any volume up to {most:,.0f} times this one.",
            below=crossing.below,
            above=crossing.above,
            most=MOST,
        )
    span = ""
    if crossing.low is not None and crossing.high is not None:
        span = _(" (95 %: {low} to {high})", low=_count(crossing.low), high=_count(crossing.high))
    return _(
        "From {documents} documents on{span}, with queries in proportion, {above} is cheaper than {below}.",
        documents=_count(crossing.documents),
        span=span,
        above=crossing.above,
        below=crossing.below,
    )


def _stage(stage: StageGain) -> str:
    values = {
        "second": stage.second,
        "n": stage.candidates,
        "first": stage.first,
        "dataset": stage.dataset,
        "usd": bill(stage.usd_per_1k),
    }
    if stage.gain is None or stage.interval is None:
        return _(
            "{second} reranks the first {n:,} documents of {first} on {dataset} for {usd} a 1,000 queries; "
            "what that gains was not tested.",
            **values,
        )
    if stage.usd_per_1k is None:
        return _(
            "{second} puts the first {n:,} documents of {first} into order on {dataset}: nDCG@10 {gain} [{low}, "
            "{high}]; what that costs is not known.",
            **values,
            **_gained(stage.gain, stage.interval),
        )
    values |= _gained(stage.gain, stage.interval)
    if not stage.is_shown:
        return _no_gain(stage.interval, values)
    text = _(
        "{second} reranks the first {n:,} documents of {first} on {dataset} and gains {gain} nDCG@10 [{low}, "
        "{high}] for {usd} a 1,000 queries",
        **values,
    )
    if stage.gain_per_usd is None:
        return f"{text}."
    each = f"{stage.gain_per_usd:+.4f}"
    return text + _(": {gain} for each dollar.", gain=each)


def _no_gain(interval: tuple[float, float], values: dict[str, object]) -> str:
    if interval[1] < 0:
        return _(
            "{second} reranks the first {n:,} documents of {first} on {dataset} for {usd} a 1,000 queries, and "
            "makes the order worse: nDCG@10 {gain} [{low}, {high}].",
            **values,
        )
    return _(
        "{second} reranks the first {n:,} documents of {first} on {dataset} for {usd} a 1,000 queries, and "
        "is not shown to gain anything: nDCG@10 {gain} [{low}, {high}].",
        **values,
    )


def _gained(gain: float, interval: tuple[float, float]) -> dict[str, str]:
    return {"gain": f"{gain:+.4f}", "low": f"{interval[0]:+.4f}", "high": f"{interval[1]:+.4f}"}


def _flip(flip: Flip, first: str, second: str) -> str:
    if flip.value is not None:
        share = f"{number(100 * flip.value)} %"
        if flip.lever == "changed_per_month":
            return _("{second} would cost as little as {first} if {share} of the documents changed a month.",
                     second=second, first=first, share=share)  # fmt: skip
        return _("{second} would cost as little as {first} if {share} were added to the documents a month.",
                 second=second, first=first, share=share)  # fmt: skip
    what = {"memory": _("memory"), "machine": _("the machine")}.get(flip.lever)
    return _(
        "{second} would cost as little as {first} at {factor} times the price of {what}.",
        second=second,
        first=first,
        factor=number(flip.factor),
        what=what or _("tokens of {name}", name=flip.provider),
    )


def _term(term: str) -> str:
    return {
        "index": _("the first index"),
        "queries": _("queries"),
        "churn": _("documents that change"),
        "growth": _("new documents"),
        "storage": _("keeping vectors"),
        "machines": _("machines"),
    }[term]


def _cheapest(cells: list[CompressionCell], documents: float | None) -> str:
    full = next(cell for cell in cells if cell.is_full)
    best = min((cell for cell in cells if cell.is_not_worse), key=lambda cell: (cell.size, -cell.value))
    held = ""
    if documents is not None:
        small, large = (_held(cell, documents) for cell in (best, full))
        held = _(", {small} in place of {large} at your volume", small=small, large=large)
    if best.is_full:
        return _(
            "Vectors of {name} cannot be made smaller on {dataset} without a loss that is shown.",
            name=best.provider,
            dataset=best.dataset,
        )
    low, high = best.difference_interval or (0.0, 0.0)
    return _(
        "The smallest vectors of {name} that are not shown to be worse on {dataset}: {dims} dimensions as {precision}, "
        "{small} bytes in place of {large} (difference {difference:+.4f} [{low:+.4f}, {high:+.4f}]){held}.",
        name=best.provider,
        dataset=best.dataset,
        dims=best.dims,
        precision=best.precision,
        small=best.size,
        large=full.size,
        difference=best.difference or 0.0,
        low=low,
        high=high,
        held=held,
    )


def _held(cell: CompressionCell, documents: float) -> str:
    """Return what the documents' vectors take: `2.56 GB ($9.73 a month)`."""
    gb = number(cell.size * documents / _GB)
    if cell.usd_per_month is None:
        return f"{gb} GB"
    return _("{gb} GB ({usd} a month)", gb=gb, usd=bill(cell.usd_per_month))


def _count(documents: float) -> str:
    return f"{float(f'{documents:.3g}'):,.0f}"
