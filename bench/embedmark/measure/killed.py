"""Requests that were under way when a run was killed: their rows and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.notices import Notice
from embedmark.notices.records import killed_requests
from embedmark.planning.job import Job
from embedmark.store.entries import Request
from embedmark.store.journal import Journal
from embedmark.store.rows import SampleRow

if TYPE_CHECKING:
    import pandas as pd


def untold_rows(journal: Journal, jobs: Sequence[Job], samples: pd.DataFrame) -> list[SampleRow]:
    """Return the rows of open requests, but for those that a resume wrote before it was killed itself."""
    pairs = zip(samples["provider"], samples["error"], strict=True)
    told = Counter((str(provider), str(error)) for provider, error in pairs)
    told -= Counter(map(_key, (_row_of(request, jobs) for request in journal.killed_requests())))
    rows = []
    for row in (_row_of(request, jobs) for request in journal.open_requests()):
        if told[_key(row)] > 0:
            told[_key(row)] -= 1
        else:
            rows.append(row)
    return rows


def notices_of_killed(lost: Sequence[Request]) -> list[Notice]:
    """Return a warning for each provider whose requests were under way at a kill."""
    return [
        killed_requests(
            name,
            requests=len(mine),
            tokens=sum(one.bound for one in mine),
            named="; ".join(map(_named, mine[:3])),
        )
        for name in dict.fromkeys(one.provider for one in lost)
        for mine in [[one for one in lost if one.provider == name]]
    ]


def _row_of(request: Request, jobs: Sequence[Job]) -> SampleRow:
    """Return the row of a request that was under way when the run was killed."""
    job = next((job for job in jobs if job.label == request.job), None)
    return SampleRow(
        provider=request.provider, measure=job.measure if job else "load", dataset=job.dataset if job else "",
        phase="timed" if job else "first", unit=job.unit if job else "", n_items=request.n, tokens=request.bound,
        requests=1, status="failed-attempt",
        error=f"Killed: under way when the run was killed, and perhaps billed; {_named(request)}",
    )  # fmt: skip


def _key(row: SampleRow) -> tuple[str, str]:
    return row.provider, row.error


def _named(request: Request) -> str:
    if not request.places:
        return f"{request.n} items of {request.job}"
    shown = ", ".join(str(place + 1) for place in list(request.places)[:8])
    more = f" and {request.n - 8} more" if request.n > 8 else ""
    return f"items {shown}{more} of {request.job}"
