"""What can be asked of payments: each request is written down, asked of the provider, and answered.

Sent again with the same id, a request finds what came of it, or asks again if nothing came. Whatever
is looked at before the provider is asked is looked at behind the door: our copy of rows that another
side owns may be old, and a refusal for what they were would be wrong. Every function raises NotOwner.
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from extracted.contracts.payments import (
    DOMAIN,
    Payment,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
)
from extracted.contracts.values import Money
from monolith.outbox.record import Record
from monolith.payments import models, selectors, states
from monolith.payments.asking import ask, require_no_transaction, standing_of
from monolith.payments.facts import tell
from monolith.payments.provider import Kind, Provider
from monolith.seams.fence import owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One thing somebody wants done; `amount` None means all of the payment."""

    operation_id: UUID
    payment_id: UUID
    kind: Kind
    amount: Money | None = None


def authorize(
    *, payment_id: UUID, order_id: UUID, amount: Money, card_token: str, provider: Provider
) -> Payment:
    """Reserve an amount on a card; raises PaymentDeclined, PaymentUncertain or PaymentRefused."""
    require_no_transaction()
    if amount.amount <= 0:
        msg = "nothing is authorized for nothing"
        raise PaymentRefused(msg)
    _begin_payment(payment_id, order_id=order_id, amount=amount, card_token=card_token)
    ask(payment_id, provider=provider)
    payment = selectors.get_payment(payment_id)
    if payment.status == "declined":
        raise PaymentDeclined(payment.decline_reason or "declined")
    return payment


def capture(*, payment_id: UUID, provider: Provider) -> Payment:
    """Take what was authorized; raises PaymentUncertain, PaymentNotFound or PaymentRefused."""
    wanted = Wanted(
        operation_id=uuid5(payment_id, "capture"), payment_id=payment_id, kind="capture"
    )
    return _operate(wanted, provider=provider)


def void(*, payment_id: UUID, provider: Provider) -> Payment:
    """Let go of what was authorized; raises PaymentUncertain, PaymentNotFound or PaymentRefused."""
    wanted = Wanted(operation_id=uuid5(payment_id, "void"), payment_id=payment_id, kind="void")
    return _operate(wanted, provider=provider)


def refund(*, payment_id: UUID, refund_id: UUID, amount: Money, provider: Provider) -> Payment:
    """Give back some of what was captured; raises PaymentUncertain, -NotFound or -Refused."""
    wanted = Wanted(operation_id=refund_id, payment_id=payment_id, kind="refund", amount=amount)
    return _operate(wanted, provider=provider)


def _operate(wanted: Wanted, *, provider: Provider) -> Payment:
    # What was asked before comes first: only then is it known what the payment is.
    _settle_open(wanted.payment_id, provider=provider)
    if not _begin(wanted):
        return selectors.get_payment(wanted.payment_id)
    ask(wanted.operation_id, provider=provider)
    operation = models.Operation.objects.get(pk=wanted.operation_id)
    if operation.state == "refused":
        msg = f"the provider refused the {wanted.kind}: {operation.reason}"
        raise PaymentRefused(msg)
    return selectors.get_payment(wanted.payment_id)


def _settle_open(payment_id: UUID, *, provider: Provider) -> None:
    require_no_transaction()
    with owned(DOMAIN):
        waiting = selectors.open_operations_of(payment_id)
    for operation_id in waiting:
        ask(operation_id, provider=provider)


def _begin_payment(payment_id: UUID, *, order_id: UUID, amount: Money, card_token: str) -> None:
    row = models.Payment(
        id=payment_id,
        order_id=order_id,
        card_token=card_token,
        amount=amount.amount,
        currency=amount.currency,
    )
    with owned(DOMAIN) as record:
        # A twin of this request may be ahead of us: then its row stands and ours is ignored.
        models.Payment.objects.bulk_create([row], ignore_conflicts=True)
        known = models.Payment.objects.select_for_update().get(pk=payment_id)
        if _terms(known) != _terms(row):
            msg = f"payment {payment_id} was asked for with other terms"
            raise PaymentRefused(msg)
        if not known.operations.filter(pk=payment_id).exists():
            _insert_operation(payment_id, payment=known, kind="authorize", record=record)


def _terms(row: models.Payment) -> tuple[object, ...]:
    return row.order_id, row.card_token, row.amount, row.currency


def _begin(wanted: Wanted) -> bool:
    """Write down what is wanted; return whether the provider has to be asked for it."""
    with owned(DOMAIN) as record:
        payment = models.Payment.objects.select_for_update().filter(pk=wanted.payment_id).first()
        if payment is None:
            raise PaymentNotFound(wanted.payment_id)
        amount = payment.amount if wanted.amount is None else wanted.amount.amount
        if _is_known(wanted, payment=payment, amount=amount):
            return True
        if wanted.kind == "void" and payment.status == "declined":
            # Nothing is held that could be let go.
            return False
        if payment.operations.filter(state="asked").exists():
            # Somebody else asked for another thing this moment.
            raise PaymentUncertain(payment.id)
        states.require_allowed(wanted.kind, amount=amount, standing=standing_of(payment))
        _insert_operation(
            wanted.operation_id, payment=payment, kind=wanted.kind, amount=amount, record=record
        )
        return True


def _insert_operation(
    operation_id: UUID,
    *,
    payment: models.Payment,
    kind: Kind,
    amount: int | None = None,
    record: Record,
) -> None:
    row = models.Operation(
        id=operation_id,
        payment=payment,
        kind=kind,
        amount=payment.amount if amount is None else amount,
        epoch=record.epoch,
    )
    row.save(force_insert=True)
    # The other side may have to finish what we only began to ask.
    tell("payment_asked", row, payment=payment, record=record)


def _is_known(wanted: Wanted, *, payment: models.Payment, amount: int) -> bool:
    if wanted.amount is not None and wanted.amount.currency != payment.currency:
        msg = f"the payment is in {payment.currency}"
        raise PaymentRefused(msg)
    known = models.Operation.objects.filter(pk=wanted.operation_id).first()
    if known is None:
        return False
    if (known.payment_id, known.kind, known.amount) != (payment.id, wanted.kind, amount):
        msg = f"the id {wanted.operation_id} was used for another {known.kind}"
        raise PaymentRefused(msg)
    return True
