"""Every change of a payment or an operation is in the stream, with the rows that are now true."""

import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.payments import PaymentChanged, PaymentRefused, PaymentUncertain
from monolith.payments.asking import accept
from monolith.payments.provider import Reply
from tests.monolith.payments.conftest import Died, euros

pytestmark = pytest.mark.usefixtures("capture")


def facts(owner):
    query = "SELECT event, payload FROM handover.outbox WHERE domain = 'payments' ORDER BY id"
    return [(event, PaymentChanged.model_validate(said)) for event, said in owner.execute(query)]


def test_what_is_only_asked_travels_too(authorize, provider, owner):
    provider.faults = ["dead"]
    with pytest.raises(Died):
        authorize()
    ((event, fact),) = facts(owner)
    payment, operation = (row.image for row in fact.rows)
    assert (event, payment.status, payment.version) == ("payment_asked", "uncertain", 1)
    assert (operation.state, operation.version, operation.entries) == ("asked", 1, ())
    # Whoever finishes it has to ask the provider with the same card.
    assert payment.card_token == "tok_approve"


def test_an_answer_brings_its_booking(authorize, payments, owner):
    paid = authorize()
    payments.capture(payment_id=paid.id)
    payments.refund(payment_id=paid.id, refund_id=uuid7(), amount=euros(300))
    told = facts(owner)
    assert [event for event, _ in told][1::2] == [
        "payment_authorized",
        "payment_captured",
        "payment_refunded",
    ]
    for _, fact in told[1::2]:
        operation = fact.rows[1].image
        assert (operation.state, operation.version) == ("done", 2)
        assert sum(entry.amount for entry in operation.entries) == 0
        assert operation.entries
    assert [fact.payment.version for _, fact in told] == [1, 2, 2, 3, 3, 4]
    assert told[-1][1].rows[0].image.refunded == 300


def test_a_refusal_of_something_authorized_changes_the_operation_alone(
    authorize, payments, provider, owner
):
    paid = authorize()
    provider.faults = ["lost"]
    with pytest.raises(PaymentUncertain):
        payments.capture(payment_id=paid.id)
    ((open_operation,),) = owner.execute(
        "SELECT id FROM payments_operation WHERE state = 'asked'"
    ).fetchall()
    accept(Reply(operation_id=open_operation, accepted=False, reason="no_more"))
    event, fact = facts(owner)[-1]
    payment, operation = (row.image for row in fact.rows)
    assert (event, payment.version, payment.status) == ("payment_refused", 2, "authorized")
    assert (operation.state, operation.reason, operation.version) == ("refused", "no_more", 2)
    with pytest.raises(PaymentRefused):
        payments.capture(payment_id=paid.id)
