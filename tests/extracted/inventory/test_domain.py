"""The rules of stock, without a database: from which shelves is taken, and how much."""

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extracted.contracts.inventory import MAX_HOLD_S, OutOfStock, StockLine
from extracted.inventory import domain
from extracted.inventory.domain import Level, Portion

ids = st.uuids(version=4)
PRODUCTS = [uuid.UUID(int=number) for number in (3, 1, 2)]


@dataclass(frozen=True)
class Place:
    id: uuid.UUID
    position: int


# Two warehouses may stand at one position: then their ids decide.
places = st.lists(
    st.builds(Place, id=ids, position=st.integers(0, 2)),
    min_size=1,
    max_size=4,
    unique_by=lambda place: place.id,
)
counts = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted)


@st.composite
def shelves(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of stock as they are locked: by product and warehouse."""
    rows = [
        {"id": uuid.uuid4(), "product_id": product_id, "place": place, "counts": draw(counts)}
        for product_id in PRODUCTS
        for place in draw(places)
    ]
    return sorted(rows, key=lambda row: (row["product_id"], row["place"].id))


wishes = st.dictionaries(st.sampled_from([*PRODUCTS, uuid.UUID(int=9)]), st.integers(1, 12))


def levels_of(rows: list[dict[str, Any]]) -> tuple[Level, ...]:
    return tuple(
        Level(
            stock_id=row["id"],
            product_id=row["product_id"],
            warehouse=str(row["place"].id),
            position=row["place"].position,
            on_hand=row["counts"][1],
            reserved=row["counts"][0],
            version=1,
        )
        for row in rows
    )


@given(rows=shelves(), wanted=wishes)
def test_one_shelf_that_has_it_all_is_enough_and_the_nearest_goes_first(
    rows: list[dict[str, Any]], wanted: dict[uuid.UUID, int]
) -> None:
    nearest = sorted(levels_of(rows), key=lambda level: level.position)
    try:
        portions = domain.portioned(wanted, levels_of(rows))
    except OutOfStock:
        return
    for product_id, quantity in wanted.items():
        shelves = [level for level in nearest if level.product_id == product_id]
        ours = [
            portion for portion in portions if portion.stock_id in {s.stock_id for s in shelves}
        ]
        whole = [level.stock_id for level in shelves if level.available >= quantity]
        filled = [level.stock_id for level in shelves if level.available]
        expected = whole[:1] or filled[: len(ours)]
        assert [portion.stock_id for portion in ours] == expected


@given(rows=shelves(), wanted=wishes)
def test_portions_are_what_was_wanted_and_what_there_is(
    rows: list[dict[str, Any]], wanted: dict[uuid.UUID, int]
) -> None:
    by_id = {level.stock_id: level for level in levels_of(rows)}
    there = Counter[uuid.UUID]()
    for level in by_id.values():
        there[level.product_id] += level.available
    levels = tuple(by_id.values())
    if any(count > there[product_id] for product_id, count in wanted.items()):
        with pytest.raises(OutOfStock) as refusal:
            domain.portioned(wanted, levels)
        short = refusal.value
        assert short.available == there[short.product_id] < short.wanted
        return
    portions = domain.portioned(wanted, levels)
    taken = Counter[uuid.UUID]()
    for portion in portions:
        assert 0 < portion.quantity <= by_id[portion.stock_id].available
        taken[by_id[portion.stock_id].product_id] += portion.quantity
    assert taken == wanted
    assert len({portion.stock_id for portion in portions}) == len(portions)


@given(
    st.lists(
        st.builds(StockLine, product_id=st.sampled_from(PRODUCTS), quantity=st.integers(1, 9)),
        min_size=1,
    )
)
def test_lines_add_up_per_product_in_the_order_asked_for(lines: list[StockLine]) -> None:
    asked = [line.product_id for line in lines]
    total = domain.wanted(lines)
    assert [*total] == sorted(set(asked), key=asked.index)
    for product_id in asked:
        assert total[product_id] == sum(
            line.quantity for line in lines if line.product_id == product_id
        )


def test_no_lines_are_no_reservation() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        domain.wanted([])


@pytest.mark.parametrize(("seconds", "is_fine"), [(-1, False), (0, True), (MAX_HOLD_S + 1, False)])
def test_goods_are_kept_for_a_time_that_makes_sense(seconds: int, *, is_fine: bool) -> None:
    if is_fine:
        domain.require_hold(seconds)
    else:
        with pytest.raises(ValueError, match="lasts from 0"):
            domain.require_hold(seconds)


@given(st.lists(st.builds(Portion, stock_id=ids, quantity=st.integers(1, 99))), st.randoms())
def test_portions_are_read_back_in_their_order(portions: list[Portion], chance: Any) -> None:
    kept = domain.to_json(portions)
    chance.shuffle(kept)
    assert domain.from_json(kept) == tuple(portions)
