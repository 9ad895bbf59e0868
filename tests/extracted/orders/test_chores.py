"""What the chores of orders finish, and what they leave alone."""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import pytest
from uuid_utils.compat import uuid7

from extracted.chassis.config import Settings
from extracted.chassis.database import Database
from extracted.orders import chores as chores_of_orders
from extracted.orders import customers
from extracted.orders.chores import OrdersChores
from extracted.orders.sagas import Checkout, Refund
from extracted.orders.undertaking import Undertaking
from tests.extracted.orders.scene import SERVICE, Scene
from tests.extracted.running import Program, Start, until


@pytest.fixture(scope="module", autouse=True)
def chores(start: Start, variables: Mapping[str, str]) -> Iterator[Program]:
    program = start(*SERVICE, "chores", **variables)
    yield program
    assert program.stop() == 0
    assert "Traceback" not in program.log.read_text()


def test_what_was_left_is_finished_by_the_chores(scene: Scene) -> None:
    checkout = scene.begin()
    assert scene.has("begun")
    scene.lease(0)
    until(lambda: scene.has("done"))
    assert scene.buyer.ask("GET", f"/orders/{checkout['order_id']}").json()["status"] == "paid"


def test_a_running_lease_is_respected(scene: Scene) -> None:
    scene.begin()
    scene.lease(3600)
    # Another purchase, begun later and free, is finished meanwhile: the chores have come by.
    other = scene.begin()
    scene.lease(0, only=other["id"])
    until(lambda: scene.has("begun", "done"))
    scene.lease(0)
    until(lambda: scene.has("done", "done"))


def test_a_bank_that_is_silent_about_all_of_them_takes_a_round_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each takes a second, and comes again: who waits for the refunds waits no longer than that."""
    now, tried = [0.0], Counter[type[Undertaking]]()

    def claim(_: object, kind: type[Undertaking]) -> Undertaking:
        return kind(values={})

    def wait(_: object, row: Undertaking, run: object) -> None:
        now[0] += 1.0
        tried[type(row)] += 1

    monkeypatch.setattr(chores_of_orders, "claim", claim)
    monkeypatch.setattr(chores_of_orders, "go_on", wait)
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(chores_of_orders, "time", clock, raising=False)
    chores = OrdersChores()
    chores.is_leaving = lambda: False
    chores.settle()
    assert tried == {Checkout: 10, Refund: 10}


def test_whoever_leaves_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def begin(step: str) -> None:
        begun.append(step)
        raise LookupError

    chores = OrdersChores()
    chores.is_leaving = lambda: True
    chores.database = Database(Settings(service="", database_url="", amqp_url="", port=1))
    monkeypatch.setattr(chores.database, "read", lambda *_: [(uuid7(), uuid7())])
    monkeypatch.setattr(customers, "remembered", lambda *_: None)
    monkeypatch.setattr(chores_of_orders, "claim", lambda *_: begin("claim"))
    monkeypatch.setattr(chores_of_orders, "write", lambda *_: begin("write"))
    chores.settle()
    chores.cancel_unpaid()
    assert begun == []


def test_what_nobody_paid_is_cancelled_in_the_end(scene: Scene) -> None:
    old, fresh = (scene.buyer.place().json()["id"] for _ in range(2))
    scene.home.owner.execute("ALTER TABLE orders.event DISABLE TRIGGER USER")
    scene.home.owner.execute(
        "UPDATE orders.event SET at = at - interval '3 days' WHERE order_id = %s", (old,)
    )
    scene.home.owner.execute(
        "UPDATE orders.purchase SET placed_at = placed_at - interval '3 days', "
        "updated_at = updated_at - interval '3 days' WHERE id = %s",
        (old,),
    )
    scene.home.owner.execute("ALTER TABLE orders.event ENABLE TRIGGER USER")
    program = scene.chores()
    until(lambda: scene.buyer.ask("GET", f"/orders/{old}").json()["status"] == "cancelled")
    until(lambda: scene.neighbors.asked == ["inventory.release"])
    assert scene.buyer.ask("GET", f"/orders/{fresh}").json()["status"] == "placed"
    program.stop()
