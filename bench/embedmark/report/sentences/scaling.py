"""The answer to "what does O(n²) cost me": sentences from scaling.csv and scaling_facts.csv."""

from __future__ import annotations

from collections.abc import Sequence

from embedmark.report.sentences.chance import BLIND, by_chance, chance_here, too_few_to_tell
from embedmark.report.sentences.projections import disagreement, is_rough, time_with_interval, too_few
from embedmark.report.tables.model import Row, Tables
from embedmark.report.text.numbers import family
from embedmark.store.cells import Cell

AT = 10_000  # texts that the sentence is about, if the suite projects to them
FAR = 100  # a projection to more than so many times the largest measured size is marked
_MOST_NAMED = 12
_NAMED_OF_A_KIND = 4
_LIMITS = (("1-s", "a second"), ("1-min", "a minute"), ("1-h", "an hour"), ("1-day", "a day"))


def scaling_answers(tables: Tables, comparisons: int | None = None) -> list[str]:
    """One sentence that compares bi-encoders, cross-encoders and stages at one n, then what it rests on.

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
        _gains(facts, comparisons),
    )  # fmt: skip
    return [text for text in sentences if text]


def scaling_notes(tables: Tables) -> list[str]:
    """How far the projections can be trusted: the check at the largest size, or that there is none; what is far out."""
    rows, facts = leading(tables)
    every = tables["scaling.csv"]
    notes = (_check(rows, facts), _far(rows), _intervals(rows, every), disagreement(tables), _left_out(every, rows))
    return [text for text in notes if text]


def leading(tables: Tables) -> tuple[Sequence[Row], Sequence[Row]]:
    """Rows of scaling.csv and scaling_facts.csv of the providers and pairings that are drawn and named.

    All of them up to a dozen, which a figure can hold; of more, the fastest of each kind at the size of the answer.
    """
    rows, facts = tables["scaling.csv"], tables.get("scaling_facts.csv", ())
    if len({row["provider"] for row in rows}) <= _MOST_NAMED:
        return rows, facts
    n = size_of_answer(rows)
    here = sorted((row for row in rows if row["n"] == n and isinstance(row["seconds"], float)), key=_seconds)
    kinds = {row["kind"] for row in rows}
    named = {row["provider"] for kind in kinds for row in [r for r in here if r["kind"] == kind][:_NAMED_OF_A_KIND]}
    return [r for r in rows if r["provider"] in named], [f for f in facts if f["provider"] in named]


def size_of_answer(rows: Sequence[Row]) -> int:
    """The n that the sentence is about: 10,000, else the largest below it, else the smallest."""
    sizes = sorted({_int(row["n"]) for row in rows})
    return max((n for n in sizes if n <= AT), default=sizes[0])


def largest_measured(rows: Sequence[Row]) -> int:
    """The largest n that was timed; 0 where none was."""
    return max((_int(row["n"]) for row in rows if row["basis"] != "projected"), default=0)


def _at_one_size(rows: Sequence[Row], facts: Sequence[Row], every: Sequence[Row]) -> str:
    n = size_of_answer(rows)
    here = [row for row in rows if row["n"] == n]
    rough = sum(is_rough(row, every) for row in here)
    alone = f" ({too_few()})" if rough == 1 else ""
    times = {row["provider"]: time_with_interval(row, every) + (alone if is_rough(row, every) else "") for row in here}
    crosses = [row for row in here if row["kind"] == "cross-encoder"]
    parts = [f"{row['provider']} {times[row['provider']]}" for row in here if row["kind"] == "bi-encoder"]
    parts += [f"{_the(row, crosses)} {times[row['provider']]}" for row in crosses]
    stages = [row for row in here if row["kind"] == "two-stage"]
    parts += [_stages(row, times[row["provider"]], facts, len(crosses) > 1) for row in stages]
    far = " (far beyond what was measured)" if n > FAR * largest_measured(rows) else ""
    text = f"At {n:,} texts{far}, all pairs: {'; '.join(parts)}."
    return f"{text} About: {too_few()}." if rough > 1 else text


def _the(row: Row, crosses: Sequence[Row]) -> str:
    return f"the cross-encoder ({row['provider']})" if len(crosses) == 1 else str(row["provider"])


def _stages(row: Row, time: str, facts: Sequence[Row], several: bool) -> str:
    mine = [fact for fact in facts if fact["provider"] == row["provider"]]
    k = next((fact["candidates"] for fact in mine if fact["candidates"] is not None), None)
    name = str(row["provider"]) if several else f"two-stage ({row['provider']})"
    text = f"{name} with k = {k} takes {_up_to(row)}{time}"
    found = next((fact for fact in mine if fact["fact"] == "neighbours-kept" and fact["candidates"] == k), None)
    if found is None or by_chance(found) > BLIND:
        return text
    low, high = found["ci_low"], found["ci_high"]
    known = isinstance(low, float) and isinstance(high, float)
    interval = f"95 %: {_hundredths(low)} to {_hundredths(high)}; " if known else ""
    return (
        f"{text} and keeps {_percent(found['value'])} ({interval}by chance {_percent(by_chance(found))}) of the "
        f"cross-encoder's own top-{found['top_k']} neighbours, measured at {found['n']:,} texts"
        f"{chance_here(row, found)}"
    )


def _up_to(row: Row) -> str:
    return "up to " if row["basis"] == "projected" else ""  # a projection counts k pairs a text, which is a bound


def _limits(rows: Sequence[Row], facts: Sequence[Row], every: Sequence[Row]) -> str:
    largest = largest_measured(every)
    parts = []
    for name in _names(facts, "cross-encoder"):
        rough = any(is_rough(row, every) for row in rows if row["provider"] == name)
        found = [
            f"{words} beyond {_texts(fact['value'], rough and _int(fact['value']) > largest)}"
            for limit, words in _LIMITS
            for fact in facts
            if fact["provider"] == name and fact["fact"] == f"longer-than-{limit}"
        ]
        if found:
            parts.append(f"{name} takes longer than {', '.join(found)} texts")
    return f"All pairs: {'; '.join(parts)}." if parts else ""


def _faster(facts: Sequence[Row]) -> str:
    words = {"faster-than-all-pairs": "takes less time", "cheaper-than-all-pairs": "costs less"}
    parts = []
    for name in _names(facts, "two-stage"):
        saves: dict[str, list[str]] = {}
        for fact in facts:
            if fact["provider"] == name and fact["fact"] in words:
                saves.setdefault(_texts(fact["value"]), []).append(words[str(fact["fact"])])
        found = [f"{' and '.join(what)} from {n} texts on" for n, what in saves.items()]
        if found:
            parts.append(f"{name} {' and '.join(found)}")
    return f"Two stages instead of all pairs: {'; '.join(parts)}." if parts else ""


def _gains(facts: Sequence[Row], comparisons: int | None) -> str:
    found = [fact for fact in facts if fact["fact"] == "spearman-gain" and isinstance(fact["value"], float)]
    once = f", intervals {family(comparisons)}" if len(found) > 1 else ""
    each = "" if once else f"{family(comparisons)}: "
    parts = []
    for fact in found:
        bi, _, cross = str(fact["provider"]).partition("+")
        value, low, high = _real(fact["value"]), fact["ci_low"], fact["ci_high"]
        known = isinstance(low, float) and isinstance(high, float)
        interval = f" ({each}{low:+.4f} to {high:+.4f})" if known else ""
        side = f"{value:+.4f} above" if value >= 0 else f"{-value:.4f} below"
        parts.append(f"{cross} is {side} {bi}{interval}")
    return f"Spearman over the same pairs{once}: {'; '.join(parts)}." if parts else ""


def _intervals(rows: Sequence[Row], every: Sequence[Row]) -> str:
    shown = [row for row in rows if row["basis"] == "projected" and not is_rough(row, every)]
    return "intervals of projected times: 95 % for one measurement more, each alone" if shown else ""


def _check(rows: Sequence[Row], facts: Sequence[Row]) -> str:
    if not rows:
        return ""
    checks = [fact for fact in facts if fact["fact"] == "projection-off"]
    if not checks:
        return "fewer than three sizes were measured: no projection was checked against a size it had not seen"
    sizes = " and ".join(f"{n:,}" for n in sorted({_int(fact["n"]) for fact in checks}))
    parts = [f"{fact['provider']} {_signed(fact['value'])}" for fact in checks]
    return f"projected to {sizes} texts, which the fits had not seen, against measured there: {', '.join(parts)}"


def _far(rows: Sequence[Row]) -> str:
    largest = largest_measured(rows)
    far = sorted({_int(row["n"]) for row in rows if _int(row["n"]) > FAR * largest})
    if not far:
        return ""
    sizes = " and ".join(f"{n:,}" for n in far)
    return f"{sizes} texts: over {FAR} times the largest measured size ({largest:,}); an order of magnitude, no more"


def _left_out(rows: Sequence[Row], named: Sequence[Row]) -> str:
    every, some = ({row["provider"] for row in each} for each in (rows, named))
    if len(every) == len(some):
        return ""
    return (
        f"{len(every)} providers and pairings: only the {_NAMED_OF_A_KIND} fastest of each kind are drawn and named "
        "here, the table has all"
    )


def _seconds(row: Row) -> float:
    return float(row["seconds"] or 0)


def _names(facts: Sequence[Row], kind: str) -> list[str]:
    return list(dict.fromkeys(str(fact["provider"]) for fact in facts if fact["kind"] == kind))


def _texts(value: Cell, rough: bool = False) -> str:
    """A number of texts to three significant digits, 4,770; a rough one to two, `about 4,800`."""
    n = _int(value)
    digits = max(0, len(str(n)) - (2 if rough else 3))
    return f"{'about ' if rough else ''}{round(n, -digits):,}"


def _hundredths(share: Cell) -> str:
    return f"{100 * share:.0f}" if isinstance(share, float) else "–"


def _percent(value: Cell) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, float) else "–"


def _signed(value: Cell) -> str:
    return f"{round(100 * value) or 0:+d} %" if isinstance(value, float) else "–"


def _real(value: Cell) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _int(value: Cell) -> int:
    return int(value) if isinstance(value, int | float) else 0
