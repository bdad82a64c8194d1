"""An edit of a raw file is found, and named down to the cell."""

from __future__ import annotations

import random

import pytest

from embedmark.store.digests import Edit, digest_csv, find_edits, parse, ragged_rows
from embedmark.store.tables import table_bytes

COLUMNS = ["provider", "pair_id", "gold", "predicted"]


def rows(n: int) -> list[dict[str, str | int | float | None]]:
    return [{"provider": "모델", "pair_id": str(i), "gold": i / 7, "predicted": i / 3} for i in range(1, n + 1)]


def written(n: int) -> bytes:
    return table_bytes(rows(n), COLUMNS)


def test_unchanged_file_has_no_edits() -> None:
    assert find_edits(written(200), digest_csv(written(200))) == []


@pytest.mark.parametrize("n", [1, 64, 65, 1379])
def test_one_cell(n: int) -> None:
    rng = random.Random(n)
    for _ in range(5):
        row, column = rng.randint(1, n), rng.choice(COLUMNS)
        changed = rows(n)
        changed[row - 1][column] = "9.5"
        assert find_edits(table_bytes(changed, COLUMNS), digest_csv(written(n))) == [Edit(row, column, "edited")]


def test_edits_in_two_blocks_are_both_found() -> None:
    changed = rows(300)
    changed[9]["gold"] = 5.5
    changed[250]["predicted"] = 0.25
    edits = find_edits(table_bytes(changed, COLUMNS), digest_csv(written(300)))
    assert edits == [Edit(10, "gold", "edited"), Edit(251, "predicted", "edited")]


def test_a_row_taken_out_and_one_put_in() -> None:
    fewer = rows(100)
    del fewer[41]
    assert find_edits(table_bytes(fewer, COLUMNS), digest_csv(written(100))) == [Edit(42, "", "removed")]
    more = rows(100)
    more.insert(10, {"provider": "x", "pair_id": "0", "gold": 1, "predicted": 1})
    assert find_edits(table_bytes(more, COLUMNS), digest_csv(written(100))) == [Edit(11, "", "added")]


def test_other_bytes_with_the_same_cells_are_still_an_edit() -> None:
    assert find_edits(written(5).replace(b"\n", b"\r\n"), digest_csv(written(5))) == [Edit(0, "", "edited")]


def test_a_line_cut_short_by_a_kill_is_left_out() -> None:
    header, body = parse(written(3)[:-4])
    assert header == COLUMNS
    assert len(body) == 2


def test_a_nul_byte_is_kept_and_a_row_of_another_width_is_named() -> None:
    data = written(2) + "모델,3\n".encode() + b"a\0b,4,0.5,0.5\n" + b"m,5,0.5,0.5,9\n"
    _, body = parse(data)
    assert [row[0] for row in body] == ["모델", "모델", "a\0b"]
    assert ragged_rows(data) == [3, 5]
    assert ragged_rows(written(3)[:-4]) == []  # cut short by a kill
