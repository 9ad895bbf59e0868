"""An error of payments arrives over RPC as the error that it was."""

from uuid import uuid4

import pytest

from extracted.contracts.payments import (
    PaymentDeclined,
    PaymentError,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
    error_of,
    refusal_of,
)
from extracted.contracts.rpc import Refusal, Reply

ERRORS = (
    PaymentDeclined("card_declined"),
    PaymentUncertain(uuid4()),
    PaymentNotFound(uuid4()),
    PaymentRefused("a payment that is voided allows no capture"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_on_the_other_side_of_the_broker(error: PaymentError) -> None:
    sent = Reply(refusal=refusal_of(error)).model_dump_json()
    refusal = Reply.model_validate_json(sent).refusal
    assert refusal is not None
    found = error_of(refusal)
    assert type(found) is type(error)
    assert (str(found), vars(found)) == (str(error), vars(error))


def test_each_error_of_payments_can_be_sent() -> None:
    assert {type(error) for error in ERRORS} == set(PaymentError.__subclasses__())


def test_what_is_no_error_of_payments_is_not_read_as_one() -> None:
    assert error_of(Refusal(kind="not-owner")) is None


def test_a_refusal_without_its_facts_is_no_answer() -> None:
    with pytest.raises(KeyError):
        error_of(Refusal(kind="payment-uncertain"))


@pytest.mark.parametrize("nonsense", [7, None, [1], "x"])
def test_a_refusal_whose_facts_are_nonsense_is_no_answer(nonsense: object) -> None:
    with pytest.raises(ValueError, match="UUID"):
        error_of(Refusal(kind="payment-not-found", facts={"payment_id": nonsense}))
