"""What a migration may do to rows, and what it may not."""

import pytest

from tests.migration_plan.stages.databases import Rows, back, equal, kept

BEFORE: Rows = {"lamp": [{"id": 1, "price": 5}, {"id": 2, "price": 7}], "chair": []}
LAMPS = BEFORE["lamp"]


@pytest.mark.parametrize(
    "later",
    [
        BEFORE,
        {**BEFORE, "table": [{"id": 3}]},
        {**BEFORE, "lamp": LAMPS[::-1]},
        {**BEFORE, "lamp": [{**lamp, "version": 1} for lamp in LAMPS]},
    ],
    ids=["the same", "one table more", "another order", "one column more"],
)
def test_rows_are_kept(later: Rows) -> None:
    assert kept(BEFORE, later)


@pytest.mark.parametrize(
    "later",
    [
        {"lamp": LAMPS},
        {**BEFORE, "lamp": LAMPS[:1]},
        {**BEFORE, "lamp": []},
        {**BEFORE, "lamp": [*LAMPS, LAMPS[0]]},
        {**BEFORE, "lamp": [{**lamp, "price": 5} for lamp in LAMPS]},
    ],
    ids=["no table", "a row lost", "all rows lost", "a row twice", "another price"],
)
def test_rows_that_are_not_kept_are_noticed(later: Rows) -> None:
    assert not kept(BEFORE, later)


def test_after_the_way_back_nothing_is_new() -> None:
    assert equal(BEFORE, {**BEFORE, "lamp": LAMPS[::-1]})
    assert not equal(BEFORE, {**BEFORE, "table": []})
    assert not equal(BEFORE, {**BEFORE, "lamp": [{**lamp, "version": 1} for lamp in LAMPS]})


def test_what_was_made_last_is_taken_back_first_app_by_app() -> None:
    older = [("shop", "0001"), ("people", "0001")]
    newer = [*older, ("shop", "0002"), ("shop", "0003"), ("stock", "0001")]
    assert list(back(older, newer, is_monolith=True)) == [("stock", "zero"), ("shop", "0001")]
    assert list(back(older[:1], newer[:1], is_monolith=True)) == []
    named = [("catalog", "0001"), ("catalog", "0002")]
    assert list(back(named[:1], named, is_monolith=False)) == [("--to", "0001")]
