"""Bills: sums that people add up, to the cent where a cent matters."""

from __future__ import annotations

from embedmark.report.text.numbers import DASH, number

_CENTS_BELOW = 10_000


def bill(value: float | None) -> str:
    """Return a sum of a bill: $0.00312, $78.40, $2,801.66, $33,612.

    >>> bill(2801.664)
    '$2,801.66'
    """
    if value is None:
        return DASH
    if 0 < abs(value) < 1:
        return f"${number(value)}"
    return f"${value:,.2f}" if abs(value) < _CENTS_BELOW else f"${value:,.0f}"


def bill_span(low: float | None, high: float | None) -> str:
    """Return an interval behind a sum, ` [$70.10, $81.95]`; empty text where there is none, or it has no width.

    >>> bill_span(None, None)
    ''
    """
    if low is None or high is None or bill(low) == bill(high):
        return ""
    return f" [{bill(low)}, {bill(high)}]"
