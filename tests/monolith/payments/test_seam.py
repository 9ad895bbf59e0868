"""Only who owns the writes asks the provider, and never inside a transaction."""

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from extracted.contracts.payments import PaymentUncertain
from monolith.payments import models, recovery
from monolith.payments.local import LocalPayments
from monolith.payments.sandbox import Sandbox
from monolith.seams.fence import NotOwner
from tests.monolith.payments.conftest import euros

pytestmark = pytest.mark.usefixtures("committed", "capture")


@pytest.fixture
def mode(set_mode):
    return lambda value: set_mode(value, domain="payments")


IDS = {"amount": euros(1000), "card_token": "tok_approve"}


def test_a_side_that_does_not_own_asks_nobody_for_money(mode):
    mode("REPLICA")
    local = LocalPayments(Sandbox())
    payment_id = uuid7()
    for ask in (
        lambda: local.void(payment_id=payment_id),
        lambda: local.capture(payment_id=payment_id),
        lambda: local.refund(payment_id=payment_id, refund_id=uuid7(), amount=euros(1)),
        lambda: local.authorize(payment_id=payment_id, order_id=uuid7(), **IDS),
    ):
        with pytest.raises(NotOwner):
            ask()
    assert not models.SandboxOperation.objects.exists()


def test_nobody_is_asked_inside_a_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        LocalPayments(Sandbox()).authorize(payment_id=uuid7(), order_id=uuid7(), **IDS)
    assert not models.SandboxOperation.objects.exists()


def test_whoever_owns_the_open_ones_settles_them(mode, manage, payments, authorize):
    with pytest.raises(PaymentUncertain):
        authorize(token="tok_timeout")
    mode("REPLICA")
    assert "whoever owns them settles them" in manage("settle_payments", "--older-than", "0")
    with pytest.raises(NotOwner):
        recovery.settle_payments(older_than_s=0, provider=Sandbox())
    mode("OWNER")
    assert "1 settled" in manage("settle_payments", "--older-than", "0")
