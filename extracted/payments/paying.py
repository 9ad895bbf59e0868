"""What can be asked of payments: each request is written down, asked of the bank, and answered.

Sent again with the same id, a request finds what came of it, or asks again if nothing came.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.contracts.payments import (
    DOMAIN,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
)
from extracted.contracts.values import Money
from extracted.payments import domain, store
from extracted.payments.asking import ask, tell
from extracted.payments.bank import Bank
from extracted.payments.domain import Kind
from extracted.payments.store import Authorization


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """One thing somebody wants done; `amount` None means all of the payment."""

    operation_id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money | None = None


def authorize(database: Database, bank: Bank, wanted: Authorization) -> Payment:
    """Reserve an amount on a card; raises PaymentDeclined, PaymentUncertain or PaymentRefused."""
    if wanted.amount.amount <= 0:
        msg = "nothing is authorized for nothing"
        raise PaymentRefused(msg)
    write(database, DOMAIN, lambda owned: _begin_payment(owned, wanted))
    ask(database, bank, wanted.payment_id)
    payment = _found(database, wanted.payment_id)
    if payment.status == "declined":
        raise PaymentDeclined(payment.decline_reason or "declined")
    return payment


def capture(database: Database, bank: Bank, payment_id: UUID) -> Payment:
    """Take what was authorized; raises PaymentUncertain, PaymentNotFound or PaymentRefused."""
    operation_id = uuid5(payment_id, "capture")
    wanted = _Wanted(operation_id=operation_id, payment_id=payment_id, kind="capture")
    return _operate(database, bank, wanted)


def void(database: Database, bank: Bank, payment_id: UUID) -> Payment:
    """Let go of what was authorized; raises PaymentUncertain, PaymentNotFound or PaymentRefused."""
    operation_id = uuid5(payment_id, "void")
    wanted = _Wanted(operation_id=operation_id, payment_id=payment_id, kind="void")
    return _operate(database, bank, wanted)


def refund(
    database: Database, bank: Bank, payment_id: UUID, *, refund_id: UUID, amount: Money
) -> Payment:
    """Give back some of what was captured; raises PaymentUncertain, -NotFound or -Refused."""
    wanted = _Wanted(operation_id=refund_id, payment_id=payment_id, kind="refund", amount=amount)
    return _operate(database, bank, wanted)


def _operate(database: Database, bank: Bank, wanted: _Wanted) -> Payment:
    # What was asked before comes first: only then is it known what the payment is.
    for operation_id in write(
        database, DOMAIN, lambda owned: store.open_of(owned.connection, wanted.payment_id)
    ):
        ask(database, bank, operation_id)
    if not write(database, DOMAIN, lambda owned: _begin(owned, wanted)):
        return _found(database, wanted.payment_id)
    ask(database, bank, wanted.operation_id)
    with database.transaction() as connection:
        operation = store.operation(connection, wanted.operation_id)
    if operation is not None and operation.state == "refused":
        msg = f"the provider refused the {wanted.kind}: {operation.reason}"
        raise PaymentRefused(msg)
    return _found(database, wanted.payment_id)


def _found(database: Database, payment_id: UUID) -> Payment:
    payment = store.payment(database, payment_id)
    if payment is None:
        raise PaymentNotFound(payment_id)
    return payment


def _begin_payment(owned: Owned, wanted: Authorization) -> None:
    if not store.begin(owned.connection, wanted):
        msg = f"payment {wanted.payment_id} was asked for with other terms"
        raise PaymentRefused(msg)
    if store.operation(owned.connection, wanted.payment_id) is None:
        payment = store.locked(owned.connection, wanted.payment_id)
        if payment is None:
            raise PaymentNotFound(wanted.payment_id)
        amount = wanted.amount.amount
        _insert(owned, wanted.payment_id, payment=payment, kind="authorize", amount=amount)


def _begin(owned: Owned, wanted: _Wanted) -> bool:
    """Write down what is wanted; return whether the bank has to be asked for it."""
    payment = store.locked(owned.connection, wanted.payment_id)
    if payment is None:
        raise PaymentNotFound(wanted.payment_id)
    asked = wanted.amount or payment.amount
    if asked.currency != payment.amount.currency:
        msg = f"the payment is in {payment.amount.currency}"
        raise PaymentRefused(msg)
    if _is_known(owned, wanted, payment=payment, amount=asked.amount):
        return True
    if wanted.kind == "void" and payment.status == "declined":
        # Nothing is held that could be let go.
        return False
    if store.open_of(owned.connection, payment.id):
        # Somebody else asked for another thing this moment.
        raise PaymentUncertain(payment.id)
    domain.require_allowed(wanted.kind, amount=asked.amount, payment=payment)
    _insert(owned, wanted.operation_id, payment=payment, kind=wanted.kind, amount=asked.amount)
    return True


def _is_known(owned: Owned, wanted: _Wanted, *, payment: Payment, amount: int) -> bool:
    known = store.operation(owned.connection, wanted.operation_id)
    if known is None:
        return False
    if (known.payment_id, known.kind, known.amount) != (payment.id, wanted.kind, amount):
        msg = f"the id {wanted.operation_id} was used for another {known.kind}"
        raise PaymentRefused(msg)
    return True


def _insert(owned: Owned, operation_id: UUID, *, payment: Payment, kind: Kind, amount: int) -> None:
    store.insert_operation(
        owned.connection,
        operation_id,
        payment_id=payment.id,
        kind=kind,
        amount=amount,
        epoch=owned.epoch,
    )
    # The other side may have to finish what we only began to ask.
    tell(owned, "payment_asked", payment, operation_id)
