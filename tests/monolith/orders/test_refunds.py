import uuid

import pytest

from extracted.contracts.orders import RefundOrder
from extracted.contracts.payments import PaymentRefused
from extracted.contracts.problems import ProblemError
from monolith.orders import refunds
from monolith.orders.models import Refund
from monolith.orders.settling import Settled
from monolith.outbox.once import Attempt
from tests.monolith.orders.others import Killed

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(shop):
    shop.buy()
    return shop


def assert_refunded(shop, *, left=5):
    (order,) = shop.orders
    assert (order["status"], shop.payment, shop.left) == ("refunded", "refunded", left)
    assert list(shop.payments.refunds.values()) == [600]


def advance(shop, *verbs):
    for verb in verbs:
        done = shop.api.write("POST", f"/orders/{shop.orders[0]['id']}/{verb}")
        assert done.status_code == 200, done.content


def test_what_was_paid_and_not_shipped_is_given_back_with_the_goods(bought):
    answer = bought.refund(reason="too bright")
    assert (answer.status, answer.value.status) == (200, "refunded")
    assert_refunded(bought)
    assert Refund.objects.get().reason == "too bright"


def test_what_was_delivered_is_refunded_and_the_goods_stay_where_they_are(bought):
    advance(bought, "ship", "deliver")
    bought.refund()
    assert_refunded(bought, left=3)


def test_what_is_on_the_road_or_was_refunded_is_not_refunded(bought):
    advance(bought, "ship")
    with pytest.raises(ProblemError, match="order-state"):
        bought.refund()
    advance(bought, "deliver")
    bought.refund()
    with pytest.raises(ProblemError, match="order-state"):
        bought.refund()
    assert_refunded(bought, left=3)


def test_an_order_without_a_payment_is_not_refunded(shop):
    line = {"product_id": str(shop.product_id), "quantity": 1}
    shop.api.post("/orders", {"customer_id": str(shop.customer_id), "lines": [line]})
    with pytest.raises(ProblemError, match="order-state"):
        shop.refund()


def test_a_repeated_refund_answers_the_same(bought):
    key = uuid.uuid4()
    first, again = bought.refund(key=key), bought.refund(key=key)
    assert (again.response, again.replayed) == (first.response, True)
    with pytest.raises(ProblemError, match="idempotency-key-reused"):
        bought.refund(key=key, reason="another")
    assert_refunded(bought)


def test_a_twin_that_refunds_the_order_first_is_answered_for(bought, monkeypatch):
    key, look = uuid.uuid4(), refunds._known
    twins = [key]

    def look_early(attempt):
        found = look(attempt)
        if twins:
            assert bought.refund(key=twins.pop()).status == 200
        return found

    monkeypatch.setattr(refunds, "_known", look_early)
    answer = bought.refund(key=key)
    assert (answer.status, answer.replayed, answer.value.status) == (200, True, "refunded")
    assert_refunded(bought)


@pytest.mark.parametrize("call", ["refund", "release"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_any_question_is_finished(bought, call, when):
    bought.faults.deadly = {(when, call)}
    with pytest.raises(Killed):
        bought.refund()
    assert bought.settle_refunds() == Settled(done=1, failed=0, pending=0)
    assert_refunded(bought)


def test_a_key_that_was_used_twice_does_not_hold_the_refund_up(bought):
    key = uuid.uuid4()
    bought.payments.uncertain = {"refund"}
    assert bought.refund(key=key).status == 202
    bought.basket.put(str(bought.product_id), 2, headers={"Idempotency-Key": str(key)})
    bought.payments.uncertain = set()
    assert bought.settle_refunds() == Settled(done=1, failed=0, pending=0)
    assert_refunded(bought)


def test_an_uncertain_refund_is_a_202_and_is_finished_later(bought):
    bought.payments.uncertain = {"refund"}
    key = uuid.uuid4()
    assert [bought.refund(key=key).status for _ in range(2)] == [202, 202]
    with pytest.raises(ProblemError, match="being refunded"):
        bought.refund()
    for verb in ("ship", "cancel"):
        refused = bought.api.write("POST", f"/orders/{bought.orders[0]['id']}/{verb}")
        assert refused.status_code == 409
    bought.payments.uncertain = set()
    assert bought.settle_refunds().done == 1
    assert bought.refund(key=key).status == 200
    assert_refunded(bought)


def test_a_refused_refund_says_so_and_may_be_asked_for_again(bought, monkeypatch):
    key = uuid.uuid4()
    with monkeypatch.context() as patched:
        patched.setattr(bought.payments, "refund", refuse)
        for _ in range(2):
            with pytest.raises(ProblemError, match="Closed for today"):
                bought.refund(key=key)
    assert bought.orders[0]["status"] == "paid"
    bought.refund()
    assert_refunded(bought)


def refuse(**asked):
    raise PaymentRefused("closed for today")


def test_an_unknown_order_is_a_problem(shop):
    attempt = Attempt(key=uuid.uuid4(), request_hash="")
    with pytest.raises(ProblemError, match="order-not-found"):
        refunds.refund_order(uuid.uuid4(), RefundOrder(), attempt=attempt, others=shop.others)
