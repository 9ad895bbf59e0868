import random

import psycopg
import pytest
from django.db import DatabaseError
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from uuid_utils.compat import uuid7

from extracted.contracts.payments import PaymentError
from extracted.contracts.values import Money
from monolith.outbox.record import recorded
from monolith.payments import books, models, recovery, states
from monolith.payments.asking import accept
from monolith.payments.sandbox import Sandbox
from tests.monolith.payments.conftest import Died

KINDS = ("authorize", "capture", "void", "refund")
FAULTS = ("", "", "", "lost", "late", "dead", "twice")


def euros(amount):
    return Money(amount=amount, currency="EUR")


@given(kind=st.sampled_from(KINDS), amount=st.integers(1, 10**10))
def test_every_booking_sums_to_zero(kind, amount):
    lines = books.bookings(kind, euros(amount))
    assert sum(line.amount for line in lines) == 0
    assert all(line.amount for line in lines)


@given(kind=st.sampled_from(KINDS), refunded=st.integers(0, 100), amount=st.integers(-5, 105))
def test_what_is_allowed_never_refunds_more_than_all(kind, refunded, amount):
    for status in ("uncertain", "authorized", "declined", "captured", "voided", "refunded"):
        standing = states.Standing(status=status, amount=100, refunded=refunded)
        try:
            states.require_allowed(kind, amount=amount, standing=standing)
        except PaymentError:
            continue
        assert states.after(kind, amount=amount, standing=standing).refunded <= 100


class Shop:
    """Somebody who asks for anything at any time, over a bad line."""

    def __init__(self, payments, provider):
        self.payments, self.provider = payments, provider
        self.ids, self.refunds = [], []

    def do(self, kind, *, fault, amount, pick, again):
        self.provider.faults = [fault] if fault else []
        try:
            self._ask(kind, amount=amount, pick=pick, again=again)
        except (PaymentError, Died):
            pass
        finally:
            self.provider.faults = []

    def _ask(self, kind, *, amount, pick, again):
        if kind == "authorize" and not (again and self.ids):
            self.ids.append((uuid7(), uuid7(), amount, pick % 4))
        if not self.ids:
            return
        payment_id, order_id, wanted, card = self.ids[pick % len(self.ids)]
        if kind == "authorize":
            payment_id, order_id, wanted, card = self.ids[pick % len(self.ids) if again else -1]
            token = ("tok_approve", "tok_decline", "tok_timeout", "tok_twice")[card]
            self.payments.authorize(
                payment_id=payment_id, order_id=order_id, amount=euros(wanted), card_token=token
            )
        elif kind == "refund":
            if not (again and self.refunds):
                self.refunds.append((payment_id, uuid7(), amount))
            payment_id, refund_id, wanted = self.refunds[pick % len(self.refunds) if again else -1]
            self.payments.refund(payment_id=payment_id, refund_id=refund_id, amount=euros(wanted))
        elif kind == "replay" and self.provider.seen:
            accept(self.provider.seen[pick % len(self.provider.seen)])
        elif kind in ("capture", "void"):
            getattr(self.payments, kind)(payment_id=payment_id)


STEP = st.fixed_dictionaries(
    {
        "kind": st.sampled_from((*KINDS, "replay")),
        "fault": st.sampled_from(FAULTS),
        "amount": st.integers(1, 500),
        "pick": st.integers(0, 50),
        "again": st.booleans(),
    }
)


def assert_the_books_are_right():
    """Each booking, and so all of them, sums to zero; once settled, they say what the bank says."""
    sums = models.Entry.objects.values("operation", "currency").annotate(total=Sum("amount"))
    assert [row for row in sums if row["total"]] == []
    done = recovery.settle_payments(older_than_s=0, provider=Sandbox())
    done = recovery.settle_payments(older_than_s=0, provider=Sandbox()) if done.uncertain else done
    assert done.uncertain == 0
    assert not models.Operation.objects.filter(state="asked").exists()
    ours = models.Operation.objects.filter(state="done").values_list("id", "kind", "amount")
    theirs = models.SandboxOperation.objects.filter(accepted=True)
    assert set(ours) == set(theirs.values_list("id", "kind", "amount"))
    assert models.Entry.objects.aggregate(total=Sum("amount"))["total"] in (0, None)
    assert_the_accounts_agree_with_the_payments()


def assert_the_accounts_agree_with_the_payments():
    found = models.Entry.objects.values("account").annotate(total=Sum("amount"))
    totals = {row["account"]: row["total"] for row in found if row["total"]}
    expected = {"reserved_at_provider": 0, "sales": 0, "refunds": 0}
    for payment in models.Payment.objects.all():
        if payment.status == "authorized":
            expected["reserved_at_provider"] += payment.amount
        if payment.status in ("captured", "refunded"):
            expected["sales"] -= payment.amount
        expected["refunds"] += payment.refunded
    expected["reserved_for_orders"] = -expected["reserved_at_provider"]
    expected["due_from_provider"] = -expected["sales"] - expected["refunds"]
    assert totals == {account: total for account, total in expected.items() if total}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=25))
def test_the_books_are_right_after_any_story(payments, provider, steps):
    shop = Shop(payments, provider)
    for step in steps:
        shop.do(**step)
    assert_the_books_are_right()


@pytest.mark.slow
@pytest.mark.timeout(600)  # some ten thousand commits, on a busy machine
def test_the_books_are_right_after_a_thousand_operations_and_failures(payments, provider):
    chance, shop = random.Random(7), Shop(payments, provider)
    for _ in range(1000):
        shop.do(
            chance.choice((*KINDS, "authorize", "capture", "replay")),
            fault=chance.choice(FAULTS),
            amount=chance.randint(1, 500),
            pick=chance.randint(0, 10_000),
            again=chance.random() < 0.2,
        )
    assert_the_books_are_right()
    done = models.Operation.objects.filter(state="done").values_list("kind", flat=True)
    assert min(list(done).count(kind) for kind in KINDS) >= 10
    # A story without failures would prove little.
    assert min(provider.met[fault] for fault in FAULTS) >= 50, provider.met
    declined = models.Operation.objects.filter(kind="authorize", state="refused")
    assert declined.count() >= 10


UNEVEN = {
    "one line only": [("sales", -5)],
    "lines that differ": [("sales", -5), ("due_from_provider", 6)],
}


@pytest.mark.parametrize("lines", UNEVEN.values(), ids=UNEVEN.keys())
def test_the_database_refuses_a_booking_that_does_not_sum_to_zero(authorize, lines):
    paid = authorize()
    with pytest.raises(DatabaseError, match="instead of zero"), recorded("payments"):
        models.Entry.objects.bulk_create(
            models.Entry(operation_id=paid.id, account=account, amount=amount, currency="EUR")
            for account, amount in lines
        )


def test_a_balance_in_two_currencies_is_none(authorize):
    paid = authorize()
    with pytest.raises(DatabaseError, match="instead of zero"), recorded("payments"):
        models.Entry.objects.bulk_create(
            models.Entry(operation_id=paid.id, account=account, amount=amount, currency=currency)
            for account, amount, currency in (("refunds", 5, "EUR"), ("sales", -5, "USD"))
        )


def test_nothing_is_done_without_a_booking_and_nothing_booked_that_is_not_done(authorize):
    paid = authorize()
    wanted = {"payment_id": paid.id, "kind": "capture", "amount": 1000, "epoch": 1}
    with pytest.raises(DatabaseError, match="its booking"), recorded("payments"):
        models.Operation(id=uuid7(), state="done", **wanted).save(force_insert=True)
    with pytest.raises(DatabaseError, match="its booking"), recorded("payments"):
        models.Operation.objects.filter(pk=paid.id).update(state="refused")


def test_what_is_asked_and_done_in_one_transaction_is_judged_by_its_end(authorize):
    paid = authorize()
    wanted = {"payment_id": paid.id, "kind": "capture", "amount": 5, "epoch": 1}
    with recorded("payments"):
        asked = models.Operation(id=uuid7(), **wanted)
        asked.save(force_insert=True)
        models.Entry.objects.bulk_create(
            models.Entry(operation_id=asked.id, account=account, amount=amount, currency="EUR")
            for account, amount in (("sales", -5), ("due_from_provider", 5))
        )
        models.Operation.objects.filter(pk=asked.id).update(state="done")
    assert models.Operation.objects.get(pk=asked.id).state == "done"


@pytest.mark.parametrize(
    "sneak",
    [
        "UPDATE payments_entry SET amount = 2 * amount",
        "DELETE FROM payments_entry",
        "ALTER TABLE payments_entry DISABLE TRIGGER payments_entry_balance",
    ],
)
def test_the_books_are_written_with_ink(database, sneak):
    with (
        psycopg.connect(database["MONOLITH_DATABASE_URL"]) as application,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        application.execute(sneak)


def test_not_even_the_owner_unbalances_the_books(authorize, owner):
    authorize()
    with pytest.raises(errors.CheckViolation):
        owner.execute("UPDATE payments_entry SET amount = amount + 1 WHERE amount > 0")
    with pytest.raises(errors.CheckViolation):
        owner.execute("DELETE FROM payments_entry WHERE amount > 0")
