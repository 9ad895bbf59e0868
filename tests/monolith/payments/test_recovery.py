import re

import pytest
from uuid_utils.compat import uuid7

from extracted.contracts.payments import PaymentDeclined, PaymentUncertain
from monolith.payments import models, recovery
from monolith.payments.asking import accept
from monolith.payments.provider import Reply
from monolith.payments.sandbox import Sandbox
from tests.monolith.payments.conftest import Died

FAULTS = ("lost", "late", "older", "dead")
UNCERTAIN = (PaymentUncertain, Died)


@pytest.fixture
def settle():
    return lambda older_than_s=0: recovery.settle_payments(
        older_than_s=older_than_s, provider=Sandbox()
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_an_authorization_without_an_answer_is_settled_later(
    payments, provider, authorize, balances, *, settle, fault
):
    order_id = uuid7()
    provider.faults = [fault]
    with pytest.raises(UNCERTAIN):
        authorize(order_id=order_id)
    assert balances() == {}
    assert payments.of_order(order_id=order_id)[0].status == "uncertain"
    assert settle() == recovery.Settled(answered=1, uncertain=0)
    assert payments.of_order(order_id=order_id)[0].status == "authorized"
    assert balances() == {"reserved_at_provider": 1000, "reserved_for_orders": -1000}
    assert settle() == recovery.Settled(answered=0, uncertain=0)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", ["capture", "void"])
def test_a_crash_after_the_provider_acted_moves_money_once(
    payments, provider, authorize, balances, *, settle, kind, fault
):
    paid = authorize()
    provider.faults = [fault]
    with pytest.raises(UNCERTAIN):
        getattr(payments, kind)(payment_id=paid.id)
    assert settle().answered == 1
    after = balances()
    getattr(payments, kind)(payment_id=paid.id)
    assert balances() == after
    assert models.SandboxOperation.objects.filter(kind=kind).count() == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_whoever_asks_next_settles_what_is_open_first(
    payments, provider, authorize, balances, fault
):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    provider.faults = [fault]
    with pytest.raises(UNCERTAIN):
        authorize(**ids)
    assert payments.void(payment_id=ids["payment_id"]).status == "voided"
    assert balances() == {}


def test_a_declined_card_that_answered_late_is_declined(payments, provider, authorize, settle):
    ids = {"payment_id": uuid7(), "order_id": uuid7()}
    provider.faults = ["late"]
    with pytest.raises(PaymentUncertain):
        authorize(token="tok_decline", **ids)
    settle()
    with pytest.raises(PaymentDeclined):
        authorize(token="tok_decline", **ids)


def test_while_the_provider_is_silent_it_stays_uncertain(authorize, provider, settle):
    provider.faults = ["lost", "lost"]
    with pytest.raises(PaymentUncertain):
        authorize()
    done = recovery.settle_payments(older_than_s=0, provider=provider)
    assert done == recovery.Settled(answered=0, uncertain=1)
    assert settle(older_than_s=60) == recovery.Settled(answered=0, uncertain=0)


def test_an_answer_that_contradicts_itself_or_belongs_to_nobody_changes_nothing(
    payments, authorize, balances, caplog
):
    paid = authorize()
    before = balances()
    accept(Reply(operation_id=paid.id, accepted=False, reason="changed_my_mind"))
    accept(Reply(operation_id=uuid7(), accepted=True))
    assert balances() == before
    assert payments.of_order(order_id=paid.order_id) == (paid,)
    assert {record.message for record in caplog.records} == {
        "the provider contradicts itself",
        "an answer to nothing we asked",
    }


def test_the_command_settles_and_says_so(authorize, payments, manage):
    order_id = uuid7()
    with pytest.raises(PaymentUncertain):
        authorize(order_id=order_id, token="tok_timeout")
    said = manage("settle_payments", "--older-than", "0")
    assert re.search("1 settled, 0 still uncertain", said)
    assert payments.of_order(order_id=order_id)[0].status == "authorized"


def test_every_table_of_payments_is_fenced(owner, database):
    found = owner.execute("SELECT handover.unfenced('public', 'payments\\_%')").fetchall()
    assert found == []


def test_a_round_ends_although_the_provider_is_silent_about_all(
    authorize, provider, settle, monkeypatch
):
    for _ in range(3):
        with pytest.raises(PaymentUncertain):
            authorize(token="tok_timeout")
    provider.faults = ["lost"] * 3
    monkeypatch.setattr(recovery, "ROUND_S", 0.0)
    assert recovery.settle_payments(older_than_s=0, provider=provider) == recovery.Settled(
        answered=0, uncertain=0
    )
    monkeypatch.undo()
    assert settle() == recovery.Settled(answered=3, uncertain=0)
