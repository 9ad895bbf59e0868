"""Whoever owns the writes is asked, also when they change hands while the provider is."""

from contextlib import contextmanager

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from extracted.contracts.payments import PaymentDeclined, PaymentNotFound, PaymentUncertain
from extracted.contracts.rpc import Refusal, Reply
from monolith.payments import models, recovery
from monolith.payments.local import LocalPayments
from monolith.payments.remote import RemotePayments
from monolith.payments.sandbox import Sandbox
from monolith.payments.seam import PaymentsSeam
from monolith.seams.either import Either
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import RemoteUnavailable
from monolith.seams.stage import Stage
from monolith.seams.where import Standing
from tests.monolith.payments.conftest import euros

pytestmark = pytest.mark.usefixtures("committed", "capture")


@pytest.fixture
def mode(set_mode):
    return lambda value: set_mode(value, domain="payments")


class Overtaken:
    """A provider that does what it is asked, while somebody else becomes the owner."""

    def __init__(self, mode):
        self._mode = mode

    def ask(self, question):
        replies = list(Sandbox().ask(question))
        self._mode("RELEASED")
        return replies


class Service:
    """The service, as far as its answers go."""

    def __init__(self, *answers):
        self.asked = []
        self._answers = list(answers)

    def __call__(self, method, /, correlation_id=None, **arguments):
        self.asked.append((method, arguments))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def refused(kind, **facts):
    return Reply(refusal=Refusal(kind=kind, facts=facts)).model_dump(mode="json")


def a_payment(payment_id, order_id, *, status="authorized"):
    value = {
        "id": str(payment_id),
        "order_id": str(order_id),
        "amount": {"amount": 1000, "currency": "EUR"},
        "status": status,
        "refunded": {"amount": 0, "currency": "EUR"},
        "decline_reason": None,
        "version": 2,
        "created_at": "2026-11-22T10:00:00Z",
        "updated_at": "2026-11-22T10:00:00Z",
    }
    return Reply(value=value).model_dump(mode="json")


@contextmanager
def seam(*, provider=None, service, stage=Stage.SHADOW, deadline_s=0.2):
    local = LocalPayments(provider or Sandbox())
    sides = Either(
        domain="payments",
        local=local,
        remote=RemotePayments(ask=service, timeout_s=1),
        where=lambda: Standing(stage=stage),
        deadline_s=deadline_s,
    )
    yield PaymentsSeam(sides, local=local)


IDS = {"amount": euros(1000), "card_token": "tok_approve"}


def test_a_request_that_loses_its_owner_is_finished_by_the_next_one(mode):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    service = Service(refused("not-owner"), a_payment(**ids))
    with seam(provider=Overtaken(mode), service=service, deadline_s=2) as payments:
        assert payments.authorize(**ids, **IDS).status == "authorized"
    assert {method for method, _ in service.asked} == {"authorize"}
    assert service.asked[0][1]["payment_id"] == str(ids["payment_id"])
    # Asked, and not answered here: the answer is for the owner's books.
    operation = models.Operation.objects.get(pk=ids["payment_id"])
    assert (operation.state, operation.version) == ("asked", 1)
    assert not models.Entry.objects.exists()


def test_where_nobody_owns_nobody_knows_whether_money_moved(mode):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    service = Service(refused("not-owner"))
    with (
        seam(provider=Overtaken(mode), service=service) as payments,
        pytest.raises(PaymentUncertain) as uncertain,
    ):
        payments.authorize(**ids, **IDS)
    assert uncertain.value.payment_id == ids["payment_id"]


def test_what_was_open_is_asked_again_when_the_writes_come_back(mode, set_mode):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    with (
        seam(provider=Overtaken(mode), service=Service(refused("not-owner"))) as payments,
        pytest.raises(PaymentUncertain),
    ):
        payments.authorize(**ids, **IDS)
    mode("OWNER")
    with seam(service=Service(refused("not-owner"))) as payments:
        assert payments.capture(payment_id=ids["payment_id"]).status == "captured"
    assert models.SandboxOperation.objects.filter(kind="authorize").count() == 1


def test_a_copy_that_lags_refuses_nothing_for_what_it_does_not_know(mode):
    mode("REPLICA")
    payment_id, order_id = uuid7(), uuid7()
    service = Service(a_payment(payment_id, order_id, status="voided"))
    with seam(service=service, stage=Stage.MONOLITH) as payments:
        assert payments.void(payment_id=payment_id).status == "voided"
        assert payments.capture(payment_id=payment_id).status == "voided"
    local = LocalPayments(Sandbox())
    for ask in (
        lambda: local.void(payment_id=payment_id),
        lambda: local.capture(payment_id=payment_id),
        lambda: local.refund(payment_id=payment_id, refund_id=uuid7(), amount=euros(1)),
        lambda: local.authorize(payment_id=payment_id, order_id=order_id, **IDS),
    ):
        with pytest.raises(NotOwner):
            ask()
    assert not models.SandboxOperation.objects.exists()


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (refused("payment-declined", reason="card_declined"), PaymentDeclined),
        (refused("payment-uncertain", payment_id=str(uuid7())), PaymentUncertain),
        (refused("payment-not-found", payment_id=str(uuid7())), PaymentNotFound),
    ],
)
def test_the_services_refusal_is_the_callers_error(mode, refusal, error):
    mode("REPLICA")
    service = Service(refusal)
    with seam(service=service, stage=Stage.CUTOVER) as payments, pytest.raises(error):
        payments.capture(payment_id=uuid7())
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "answer", [None, {"value": {"id": 5}}, refused("payment-uncertain"), "yes"]
)
def test_what_is_no_answer_leaves_it_uncertain(mode, answer):
    mode("REPLICA")
    with pytest.raises(RemoteUnavailable):
        RemotePayments(ask=Service(answer), timeout_s=1).capture(payment_id=uuid7())
    with (
        seam(service=Service(answer), stage=Stage.CUTOVER) as payments,
        pytest.raises(PaymentUncertain),
    ):
        payments.capture(payment_id=uuid7())


@pytest.mark.parametrize("stage", [Stage.MONOLITH, Stage.CUTOVER])
def test_nobody_is_asked_inside_a_transaction(stage):
    service = Service(refused("not-owner"))
    with (
        seam(service=service, stage=stage) as payments,
        pytest.raises(RuntimeError),
        transaction.atomic(),
    ):
        payments.capture(payment_id=uuid7())
    assert service.asked == []


def test_whoever_owns_the_open_ones_settles_them(mode, manage, payments, authorize):
    with pytest.raises(PaymentUncertain):
        authorize(token="tok_timeout")
    mode("REPLICA")
    assert "whoever owns them settles them" in manage("settle_payments", "--older-than", "0")
    with pytest.raises(NotOwner):
        recovery.settle_payments(older_than_s=0, provider=Sandbox())
    mode("OWNER")
    assert "1 settled" in manage("settle_payments", "--older-than", "0")
