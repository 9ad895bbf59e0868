import uuid
from typing import Any

import pytest

from extracted.contracts.problems import ProblemError
from monolith.orders import checkout, progress, settling, steps
from monolith.orders.models import Checkout, Order
from monolith.outbox.record import recorded
from tests.monolith.orders.others import Killed

pytestmark = pytest.mark.django_db


def test_what_is_in_the_cart_is_bought(shop):
    answer = shop.buy()
    assert (answer.status, answer.replayed, answer.value.status) == (201, False, "paid")
    assert answer.value.total.amount == 600
    shop.assert_bought_once()
    assert shop.faults.calls == ["reserve", "authorize", "confirm", "capture"]
    row = Checkout.objects.get()
    assert (row.step, row.card_token) == ("done", "")
    assert checkout.get(row.id).status == "done"


def test_the_price_is_the_one_of_the_beginning(shop):
    shop.faults.deadly = {("after", "reserve")}
    with pytest.raises(Killed):
        shop.buy()
    path = f"/products/{shop.product_id}"
    shop.api.patch(path, {"price": {"amount": 1, "currency": "EUR"}, "name": "Other"})
    shop.settle()
    assert shop.orders[0]["total"]["amount"] == 600
    assert shop.orders[0]["lines"][0]["name"] == "Reading lamp"


def test_a_repeated_checkout_answers_the_same_and_buys_once(shop):
    key = uuid.uuid4()
    first = shop.buy(key=key)
    shop.fill()
    again = shop.buy(key=key)
    assert (again.response, again.status, again.replayed) == (first.response, 201, True)
    assert len(shop.orders) == 1
    assert shop.wanted() == [2]


def test_a_key_of_another_request_is_refused(shop):
    key = uuid.uuid4()
    shop.buy(key=key)
    with pytest.raises(ProblemError, match="idempotency-key-reused"):
        shop.buy(key=key, token="tok_other")
    other = uuid.uuid4()
    shop.basket.put(str(shop.product_id), 2, headers={"Idempotency-Key": str(other)})
    with pytest.raises(ProblemError, match="idempotency-key-reused"):
        shop.buy(key=other)


def test_a_key_that_was_used_twice_does_not_hold_money_up(shop):
    """A client's fault: the key of a purchase on its way, used for another request."""
    key = uuid.uuid4()
    shop.payments.uncertain = {"capture"}
    assert shop.buy(key=key).status == 202
    shop.basket.put(str(shop.product_id), 2, headers={"Idempotency-Key": str(key)})
    shop.payments.uncertain = set()
    assert shop.settle() == settling.Settled(done=1, failed=0, pending=0)
    (order,) = shop.orders
    assert (order["status"], shop.payment, shop.left) == ("paid", "captured", 3)
    with pytest.raises(ProblemError, match="idempotency-key-reused"):
        shop.buy(key=key)


def test_what_could_not_be_noted_is_not_called_done(shop, monkeypatch):
    shop.payments.uncertain = {"capture"}
    shop.buy()
    shop.payments.uncertain = set()
    with monkeypatch.context() as patched:
        patched.setattr(steps, "note_end", fail)
        assert shop.settle() == settling.Settled(done=0, failed=0, pending=1)
    assert Checkout.objects.get().step == "confirmed"


def fail(*_, **__):
    raise RuntimeError


def test_a_round_ends_although_nothing_can_be_finished(shop, monkeypatch):
    shop.payments.uncertain = {"capture"}
    shop.buy()
    monkeypatch.setattr(settling, "ROUND_S", 0.0)
    assert shop.settle() == settling.Settled(done=0, failed=0, pending=0)


def test_an_empty_cart_is_not_bought(shop):
    shop.buy()
    with pytest.raises(ProblemError, match="cart-empty"):
        shop.buy()


def test_a_cart_that_changes_meanwhile_is_quoted_again(shop, monkeypatch):
    lock, left = checkout.carts.lock, [5, 4]

    def lock_late(customer_id):
        lock(customer_id)
        if left and checkout.carts.get(customer_id).lines:
            with recorded("orders") as record:
                checkout.models.CartLine.objects.update(quantity=left.pop())
                checkout.carts.touch(customer_id, record=record)

    monkeypatch.setattr(checkout.carts, "lock", lock_late)
    answer = shop.buy()
    assert left == []
    assert (answer.value.lines[0].quantity, answer.value.total.amount) == (5, 1500)


def test_a_twin_that_empties_the_cart_first_is_answered_for(shop, monkeypatch):
    key, look = uuid.uuid4(), checkout.carts.get
    twins = [key]

    def look_late(customer_id):
        if twins:
            assert shop.buy(key=twins.pop()).status == 201
        return look(customer_id)

    monkeypatch.setattr(checkout.carts, "get", look_late)
    answer = shop.buy(key=key)
    assert (answer.status, answer.replayed) == (201, True)
    shop.assert_bought_once()


def test_what_is_out_of_stock_is_a_409_and_stays_in_the_cart(shop):
    shop.inventory.stock[shop.product_id] = 1
    key = uuid.uuid4()
    for _ in range(2):
        with pytest.raises(ProblemError) as refused:
            shop.buy(key=key)
        assert (refused.value.kind, refused.value.status) == ("out-of-stock", 409)
    assert shop.faults.calls.count("reserve") == 1
    assert shop.wanted() == [2]
    assert shop.orders == []


def test_a_declined_card_gives_everything_back(shop):
    with pytest.raises(ProblemError, match="no money") as refused:
        shop.buy(token="tok_decline")
    assert (refused.value.kind, refused.value.status) == ("payment-declined", 402)
    shop.assert_nothing_happened()
    assert shop.buy().status == 201


def test_what_was_wanted_meanwhile_stays_as_it_is_wanted_now(shop):
    shop.faults.deadly = {("before", "void")}
    with pytest.raises(Killed):
        shop.buy(token="tok_decline")
    shop.fill(4)
    shop.settle()
    assert shop.wanted() == [4]


@pytest.mark.parametrize("call", ["authorize", "capture"])
def test_an_uncertain_payment_is_a_202_and_is_finished_later(shop, call):
    shop.payments.uncertain = {call}
    key = uuid.uuid4()
    answer = shop.buy(key=key)
    assert (answer.status, answer.value.status) == (202, "pending")
    assert shop.settle() == settling.Settled(done=0, failed=0, pending=1)
    assert shop.buy(key=key).status == 202
    shop.payments.uncertain = set()
    assert shop.settle() == settling.Settled(done=1, failed=0, pending=0)
    shop.assert_bought_once()
    final = shop.buy(key=key)
    assert (final.status, final.replayed) == (201, True)


def test_a_reservation_that_ran_out_meanwhile_undoes_the_purchase(shop):
    shop.payments.uncertain = {"authorize"}
    shop.buy()
    shop.inventory.expire()
    shop.payments.uncertain = set()
    assert shop.settle().failed == 1
    shop.assert_nothing_happened()
    assert shop.payment == "voided"
    assert [order["status"] for order in shop.orders] == ["cancelled"]


def test_a_refused_capture_undoes_the_purchase(shop):
    shop.payments.refused = {"capture"}
    with pytest.raises(ProblemError, match="payment-declined"):
        shop.buy()
    shop.assert_nothing_happened()


def test_a_void_that_is_refused_holds_nothing_else_up(shop, caplog):
    """As of an authorization that has lapsed at the provider."""
    shop.payments.refused = {"capture", "void"}
    with pytest.raises(ProblemError, match="payment-declined"):
        shop.buy()
    assert Checkout.objects.get().step == "failed"
    assert shop.wanted() == [2]
    assert [status for status, _ in shop.inventory.reservations.values()] == ["released"]
    assert [order["status"] for order in shop.orders] == ["cancelled"]
    assert "not voided" in caplog.text


CALLS = ("reserve", "authorize", "confirm", "capture")
UNDONE = ("void", "release")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_any_question_is_finished(shop, call, when):
    shop.faults.deadly = {(when, call)}
    with pytest.raises(Killed):
        shop.buy()
    assert shop.settle() == settling.Settled(done=1, failed=0, pending=0)
    shop.assert_bought_once()


@pytest.mark.parametrize("call", UNDONE)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_any_compensation_is_finished(shop, call, when):
    shop.faults.deadly = {(when, call)}
    shop.payments.refused = {"capture"}
    with pytest.raises(Killed):
        shop.buy()
    assert shop.settle() == settling.Settled(done=0, failed=1, pending=0)
    shop.assert_nothing_happened()


def die_at(monkeypatch: Any, step: str, *, committed: bool) -> None:
    """Die while this step is noted: before its transaction commits, or right after."""
    original, left = progress.move, [step]

    def move(row: Any, wanted: Any, **changes: Any) -> None:
        original(row, wanted, **changes)
        if left == [wanted.value] and not committed:
            left.clear()
            raise Killed

    monkeypatch.setattr(steps, "move", move)
    monkeypatch.setattr(progress, "move", move)
    if not committed:
        return
    run_acts = dict(steps._ACTS)

    def dying(act: Any) -> Any:
        def wrapped(row: Any, others: Any) -> None:
            act(row, others)
            if left == [row.step]:
                left.clear()
                raise Killed

        return wrapped

    monkeypatch.setattr(steps, "_ACTS", {key: dying(act) for key, act in run_acts.items()})


FORWARD = ("reserved", "authorized", "placed", "confirmed", "done")


@pytest.mark.parametrize("step", FORWARD)
@pytest.mark.parametrize("committed", [False, True])
def test_a_crash_while_any_step_is_noted_is_finished(shop, monkeypatch, step, committed):
    die_at(monkeypatch, step, committed=committed)
    key = uuid.uuid4()
    with pytest.raises(Killed):
        shop.buy(key=key)
    settled = shop.settle()
    assert settled.done == (0 if (step, committed) == ("done", True) else 1)
    shop.assert_bought_once()
    assert shop.buy(key=key).status == 201


@pytest.mark.parametrize("step", ["undoing", "failed"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_crash_while_a_compensation_is_noted_is_finished(shop, monkeypatch, step, committed):
    die_at(monkeypatch, step, committed=committed)
    shop.payments.refused = {"capture"}
    key = uuid.uuid4()
    with pytest.raises(Killed):
        shop.buy(key=key)
    shop.settle()
    shop.assert_nothing_happened()
    with pytest.raises(ProblemError, match="payment-declined"):
        shop.buy(key=key)


def test_nobody_takes_over_while_the_lease_runs(shop):
    shop.faults.deadly = {("after", "authorize")}
    with pytest.raises(Killed):
        shop.buy()
    assert settling.settle_checkouts(others=shop.others) == settling.Settled(
        done=0, failed=0, pending=0
    )
    assert shop.orders == []


def test_one_who_was_overtaken_stops(shop):
    taken = []
    authorize = shop.payments.authorize

    def slowly(**asked):
        if not taken:
            taken.append(True)
            shop.settle()
        return authorize(**asked)

    shop.payments.authorize = slowly
    answer = shop.buy()
    assert (answer.status, answer.value.status) == (201, "paid")
    shop.assert_bought_once()
    assert shop.faults.calls.count("capture") == 1


def test_one_that_cannot_be_settled_does_not_hold_up_the_others(shop, open_basket, api, caplog):
    shop.faults.deadly = {("before", "confirm")}
    with pytest.raises(Killed):
        shop.buy()
    confirm = shop.inventory.confirm
    shop.inventory.confirm = None
    assert shop.settle() == settling.Settled(done=0, failed=0, pending=1)
    assert "could not be settled" in caplog.text
    shop.inventory.confirm = confirm
    assert shop.settle().done == 1


def test_an_order_that_is_being_paid_is_not_cancelled(shop):
    shop.payments.uncertain = {"capture"}
    shop.buy()
    (order,) = Order.objects.all()
    refused = shop.api.write("POST", f"/orders/{order.id}/cancel")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:problem:order-state")
    shop.payments.uncertain = set()
    shop.settle()
    shop.assert_bought_once()


def test_an_unknown_checkout_is_a_problem():
    with pytest.raises(ProblemError, match="checkout-not-found"):
        checkout.get(uuid.uuid4())
