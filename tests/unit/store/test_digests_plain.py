"""Files without quotes are split line by line, with the records and checksums of the csv module."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from embedmark.store import digests


@given(st.text(st.sampled_from('ab,"\n\r\x1f 가'), max_size=40))
def test_records_are_those_of_the_csv_module(text: str) -> None:
    complete = text[: text.rfind("\n") + 1]
    try:
        expected = list(csv.reader(io.StringIO(complete, newline="")))
    except csv.Error:
        return

    header, rows = digests.parse(text.encode())

    assert header == (expected[0] if expected else [])
    assert rows == [row for row in expected[1:] if len(row) == len(header)]


def test_checksums_are_the_same_with_and_without_quotes() -> None:
    plain = b"x,y\n" + b"".join(b"%d,a\n" % i for i in range(200))
    quoted = b"x,y\n" + b"".join(b'"%d",a\n' % i for i in range(200))

    found, other = digests.digest_csv(plain), digests.digest_csv(quoted)

    assert found.sha256 != other.sha256
    assert (found.rows, found.row_checksums) == (200, other.row_checksums)
    assert found.column_checksums == other.column_checksums
