"""The answer to "what does O(n²) cost me": sentences from scaling.csv and scaling_facts.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from embedmark.report.format import duration, number, time_unit
from embedmark.store.cells import Cell

Row = Mapping[str, Cell]
Tables = Mapping[str, Sequence[Row]]

AT = 10_000  # texts that the sentence is about, if the suite projects to them
FAR = 100  # a projection to more than so many times the largest measured size is marked
_MOST_NAMED = 12
_NAMED_OF_A_KIND = 4
_LIMITS = (("1-s", "a second"), ("1-min", "a minute"), ("1-h", "an hour"), ("1-day", "a day"))


def scaling_answers(tables: Tables) -> list[str]:
    """One sentence that compares bi-encoders, cross-encoders and stages at one n, then what it rests on.

    Empty where no scaling was measured.
    """
    rows, facts = leading(tables)
    if not rows:
        return []
    return [text for text in (_at_one_size(rows, facts), _limits(facts), _faster(facts), _gains(facts)) if text]


def scaling_notes(tables: Tables) -> list[str]:
    """How far the projections can be trusted: the check at the largest size, or that there is none; what is far out."""
    rows, facts = leading(tables)
    return [text for text in (_check(rows, facts), _far(rows), _left_out(tables["scaling.csv"], rows)) if text]


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


def _at_one_size(rows: Sequence[Row], facts: Sequence[Row]) -> str:
    n = size_of_answer(rows)
    here = [row for row in rows if row["n"] == n]
    crosses = [row for row in here if row["kind"] == "cross-encoder"]
    parts = [f"{row['provider']} {_time(row)}" for row in here if row["kind"] == "bi-encoder"]
    parts += [f"{_the(row, crosses)} {_time(row)}" for row in crosses]
    parts += [_stages(row, facts, len(crosses) > 1) for row in here if row["kind"] == "two-stage"]
    far = " (far beyond what was measured)" if n > FAR * largest_measured(rows) else ""
    return f"At {n:,} texts{far}, all pairs: {'; '.join(parts)}."


def _the(row: Row, crosses: Sequence[Row]) -> str:
    return f"the cross-encoder ({row['provider']})" if len(crosses) == 1 else str(row["provider"])


def _time(row: Row) -> str:
    return f"{duration(row['seconds'])}{_interval(row['seconds'], row['seconds_ci_low'], row['seconds_ci_high'])}"


def _interval(value: Cell, low: Cell, high: Cell) -> str:
    """` (95 %: 4.9 to 5.6)` in the unit of the value; empty text where there is none."""
    if not isinstance(value, float) or not isinstance(low, float) or not isinstance(high, float):
        return ""
    scale, _ = time_unit(value)
    return f" (95 %: {number(low * scale)} to {number(high * scale)})"


def _stages(row: Row, facts: Sequence[Row], several: bool) -> str:
    mine = [fact for fact in facts if fact["provider"] == row["provider"]]
    k = next((fact["candidates"] for fact in mine if fact["candidates"] is not None), None)
    name = str(row["provider"]) if several else f"two-stage ({row['provider']})"
    text = f"{name} with k = {k} takes {_up_to(row)}{_time(row)}"
    found = next((f for f in mine if f["fact"] == "neighbours-kept" and f["candidates"] == k), None)
    if found is None:
        return text
    return f"{text} and keeps {_percent(found['value'])} of its top-{found['top_k']} (measured at {found['n']:,} texts)"


def _up_to(row: Row) -> str:
    return "up to " if row["basis"] == "projected" else ""  # a projection counts k pairs a text, which is a bound


def _limits(facts: Sequence[Row]) -> str:
    parts = []
    for name in _names(facts, "cross-encoder"):
        found = [
            f"{words} beyond {_texts(fact['value'])}"
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
        mine = {fact["fact"]: fact["value"] for fact in facts if fact["provider"] == name}
        found = [f"{text} from {_texts(mine[fact])} texts on" for fact, text in words.items() if fact in mine]
        if found:
            parts.append(f"{name} {' and '.join(found)}")
    return f"Two stages instead of all pairs: {'; '.join(parts)}." if parts else ""


def _gains(facts: Sequence[Row]) -> str:
    parts = []
    for fact in facts:
        if fact["fact"] == "spearman-gain" and isinstance(fact["value"], float):
            bi, _, cross = str(fact["provider"]).partition("+")
            low, high = fact["ci_low"], fact["ci_high"]
            known = isinstance(low, float) and isinstance(high, float)
            interval = f" (95 %: {low:+.4f} to {high:+.4f})" if known else ""
            parts.append(f"{cross} {fact['value']:+.4f}{interval} on {bi}")
    return f"Spearman over the same pairs: {'; '.join(parts)}." if parts else ""


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


def _texts(value: Cell) -> str:
    """A number of texts to three significant digits: 4,770."""
    n = _int(value)
    digits = max(0, len(str(n)) - 3)
    return f"{round(n, -digits):,}"


def _percent(value: Cell) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, float) else "–"


def _signed(value: Cell) -> str:
    return f"{100 * value:+.0f} %" if isinstance(value, float) else "–"


def _int(value: Cell) -> int:
    return int(value) if isinstance(value, int | float) else 0
