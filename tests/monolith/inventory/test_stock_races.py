"""Real threads with connections of their own, real commits, one real PostgreSQL."""

import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from uuid_utils.compat import uuid7

from extracted.contracts.inventory import OutOfStock, ReservationLost
from monolith.inventory.models import Stock
from monolith.inventory.seam import INVENTORY
from monolith.outbox.record import recorded


def _race(*runners: Callable[[], None]) -> None:
    """Run all at once; what one of them raises is raised here."""
    failed: list[BaseException] = []

    def guarded(run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(run,)) for run in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if failed:
        raise failed[0]
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("races", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_of_two_buyers_of_the_last_item_one_gets_it_and_one_a_clear_409(
    committed: None, make_warehouse: Callable[..., Any], lines: Callable[..., Any], *, races: int
) -> None:
    warehouse = make_warehouse()
    last_items = [uuid7() for _ in range(races)]
    with recorded("inventory"):
        Stock.objects.bulk_create(
            Stock(id=uuid7(), product_id=product_id, warehouse=warehouse, on_hand=1)
            for product_id in last_items
        )
    start = threading.Barrier(2, timeout=30)
    answers: dict[uuid.UUID, list[object]] = {product_id: [] for product_id in last_items}

    def buy() -> None:
        for product_id in last_items:
            start.wait()
            try:
                reserved = INVENTORY.reserve(
                    reservation_id=uuid7(), lines=lines((product_id, 1)), expires_in_s=60
                )
                answers[product_id].append(reserved.status)
            except OutOfStock as error:
                answers[product_id].append((error.status, error.kind, error.available))

    _race(buy, buy)
    clear = {"held", (409, "out-of-stock", 0)}
    assert [found for found in answers.values() if len(found) != 2 or set(found) != clear] == []
    assert not Stock.objects.exclude(on_hand=1, reserved=1).exists()


def test_over_http_too_the_last_item_goes_once(
    committed: None,
    make_product: Callable[..., Any],
    make_warehouse: Callable[..., Any],
    lines: Callable[..., Any],
) -> None:
    warehouse, product_id = make_warehouse(), uuid.UUID(make_product()["id"])
    with recorded("inventory"):
        Stock.objects.create(id=uuid7(), product_id=product_id, warehouse=warehouse, on_hand=20)
    statuses: list[int] = []

    def take() -> None:
        for _ in range(15):
            answer = Client().post(
                f"/api/v1/stock/{product_id}/adjustments",
                {"warehouse": "north", "change": -1, "reason": "lost"},
                content_type="application/json",
                headers={"Idempotency-Key": str(uuid.uuid4())},
            )
            statuses.append(answer.status_code)

    _race(take, take)
    assert Counter(statuses) == {201: 20, 409: 10}
    assert Stock.objects.get(product_id=product_id).on_hand == 0


@pytest.mark.slow
def test_nobody_waits_in_a_circle(
    committed: None,
    make_warehouse: Callable[..., Any],
    put: Callable[..., uuid.UUID],
    lines: Callable[..., Any],
    levels: Callable[..., Any],
) -> None:
    near, far = make_warehouse("near"), make_warehouse("far", position=2)
    goods = [put({near: 3, far: 3}) for _ in range(4)]

    def buy(order: int) -> Callable[[], None]:
        def run() -> None:
            for turn in range(40):
                wishes = [(product_id, 1 + turn % 4) for product_id in goods[::order]]
                reservation_id = uuid7()
                try:
                    INVENTORY.reserve(
                        reservation_id=reservation_id, lines=lines(*wishes), expires_in_s=60
                    )
                except OutOfStock:
                    continue
                if turn % 2:
                    INVENTORY.confirm(reservation_id=reservation_id)
                INVENTORY.release(reservation_id=reservation_id)

        return run

    _race(buy(1), buy(-1), buy(1), buy(-1))
    for product_id in goods:
        assert levels(product_id) == {"near": (3, 0), "far": (3, 0)}


def test_one_reservation_asked_for_by_many_at_once_is_made_once(
    committed: None,
    make_warehouse: Callable[..., Any],
    put: Callable[..., uuid.UUID],
    lines: Callable[..., Any],
    levels: Callable[..., Any],
) -> None:
    product_id = put({make_warehouse(): 100})
    start = threading.Barrier(3, timeout=30)
    ids = [uuid7() for _ in range(20)]

    def ask() -> None:
        for reservation_id in ids:
            start.wait()
            INVENTORY.reserve(
                reservation_id=reservation_id, lines=lines((product_id, 2)), expires_in_s=60
            )

    _race(ask, ask, ask)
    assert levels(product_id) == {"north": (100, 40)}


@pytest.mark.parametrize("only_held", [False, True])
def test_confirm_and_release_at_once_leave_a_whole_state(
    committed: None,
    make_warehouse: Callable[..., Any],
    put: Callable[..., uuid.UUID],
    lines: Callable[..., Any],
    levels: Callable[..., Any],
    *,
    only_held: bool,
) -> None:
    product_id = put({make_warehouse(): 60})
    ids = [uuid7() for _ in range(30)]
    for reservation_id in ids:
        INVENTORY.reserve(
            reservation_id=reservation_id, lines=lines((product_id, 2)), expires_in_s=60
        )
    start = threading.Barrier(2, timeout=30)
    paid: list[uuid.UUID] = []

    def confirm() -> None:
        for reservation_id in ids:
            start.wait()
            with contextlib.suppress(ReservationLost):
                paid.append(INVENTORY.confirm(reservation_id=reservation_id).id)

    def release() -> None:
        for reservation_id in ids:
            start.wait()
            INVENTORY.release(reservation_id=reservation_id, only_held=only_held)

    _race(confirm, release)
    assert levels(product_id) == {"north": (60 - 2 * len(paid) if only_held else 60, 0)}
