import threading

import pytest
from django.db import connections, transaction
from uuid_utils.compat import uuid7

from extracted.contracts.payments import (
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
)
from extracted.contracts.values import Money


def euros(amount):
    return Money(amount=amount, currency="EUR")


@pytest.fixture(autouse=True)
def told(capture):
    """Facts are kept from the first step of a move on; what is asserted of them is asserted here."""


def events(owner):
    rows = owner.execute("SELECT event FROM handover.outbox WHERE domain='payments' ORDER BY id")
    return [event for (event,) in rows]


def test_a_payment_is_authorized_captured_and_refunded_in_parts(
    payments, authorize, balances, owner
):
    paid = authorize(1000)
    assert (paid.status, paid.version) == ("authorized", 2)
    assert balances() == {"reserved_at_provider": 1000, "reserved_for_orders": -1000}
    assert payments.capture(payment_id=paid.id).status == "captured"
    assert balances() == {"due_from_provider": 1000, "sales": -1000}
    part = payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(300))
    assert (part.status, part.refunded.amount) == ("captured", 300)
    rest = payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(700))
    assert (rest.status, rest.refunded.amount) == ("refunded", 1000)
    assert balances() == {"refunds": 1000, "sales": -1000}
    assert payments.of_order(order_id=paid.order_id) == (rest,)
    done = ("authorized", "captured", "refunded", "refunded")
    assert events(owner) == [f"payment_{said}" for past in done for said in ("asked", past)]


def test_a_void_lets_go_of_what_was_reserved(payments, authorize, balances):
    paid = authorize()
    assert payments.void(payment_id=paid.id).status == "voided"
    assert balances() == {}
    with pytest.raises(PaymentRefused):
        payments.capture(payment_id=paid.id)


@pytest.mark.parametrize(
    ("token", "reason"), [("tok_decline", "card_declined"), ("tok_none", "unknown_card")]
)
def test_a_declined_card_books_nothing_and_stays_declined(
    payments, authorize, balances, *, token, reason
):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as declined:
            authorize(token=token, **ids)
        assert declined.value.reason == reason
    assert payments.void(payment_id=ids["payment_id"]).status == "declined"
    with pytest.raises(PaymentRefused):
        payments.capture(payment_id=ids["payment_id"])
    assert balances() == {}


def test_a_card_that_answers_too_late_has_been_charged_once(payments, authorize, balances):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    with pytest.raises(PaymentUncertain):
        authorize(token="tok_timeout", **ids)
    assert payments.of_order(order_id=ids["order_id"])[0].status == "uncertain"
    assert authorize(token="tok_timeout", **ids).status == "authorized"
    assert balances() == {"reserved_at_provider": 1000, "reserved_for_orders": -1000}


def test_a_provider_that_answers_twice_is_booked_once(payments, authorize, balances, owner):
    paid = authorize(token="tok_twice")
    payments.capture(payment_id=paid.id)
    assert balances() == {"due_from_provider": 1000, "sales": -1000}
    assert events(owner) == [
        "payment_asked",
        "payment_authorized",
        "payment_asked",
        "payment_captured",
    ]


def test_every_request_may_be_sent_again(payments, authorize, balances):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    refund = {"payment_id": ids["payment_id"], "refund_id": uuid7(), "amount": euros(400)}
    authorize(**ids)
    first = [payments.capture(payment_id=ids["payment_id"]), payments.refund(**refund)]
    again = [authorize(**ids), payments.capture(payment_id=ids["payment_id"])]
    assert [*again, payments.refund(**refund)] == [first[1]] * 3
    assert balances() == {"due_from_provider": 600, "sales": -1000, "refunds": 400}


def test_an_id_asks_for_one_thing_only(payments, authorize):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    authorize(**ids)
    for changed in ({"amount": 1001}, {"token": "tok_twice"}, {"order_id": uuid7()}):
        with pytest.raises(PaymentRefused):
            authorize(**ids | changed)
    payments.capture(payment_id=ids["payment_id"])
    refund_id = uuid7()
    payments.refund(payment_id=ids["payment_id"], refund_id=refund_id, amount=euros(1))
    with pytest.raises(PaymentRefused):
        payments.refund(payment_id=ids["payment_id"], refund_id=refund_id, amount=euros(2))


@pytest.mark.parametrize("amount", [0, 1001])
def test_no_more_is_refunded_than_was_captured_and_not_nothing(payments, authorize, amount):
    paid = authorize(1000)
    with pytest.raises(PaymentRefused):
        payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(10))
    payments.capture(payment_id=paid.id)
    with pytest.raises(PaymentRefused):
        payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(amount))
    dollars = Money(amount=10, currency="USD")
    with pytest.raises(PaymentRefused):
        payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=dollars)
    with pytest.raises(PaymentRefused):
        payments.void(payment_id=paid.id)


def test_what_nobody_asked_for_is_not_found_and_nothing_costs_nothing(payments, authorize):
    for ask in (payments.capture, payments.void):
        with pytest.raises(PaymentNotFound):
            ask(payment_id=uuid7())
    with pytest.raises(PaymentRefused):
        authorize(0)


def test_the_provider_is_never_asked_inside_a_transaction(payments, authorize):
    paid = authorize()
    asking = (
        authorize,
        lambda: payments.capture(payment_id=paid.id),
        lambda: payments.void(payment_id=paid.id),
        lambda: payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(1)),
    )
    for ask in asking:
        with pytest.raises(RuntimeError), transaction.atomic():
            ask()


def test_twenty_at_once_with_one_id_pay_once(payments, authorize, balances):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    found = []

    def pay():
        try:
            authorize(**ids)
            found.append(payments.capture(payment_id=ids["payment_id"]).status)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=pay) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == ["captured"] * 20
    assert balances() == {"due_from_provider": 1000, "sales": -1000}


def test_refunds_at_once_never_give_back_more_than_there_was(payments, authorize, balances):
    paid = authorize(1000)
    payments.capture(payment_id=paid.id)
    outcomes = []

    def give_back():
        try:
            payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(300))
            outcomes.append("done")
        except (PaymentRefused, PaymentUncertain) as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=give_back) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == 10
    assert 1 <= outcomes.count("done") <= 3
    assert balances()["refunds"] == 300 * outcomes.count("done")
