import threading
from datetime import timedelta

import pytest
from django.db import connections
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import ReservationLost
from monolith.inventory import actions
from monolith.inventory.models import Reservation, Stock
from monolith.inventory.seam import INVENTORY


def _reserve(lines, *wishes, expires_in_s):
    return INVENTORY.reserve(
        reservation_id=uuid7(), lines=lines(*wishes), expires_in_s=expires_in_s
    )


@pytest.mark.django_db
def test_only_what_is_overdue_and_held_expires(make_warehouse, put, levels, lines):
    product = put({make_warehouse(): 10})
    overdue = _reserve(lines, (product, 1), expires_in_s=0)
    bought = _reserve(lines, (product, 2), expires_in_s=0)
    kept = _reserve(lines, (product, 3), expires_in_s=600)
    INVENTORY.confirm(reservation_id=bought.id)
    expired = actions.expire_one()
    assert expired
    assert (expired.id, expired.status) == (overdue.id, "expired")
    assert actions.expire_one() is None
    assert levels(product) == {"north": (8, 3)}
    assert Reservation.objects.get(pk=kept.id).status == "held"


@pytest.mark.django_db
def test_what_is_overdue_may_be_confirmed_until_it_is_taken_away(make_warehouse, put, lines):
    product = put({make_warehouse(): 2})
    late, too_late = (_reserve(lines, (product, 1), expires_in_s=0) for _ in range(2))
    assert INVENTORY.confirm(reservation_id=late.id).status == "confirmed"
    assert actions.expire_one()
    with pytest.raises(ReservationLost) as lost:
        INVENTORY.confirm(reservation_id=too_late.id)
    assert lost.value.standing == "expired"
    assert INVENTORY.release(reservation_id=too_late.id).status == "expired"


def test_the_command_gives_everything_overdue_back(overdue, levels, manage):
    assert "3 reservations have expired" in manage("expire_reservations")
    assert levels(overdue) == {"north": (9, 0)}
    assert "0 reservations have expired" in manage("expire_reservations")


def test_one_that_does_not_expire_keeps_no_other_from_it(
    overdue, make_warehouse, put, levels, *, lines, manage
):
    damaged = put({make_warehouse("south"): 2})
    stuck = _reserve(lines, (damaged, 2), expires_in_s=0)
    # The first to be found; less is kept than it says, so the database refuses to take it off.
    Reservation.objects.filter(pk=stuck.id).update(expires_at=stuck.expires_at - timedelta(days=1))
    Stock.objects.filter(product_id=damaged).update(reserved=1)
    with pytest.raises(actions.NotExpired, match=str(stuck.id)):
        manage("expire_reservations")
    assert (levels(overdue), levels(damaged)) == ({"north": (9, 0)}, {"south": (2, 1)})
    Stock.objects.filter(product_id=damaged).update(reserved=2)
    assert "1 reservations have expired" in manage("expire_reservations")
    assert levels(damaged) == {"south": (2, 0)}


@pytest.fixture
def overdue(committed, make_warehouse, put, lines):
    product = put({make_warehouse(): 9})
    for _ in range(3):
        _reserve(lines, (product, 2), expires_in_s=0)
    return product


def test_two_that_clean_up_at_once_end_each_reservation_once(
    committed, make_warehouse, put, levels, lines
):
    warehouse = make_warehouse()
    first, second = put({warehouse: 20}), put({warehouse: 20})
    for turn in range(20):
        wishes = ((first, 1), (second, 1))[:: 1 if turn % 2 else -1]
        _reserve(lines, *wishes, expires_in_s=0)
    ended = []

    def clean_up():
        try:
            while expired := actions.expire_one():
                ended.append(expired.id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=clean_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # Whoever finds a row locked passes it by, so the last may be left to the next run.
    clean_up()
    assert len(ended) == len(set(ended)) == 20
    assert levels(first) == levels(second) == {"north": (20, 0)}
