import pytest
from django.db import IntegrityError, transaction
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import OutOfStock, ReservationLost
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from monolith.inventory.models import Reservation, Stock
from monolith.inventory.seam import INVENTORY
from monolith.outbox.record import recorded

pytestmark = pytest.mark.django_db


@pytest.fixture
def reserve(lines):
    def reserve(*wishes, reservation_id=None, expires_in_s=600):
        return INVENTORY.reserve(
            reservation_id=reservation_id or uuid7(),
            lines=lines(*wishes),
            expires_in_s=expires_in_s,
        )

    return reserve


def test_reserved_goods_stay_on_hand_and_are_not_available(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    reservation = reserve((product, 3))
    assert reservation.status == "held"
    assert [(line.product_id, line.quantity) for line in reservation.lines] == [(product, 3)]
    assert levels(product) == {"north": (5, 3)}
    assert INVENTORY.availability(product_ids=[product]) == {product: 2}


def test_a_product_without_stock_has_none():
    unknown = uuid7()
    assert INVENTORY.availability(product_ids=[unknown]) == {unknown: 0}


def test_more_than_there_is_is_a_clear_409_and_keeps_nothing(make_warehouse, put, levels, reserve):
    warehouse = make_warehouse()
    plenty, few = put({warehouse: 10}), put({warehouse: 1})
    with pytest.raises(OutOfStock) as refused:
        reserve((plenty, 1), (few, 2))
    error = refused.value
    assert (error.product_id, error.wanted, error.available) == (few, 2, 1)
    assert (error.status, error.problem.type) == (409, "urn:problem:out-of-stock")
    assert (levels(plenty), levels(few)) == ({"north": (10, 0)}, {"north": (1, 0)})
    assert not Reservation.objects.exists()


def test_a_refused_id_may_be_tried_again_later(make_warehouse, put, reserve):
    warehouse = make_warehouse()
    product, reservation_id = put({warehouse: 1}), uuid7()
    first = reserve((product, 1))
    with pytest.raises(OutOfStock):
        reserve((product, 1), reservation_id=reservation_id)
    INVENTORY.release(reservation_id=first.id)
    assert reserve((product, 1), reservation_id=reservation_id).status == "held"


def test_confirmed_goods_leave_the_shelf(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    reservation = reserve((product, 3))
    assert INVENTORY.confirm(reservation_id=reservation.id).status == "confirmed"
    assert levels(product) == {"north": (2, 0)}


def test_released_goods_are_available_again(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    reservation = reserve((product, 3))
    assert INVENTORY.release(reservation_id=reservation.id).status == "released"
    assert levels(product) == {"north": (5, 0)}


def test_goods_of_a_cancelled_order_go_back_on_the_shelf(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    reservation = reserve((product, 3))
    INVENTORY.confirm(reservation_id=reservation.id)
    INVENTORY.release(reservation_id=reservation.id)
    assert levels(product) == {"north": (5, 0)}


def test_asking_again_changes_nothing(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    first = reserve((product, 2))
    assert reserve((product, 2), reservation_id=first.id) == first
    confirmed = INVENTORY.confirm(reservation_id=first.id)
    assert INVENTORY.confirm(reservation_id=first.id) == confirmed
    assert reserve((product, 2), reservation_id=first.id) == confirmed
    assert levels(product) == {"north": (3, 0)}
    released = INVENTORY.release(reservation_id=first.id)
    assert INVENTORY.release(reservation_id=first.id) == released
    assert levels(product) == {"north": (5, 0)}


def test_one_id_does_not_keep_two_different_things(make_warehouse, put, reserve):
    product = put({make_warehouse(): 5})
    first = reserve((product, 2))
    with pytest.raises(ProblemError, match="conflict"):
        reserve((product, 3), reservation_id=first.id)


def test_what_was_released_cannot_be_confirmed_or_reserved(make_warehouse, put, reserve):
    product = put({make_warehouse(): 5})
    reservation = reserve((product, 2))
    INVENTORY.release(reservation_id=reservation.id)
    with pytest.raises(ReservationLost):
        INVENTORY.confirm(reservation_id=reservation.id)
    with pytest.raises(ReservationLost) as lost:
        reserve((product, 2), reservation_id=reservation.id)
    assert (lost.value.standing, lost.value.status) == ("released", 409)


def test_only_what_is_held_is_given_back_on_request(make_warehouse, put, levels, reserve):
    product = put({make_warehouse(): 5})
    paid, kept = reserve((product, 2)), reserve((product, 1))
    confirmed = INVENTORY.confirm(reservation_id=paid.id)
    assert INVENTORY.release(reservation_id=paid.id, only_held=True) == confirmed
    assert INVENTORY.release(reservation_id=kept.id, only_held=True).status == "released"
    assert levels(product) == {"north": (3, 0)}


def test_a_release_that_overtakes_its_reserve_wins(make_warehouse, put, levels, reserve):
    product, reservation_id = put({make_warehouse(): 5}), uuid7()
    assert INVENTORY.release(reservation_id=reservation_id).lines == ()
    with pytest.raises(ReservationLost):
        reserve((product, 1), reservation_id=reservation_id)
    assert levels(product) == {"north": (5, 0)}


def test_what_was_never_reserved_cannot_be_confirmed():
    with pytest.raises(ReservationLost) as lost:
        INVENTORY.confirm(reservation_id=uuid7())
    assert lost.value.standing is None


def test_one_warehouse_that_has_all_is_better_than_two(make_warehouse, put, levels, reserve):
    near, far = make_warehouse("near"), make_warehouse("far", position=2)
    product = put({near: 2, far: 9})
    reserve((product, 3))
    assert levels(product) == {"near": (2, 0), "far": (9, 3)}
    reserve((product, 2))
    assert levels(product) == {"near": (2, 2), "far": (9, 3)}


def test_what_no_warehouse_has_alone_comes_from_several(make_warehouse, put, levels, reserve):
    near, far = make_warehouse("near"), make_warehouse("far", position=2)
    product = put({far: 4, near: 3})
    reservation = reserve((product, 5))
    assert levels(product) == {"near": (3, 3), "far": (4, 2)}
    assert [line.quantity for line in reservation.lines] == [5]
    INVENTORY.confirm(reservation_id=reservation.id)
    assert levels(product) == {"near": (0, 0), "far": (2, 0)}


def test_lines_of_one_product_are_added_up(make_warehouse, put, reserve):
    product = put({make_warehouse(): 5})
    with pytest.raises(OutOfStock) as refused:
        reserve((product, 3), (product, 3))
    assert refused.value.wanted == 6


@pytest.mark.parametrize("expires_in_s", [-1, 10_000_000])
def test_a_reservation_lasts_for_a_sensible_time(make_warehouse, put, reserve, expires_in_s):
    product = put({make_warehouse(): 5})
    with pytest.raises(ValueError, match="lasts"):
        reserve((product, 1), expires_in_s=expires_in_s)


def test_a_reservation_has_lines(reserve):
    with pytest.raises(ValueError, match="at least one line"):
        reserve()


def test_nothing_is_reserved_where_another_side_owns(make_warehouse, put, reserve, set_mode):
    product = put({make_warehouse(): 5})
    set_mode("RELEASED", domain="inventory")
    with pytest.raises(Unanswered, match="a write of inventory"):
        reserve((product, 1))


@pytest.mark.parametrize("change", [{"on_hand": -1}, {"reserved": -1}, {"on_hand": 1}])
def test_the_database_refuses_what_the_code_must_never_ask(make_warehouse, put, reserve, change):
    product = put({make_warehouse(): 5})
    reserve((product, 2))
    with pytest.raises(IntegrityError), transaction.atomic(), recorded("inventory"):
        Stock.objects.filter(product_id=product).update(**change)
