"""What the chores of orders finish, and what they leave alone."""

from collections.abc import Iterator, Mapping

import pytest

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
