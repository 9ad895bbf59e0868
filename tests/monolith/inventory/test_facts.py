import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import ReservationEvent, StockAdjusted
from monolith.inventory import actions
from monolith.inventory.seam import INVENTORY

pytestmark = pytest.mark.usefixtures("committed", "capture")


def _facts(owner):
    return owner.execute(
        "SELECT event, aggregate_id, payload FROM handover.outbox WHERE domain = 'inventory'"
        " ORDER BY id"
    ).fetchall()


def test_each_change_is_told_once(make_warehouse, put, lines, owner):
    product, reservation_id = put({make_warehouse(): 5}), uuid7()
    for _ in range(2):
        INVENTORY.reserve(reservation_id=reservation_id, lines=lines((product, 2)), expires_in_s=60)
    INVENTORY.confirm(reservation_id=reservation_id)
    last = INVENTORY.release(reservation_id=reservation_id)
    told = _facts(owner)
    assert [event for event, *_ in told] == ["stock_reserved", "stock_confirmed", "stock_released"]
    assert {aggregate_id for _, aggregate_id, _ in told} == {str(reservation_id)}
    fact = ReservationEvent.model_validate(told[-1][2])
    assert fact.reservation == last
    stock, reservation = (row.image for row in fact.rows)
    assert (stock.on_hand, stock.reserved, stock.version) == (5, 0, 4)
    assert (reservation.id, reservation.status) == (reservation_id, "released")
    assert [portion.quantity for portion in reservation.portions] == [2]


def test_that_an_unknown_id_was_released_is_told_too(owner):
    reservation_id = uuid7()
    INVENTORY.release(reservation_id=reservation_id)
    ((event, _, payload),) = _facts(owner)
    (row,) = ReservationEvent.model_validate(payload).rows
    assert (event, row.image.id, row.image.portions) == ("stock_released", reservation_id, ())


def test_an_end_by_time_is_told_too(make_warehouse, put, lines, owner):
    product = put({make_warehouse(): 5})
    INVENTORY.reserve(reservation_id=uuid7(), lines=lines((product, 2)), expires_in_s=0)
    actions.expire_one()
    assert [event for event, *_ in _facts(owner)] == ["stock_reserved", "stock_expired"]


def test_an_adjustment_is_told_of_its_product(api, make_product, make_warehouse, owner):
    make_warehouse()
    product = make_product()["id"]
    body = {"warehouse": "north", "change": 3, "reason": "received"}
    made = api.post(f"/stock/{product}/adjustments", body).json()
    ((event, aggregate_id, payload),) = _facts(owner)
    assert (event, aggregate_id) == ("stock_adjusted", product)
    assert payload["adjustment"] == made
    rows = StockAdjusted.model_validate(payload).rows
    assert [row.entity for row in rows] == ["stock", "adjustment", "command"]
    assert (rows[0].image.on_hand, rows[1].image.change) == (3, 3)


def test_what_is_sold_out_is_told_per_warehouse_and_once(make_warehouse, put, levels, owner):
    full, other, empty = (
        make_warehouse(slug, position=position)
        for position, slug in enumerate(("north", "south", "west"), start=1)
    )
    product = put({full: 2_000_000, other: 1, empty: 0})
    assert [INVENTORY.sell_out(product_id=product) for _ in range(2)] == [2_000_001, 0]
    assert levels(product) == {"north": (0, 0), "south": (0, 0), "west": (0, 0)}
    assert [(event, payload["adjustment"]["change"]) for event, _, payload in _facts(owner)] == [
        ("stock_adjusted", -2_000_000),
        ("stock_adjusted", -1),
    ]
    assert INVENTORY.sell_out(product_id=uuid7()) == 0
