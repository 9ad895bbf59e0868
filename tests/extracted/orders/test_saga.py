"""A purchase and a refund, whatever is killed, slow or away: once, whole or not at all."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from extracted.chassis.remote import AT_ONCE
from tests.extracted.orders.asking import Buyer, Neighbors
from tests.extracted.orders.front import Front
from tests.extracted.orders.scene import NEIGHBORS, SERVICE, Scene
from tests.extracted.running import until
from tests.extracted.test_auth import Issuer

SETTLED_S = 30.0


def test_a_purchase_that_is_killed_at_every_step_is_bought_once(scene: Scene) -> None:
    checkout = scene.begin()
    asked_before = len(scene.neighbors.asked)
    twice = scene.kills("before", "after")
    scene.neighbors.plan(
        inventory__reserve=list(twice),
        payments__authorize=list(twice),
        inventory__confirm=list(twice),
        payments__capture=list(twice),
    )
    program = scene.replaced()
    until(lambda: scene.has("done"), within_s=SETTLED_S)
    program.stop()

    assert scene.neighbors.books["kills"] == 8
    # Both who were killed asked, and so did who ended it, on a busy machine more than once.
    asked = [(name, len([*same])) for name, same in groupby(scene.neighbors.asked[asked_before:])]
    names = ["inventory.reserve", "payments.authorize", "inventory.confirm", "payments.capture"]
    assert [name for name, _ in asked] == names, "each step, and none of them again after the next"
    assert all(times >= 3 for _, times in asked)
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])
    shown = scene.buyer.ask("GET", f"/orders/{checkout['order_id']}").json()
    assert (shown["status"], shown["version"]) == ("paid", 2)
    assert scene.home.rows("SELECT count(*) FROM orders.purchase") == [(1,)]
    assert scene.buyer.ask("GET", f"/checkouts/{checkout['id']}").json()["status"] == "done"
    assert scene.buyer.cart()["lines"] == []


def test_a_purchase_that_is_killed_while_it_is_undone_leaves_nothing(scene: Scene) -> None:
    """The goods are lost after the money was authorized and the order was placed."""
    checkout = scene.begin()
    twice = scene.kills("before", "after")
    facts = {"reservation_id": str(uuid.uuid4()), "standing": "expired"}
    lost = {"how": "refused", "refusal": {"kind": "reservation-lost", "facts": facts}}
    scene.neighbors.plan(
        inventory__confirm=[lost], payments__void=list(twice), inventory__release=list(twice)
    )
    program = scene.replaced()
    until(lambda: scene.has("failed"), within_s=SETTLED_S)
    program.stop()

    assert scene.neighbors.books["kills"] == 4
    assert scene.neighbors.ends() == (["released"], ["voided"])
    assert scene.buyer.ask("GET", f"/orders/{checkout['order_id']}").json()["status"] == "cancelled"
    shown = scene.buyer.ask("GET", f"/checkouts/{checkout['id']}").json()
    assert (shown["status"], shown["problem"]) == ("failed", "reservation-lost")
    assert [line["quantity"] for line in scene.buyer.cart()["lines"]] == [2]


@pytest.mark.parametrize(
    ("gate", "step"),
    [("payments.authorize", "authorized"), ("payments.capture", "confirmed")],
    ids=["before the order is placed", "before the order is paid"],
)
def test_a_process_that_dies_between_two_questions_is_no_harm(
    scene: Scene, gate: str, step: str
) -> None:
    """Where nobody is asked, a lock holds it up: it is killed behind the gate."""
    scene.begin()
    program = scene.replaced()
    with scene.home.connect("owner") as other:
        with other.transaction():
            # Where the order is written.
            other.execute("LOCK orders.purchase IN ACCESS EXCLUSIVE MODE")
            until(lambda: scene.has("authorized"), within_s=SETTLED_S)
            if step == "authorized":
                scene.kill()
        if step == "confirmed":
            # The next one is held up where the order is paid.
            with other.transaction():
                other.execute("LOCK orders.command IN ACCESS EXCLUSIVE MODE")
                until(lambda: scene.has("confirmed"), within_s=SETTLED_S)
                until(lambda: gate in scene.neighbors.asked)
                scene.kill()
    until(lambda: scene.has("done"), within_s=SETTLED_S)
    program.stop()
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])
    assert scene.home.rows("SELECT status, version FROM orders.purchase") == [("paid", 2)]


def test_a_refund_that_is_killed_at_every_step_gives_the_money_back_once(scene: Scene) -> None:
    path = f"/orders/{scene.buyer.buy().json()['id']}"
    scene.neighbors.plan(payments__refund=[{"how": "crash"}])
    key = uuid7()
    pending = scene.buyer.ask("POST", f"{path}/refund", {"reason": "x"}, key=key)
    assert (pending.status_code, pending.json()["status"]) == (202, "pending")
    twice = scene.kills("before", "after")
    scene.neighbors.plan(payments__refund=list(twice), inventory__release=list(twice))
    program = scene.replaced()
    until(lambda: scene.has("done", table="refund"), within_s=SETTLED_S)
    program.stop()

    assert scene.neighbors.books["kills"] == 4
    assert scene.neighbors.ends() == (["released"], ["refunded"])
    again = scene.buyer.ask("POST", f"{path}/refund", {"reason": "x"}, key=key)
    assert (again.status_code, again.json()["status"]) == (200, "refunded")
    assert len(scene.neighbors.ids_of("payments.refund", "refund_id")) == 1


def test_whoever_is_told_to_stop_leaves_the_rest_to_the_next(scene: Scene) -> None:
    """Each takes a second of waiting for the bank; the grace period is for one."""
    for _ in range(3):
        scene.begin()
    scene.neighbors.plan(payments__authorize=[{"how": "slow", "seconds": 1}] * 3)
    scene.lease(0)
    chores = scene.chores()
    until(lambda: "payments.authorize" in scene.neighbors.asked, within_s=SETTLED_S)
    assert chores.stop() == 0
    assert scene.neighbors.asked.count("payments.authorize") == 1
    scene.neighbors.plan()
    scene.lease(0)
    survivor = scene.chores()
    until(lambda: scene.has("done", "done", "done"), within_s=SETTLED_S)
    survivor.stop()


def insisted(scene: Scene, buyer: Buyer, key: uuid.UUID) -> httpx.Response:
    """On a busy machine a question of any step may be given up; then we ask once more."""
    for _ in range(10):
        answer = buyer.check_out(key=key)
        if answer.status_code != 202:
            return answer
        scene.lease(0)
    pytest.fail("the purchase does not come to an end")


def test_whoever_serves_may_die_too_and_the_key_is_answered_by_the_next(scene: Scene) -> None:
    scene.buyer.fill()
    doomed = scene.run(*SERVICE, "serve")
    scene.victim.write_text(str(doomed.process.pid))
    scene.neighbors.plan(payments__capture=scene.kills("after"))
    key, survivor = uuid7(), scene.buyer
    dying = Buyer(doomed, scene.buyer.token, scene.buyer.id, scene.buyer.product)
    with pytest.raises(Exception, match=r"disconnected|reset|closed"):
        insisted(scene, dying, key)
    assert scene.has("confirmed")
    waiting = survivor.check_out(key=key)
    assert waiting.status_code == 202, "the lease of who died still runs"
    scene.lease(0)
    bought = insisted(scene, survivor, key)
    assert (bought.status_code, bought.json()["status"]) == (201, "paid")
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])
    assert scene.neighbors.asked.count("payments.capture") >= 2


@pytest.mark.parametrize("trouble", ["slow", "nonsense", "crash", "uncertain"])
def test_a_neighbor_in_trouble_makes_it_late_and_no_more(scene: Scene, trouble: str) -> None:
    plans: dict[str, dict[str, Any]] = {
        "slow": {"how": "slow", "seconds": 1.5},
        "uncertain": {
            "how": "refused",
            "refusal": {
                "kind": "payment-uncertain",
                "facts": {"payment_id": str(uuid.uuid4())},
            },
        },
    }
    plan = plans.get(trouble, {"how": trouble})
    method = "payments__authorize" if trouble == "uncertain" else "inventory__confirm"
    scene.neighbors.plan(**{method: [plan]})
    key = uuid7()
    scene.buyer.fill()
    assert scene.buyer.check_out(key=key).status_code == 202
    assert scene.buyer.check_out(key=key).status_code == 202, "left alone for a moment"
    scene.lease(0)
    assert scene.buyer.check_out(key=key).status_code == 201
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("inventory__confirm", {"kind": "of-tomorrow"}),
        ("inventory__confirm", {"kind": "reservation-lost"}),
        ("inventory__confirm", {"kind": "reservation-lost", "facts": {"reservation_id": "no id"}}),
        ("payments__capture", {"kind": "payment-declined"}),
        ("payments__capture", {"kind": "payment-uncertain", "facts": {"payment_id": "no id"}}),
    ],
    ids=[
        "unknown goods",
        "goods without facts",
        "no such goods",
        "money without facts",
        "no such money",
    ],
)
def test_a_refusal_that_cannot_be_read_makes_it_late_and_no_more(
    scene: Scene, method: str, refusal: dict[str, Any]
) -> None:
    scene.neighbors.plan(**{method: [{"how": "refused", "refusal": refusal}]})
    key = uuid7()
    scene.buyer.fill()
    assert scene.buyer.check_out(key=key).status_code == 202
    scene.lease(0)
    assert insisted(scene, scene.buyer, key).status_code == 201
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])


@pytest.mark.slow
def test_a_key_that_was_used_twice_does_not_hold_money_up(scene: Scene) -> None:
    """A client's fault: the key of a purchase on its way, used for another request."""
    key = uuid7()
    scene.buyer.fill()
    scene.neighbors.plan(payments__capture=[{"how": "slow", "seconds": 6}])
    assert scene.buyer.check_out(key=key).status_code == 202
    other = scene.buyer.place(key=key)
    assert other.status_code == 201
    scene.lease(0)
    again = scene.buyer.check_out(key=key)
    assert again.status_code == 422
    assert scene.has("done")
    assert scene.neighbors.ends() == (["confirmed"], ["captured"])


@pytest.mark.slow
def test_a_neighbor_that_is_not_there_is_found_when_it_comes(scene: Scene, vhost: str) -> None:
    """Another broker, on which nobody but us is: prices come from the shop, goods later."""
    service = scene.run(*SERVICE, "serve", AMQP_URL=vhost)
    alone = Buyer(service, scene.buyer.token, scene.buyer.id, scene.buyer.product)
    assert alone.fill().status_code == 200
    key = uuid7()
    assert alone.check_out(key=key).status_code == 202
    late = Neighbors(scene.run(NEIGHBORS, "inventory", "payments", AMQP_URL=vhost))
    until(lambda: late.books["is_started"])

    def is_bought() -> bool:
        scene.lease(0)
        return alone.check_out(key=key).status_code == 201

    until(is_bought)
    assert late.ends() == (["confirmed"], ["captured"])
    late.program.stop()
    service.stop()


@pytest.mark.slow
def test_a_slow_neighbor_takes_its_share_and_no_more(
    scene: Scene, front: Front, issuer: Issuer
) -> None:
    """So many wait for it; the others are put off at once, and whoever needs it not is served."""
    crowd = [
        replace(scene.buyer, id=customer, token=issuer.token(sub=str(customer)))
        for customer in (front.add_customer() for _ in range(AT_ONCE + 4))
    ]
    assert {one.fill().status_code for one in crowd} == {200}
    slow = {"how": "slow", "seconds": 0.8}
    scene.neighbors.plan(inventory__reserve=[slow] * AT_ONCE)
    with ThreadPoolExecutor(len(crowd)) as pool:
        buying = [pool.submit(one.check_out) for one in crowd]
        until(lambda: scene.neighbors.asked.count("inventory.reserve") >= AT_ONCE)
        own = f"/orders?customer_id={scene.buyer.id}"
        assert scene.buyer.ask("GET", own).status_code == 200
        assert not all(one.done() for one in buying), "served while they wait"
        answers = [one.result() for one in buying]
    assert {answer.status_code for answer in answers} <= {201, 202}

    def is_settled() -> bool:
        scene.lease(0)
        return set(scene.steps()) == {"done"}

    chores = scene.chores()
    until(is_settled, within_s=SETTLED_S)
    chores.stop()
    reserved, paid = scene.neighbors.ends()
    assert (set(reserved), set(paid)) == ({"confirmed"}, {"captured"})
    assert len(reserved) == len(paid) == len(crowd)
