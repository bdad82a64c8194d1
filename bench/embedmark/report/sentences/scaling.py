"""The answer to "what does O(n²) cost me": sentences from scaling.csv and scaling_facts.csv."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.derive.rows.tables import Tables
from embedmark.derive.rows.timing import ScalingFactRow, ScalingRow
from embedmark.language import gettext as _
from embedmark.language import translatable
from embedmark.report.sentences.chance import BLIND, by_chance, chance_here, too_few_to_tell
from embedmark.report.sentences.gains import accuracy_gains
from embedmark.report.sentences.projections import disagreement, is_rough, time_with_interval, too_few

AT = 10_000  # texts that the sentence is about, if the suite projects to them
FAR = 100  # a projection to more than this many times the largest measured size is marked
_MOST_NAMED = 12
_NAMED_OF_A_KIND = 4
_LIMITS = (
    ("1-s", translatable("a second")),
    ("1-min", translatable("a minute")),
    ("1-h", translatable("an hour")),
    ("1-day", translatable("a day")),
)


def scaling_answers(tables: Tables, comparisons: int | None = None) -> list[str]:
    """Return one sentence that compares bi-encoders, cross-encoders and stages at one n, then what it rests on.

    Empty where no scaling was measured.

    Args:
        comparisons: how many differences between providers have their intervals together, if known.
    """
    rows, facts = leading(tables)
    if not rows:
        return []
    every = tables["scaling.csv"]
    sentences = (
        _at_one_size(rows, facts, every), too_few_to_tell(facts), _limits(rows, facts, every), _faster(facts),
        accuracy_gains(facts, comparisons),
    )  # fmt: skip
    return [text for text in sentences if text]


def scaling_notes(tables: Tables) -> list[str]:
    """Return how far to trust the projections: the check at the largest size, or that there is none; what is far."""
    rows, facts = leading(tables)
    every = tables["scaling.csv"]
    notes = (_check(rows, facts), _far(rows), _intervals(rows, every), disagreement(tables), _left_out(every, rows))
    return [text for text in notes if text]


def leading(tables: Tables) -> tuple[Sequence[ScalingRow], Sequence[ScalingFactRow]]:
    """Return rows of scaling.csv and scaling_facts.csv of the providers and pairings that are drawn and named.

    All of them up to a dozen, which a figure can hold; of more, the fastest of each kind at the size of the answer.
    """
    rows, facts = tables["scaling.csv"], tables["scaling_facts.csv"]
    if len({row.provider for row in rows}) <= _MOST_NAMED:
        return rows, facts
    n = size_of_answer(rows)
    here = sorted((row for row in rows if row.n == n and row.seconds is not None), key=_seconds)
    kinds = {row.kind for row in rows}
    named = {row.provider for kind in kinds for row in [r for r in here if r.kind == kind][:_NAMED_OF_A_KIND]}
    return [r for r in rows if r.provider in named], [f for f in facts if f.provider in named]


def size_of_answer(rows: Sequence[ScalingRow]) -> int:
    """Return the n that the sentence is about: 10,000, else the largest below it, else the smallest."""
    sizes = sorted({row.n or 0 for row in rows})
    return max((n for n in sizes if n <= AT), default=sizes[0])


def largest_measured(rows: Sequence[ScalingRow]) -> int:
    """Return the largest n that was timed; 0 where none was."""
    return max((row.n or 0 for row in rows if row.basis != "projected"), default=0)


def _at_one_size(rows: Sequence[ScalingRow], facts: Sequence[ScalingFactRow], every: Sequence[ScalingRow]) -> str:
    n = size_of_answer(rows)
    here = [row for row in rows if row.n == n]
    rough = sum(is_rough(row, every) for row in here)
    alone = f" ({too_few()})" if rough == 1 else ""
    times = {row.provider: time_with_interval(row, every) + (alone if is_rough(row, every) else "") for row in here}
    crosses = [row for row in here if row.kind == "cross-encoder"]
    parts = [f"{row.provider} {times[row.provider]}" for row in here if row.kind == "bi-encoder"]
    parts += [f"{_the(row, crosses)} {times[row.provider]}" for row in crosses]
    stages = [row for row in here if row.kind == "two-stage"]
    parts += [_stages(row, times[row.provider], facts, len(crosses) > 1) for row in stages]
    far = _(" (far beyond what was measured)") if n > FAR * largest_measured(rows) else ""
    text = _("At {n:,} texts{far}, all pairs: {parts}.", n=n, far=far, parts="; ".join(parts))
    return _("{text} About: {too_few}.", text=text, too_few=too_few()) if rough > 1 else text


def _the(row: ScalingRow, crosses: Sequence[ScalingRow]) -> str:
    return _("the cross-encoder ({provider})", provider=row.provider) if len(crosses) == 1 else row.provider


def _stages(row: ScalingRow, time: str, facts: Sequence[ScalingFactRow], several: bool) -> str:
    mine = [fact for fact in facts if fact.provider == row.provider]
    k = next((fact.candidates for fact in mine if fact.candidates is not None), None)
    name = row.provider if several else _("two-stage ({provider})", provider=row.provider)
    text = _("{name} with k = {k} takes {up_to}{time}", name=name, k=k, up_to=_up_to(row), time=time)
    found = next((fact for fact in mine if fact.fact == "neighbours-kept" and fact.candidates == k), None)
    if found is None or by_chance(found) > BLIND:
        return text
    low, high = found.ci_low, found.ci_high
    known = low is not None and high is not None
    interval = _("95 %: {low} to {high}; ", low=_hundredths(low), high=_hundredths(high)) if known else ""
    return _(
        "{text} and keeps {percent} ({interval}by chance {chance}) of the cross-encoder's own "
        "top-{top_k} neighbors, measured at {n:,} texts{chance_here}",
        text=text,
        percent=_percent(found.value),
        interval=interval,
        chance=_percent(by_chance(found)),
        top_k=found.top_k,
        n=found.n,
        chance_here=chance_here(row, found),
    )


def _up_to(row: ScalingRow) -> str:
    return _("up to ") if row.basis == "projected" else ""  # a projection counts k pairs a text, which is a bound


def _limits(rows: Sequence[ScalingRow], facts: Sequence[ScalingFactRow], every: Sequence[ScalingRow]) -> str:
    largest = largest_measured(every)
    parts = []
    for name in _names(facts, "cross-encoder"):
        rough = any(is_rough(row, every) for row in rows if row.provider == name)
        found = [
            _(
                "{words} beyond {texts}",
                words=_(words),
                texts=_texts(fact.value, rough and (fact.value or 0) > largest),
            )
            for limit, words in _LIMITS
            for fact in facts
            if fact.provider == name and fact.fact == f"longer-than-{limit}"
        ]
        if found:
            parts.append(_("{name} takes longer than {found} texts", name=name, found=", ".join(found)))
    return _("All pairs: {parts}.", parts="; ".join(parts)) if parts else ""


def _faster(facts: Sequence[ScalingFactRow]) -> str:
    joint = _(" and ")
    words = {"faster-than-all-pairs": _("takes less time"), "cheaper-than-all-pairs": _("costs less")}
    parts = []
    for name in _names(facts, "two-stage"):
        saves: dict[str, list[str]] = {}
        for fact in facts:
            if fact.provider == name and fact.fact in words:
                saves.setdefault(_texts(fact.value), []).append(words[fact.fact])
        found = [_("{what} from {n} texts on", what=joint.join(what), n=n) for n, what in saves.items()]
        if found:
            parts.append(f"{name} {joint.join(found)}")
    return _("Two stages instead of all pairs: {parts}.", parts="; ".join(parts)) if parts else ""


def _intervals(rows: Sequence[ScalingRow], every: Sequence[ScalingRow]) -> str:
    shown = [row for row in rows if row.basis == "projected" and not is_rough(row, every)]
    return _("intervals of projected times: 95 % for one measurement more, each alone") if shown else ""


def _check(rows: Sequence[ScalingRow], facts: Sequence[ScalingFactRow]) -> str:
    if not rows:
        return ""
    checks = [fact for fact in facts if fact.fact == "projection-off"]
    if not checks:
        return _("fewer than three sizes were measured: no projection was checked against a size outside its fit")
    sizes = _(" and ").join(f"{n:,}" for n in sorted({fact.n or 0 for fact in checks}))
    parts = [f"{fact.provider} {_signed(fact.value)}" for fact in checks]
    return _(
        "projection against measurement at {sizes} texts, which the fits did not use: {parts}",
        sizes=sizes,
        parts=", ".join(parts),
    )


def _far(rows: Sequence[ScalingRow]) -> str:
    largest = largest_measured(rows)
    far = sorted({row.n or 0 for row in rows if (row.n or 0) > FAR * largest})
    if not far:
        return ""
    sizes = _(" and ").join(f"{n:,}" for n in far)
    return _(
        "{sizes} texts: over {times} times the largest measured size ({largest:,}); an order of magnitude, no more",
        sizes=sizes,
        times=FAR,
        largest=largest,
    )


def _left_out(rows: Sequence[ScalingRow], named: Sequence[ScalingRow]) -> str:
    every, some = ({row.provider for row in each} for each in (rows, named))
    if len(every) == len(some):
        return ""
    return _(
        "{every} providers and pairings: only the {n} fastest of each kind are drawn and named here, the table has all",
        every=len(every),
        n=_NAMED_OF_A_KIND,
    )


def _seconds(row: ScalingRow) -> float:
    return row.seconds or 0.0


def _names(facts: Sequence[ScalingFactRow], kind: str) -> list[str]:
    return list(dict.fromkeys(fact.provider for fact in facts if fact.kind == kind))


def _texts(value: float | None, rough: bool = False) -> str:
    """Return a number of texts to three significant digits, 4,770; a rough one to two, `about 4,800`."""
    n = int(value or 0)
    digits = max(0, len(str(n)) - (2 if rough else 3))
    return f"{(_('about ') if rough else '')}{round(n, -digits):,}"


def _hundredths(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{round(100 * value) or 0:+d} %"
