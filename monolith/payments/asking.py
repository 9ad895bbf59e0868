"""Ask the provider about an operation and write down what it answers, however often that is.

The provider is asked outside of every transaction, between two: one that says what we are about
to ask (`monolith.payments.actions`), one that says what was answered (here). A crash anywhere in
between leaves an open operation, which is simply asked about again.
"""

import logging
from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.db.models import F
from prometheus_client import Counter

from extracted.contracts.payments import DOMAIN, PaymentUncertain
from extracted.contracts.values import Money
from monolith.outbox.clock import ClockTimestamp
from monolith.outbox.record import Record
from monolith.payments import models, selectors, states
from monolith.payments.books import bookings
from monolith.payments.facts import tell
from monolith.payments.provider import Kind, Provider, ProviderSilent, Question, Reply
from monolith.seams.fence import owned

log = logging.getLogger(__name__)

ANSWERS = Counter(
    "monolith_provider_answers_total",
    "What came of asking the payment provider: accepted, refused, repeated or silent.",
    ("outcome",),
)


def require_no_transaction() -> None:
    """Raise RuntimeError inside a transaction: locks must not wait for a provider."""
    with transaction.atomic(durable=True):
        pass


def ask(operation_id: UUID, *, provider: Provider) -> None:
    """Ask until this operation is answered; raises PaymentUncertain when the provider is silent."""
    require_no_transaction()
    row = models.Operation.objects.select_related("payment").get(pk=operation_id)
    if row.state != "asked":
        return
    answered = set()
    with suppress(ProviderSilent):
        for reply in provider.ask(_question(row)):
            accept(reply)
            answered.add(reply.operation_id)
    if operation_id not in answered:
        # Answers to older questions may come alone; this one's may still be anything.
        ANSWERS.labels("silent").inc()
        raise PaymentUncertain(row.payment_id)


def accept(reply: Reply) -> None:
    """Write down an answer, the first time; later ones change nothing. Raises NotOwner."""
    with owned(DOMAIN) as record:
        found = models.Operation.objects.filter(pk=reply.operation_id).values("payment_id").first()
        if found is None:
            log.error("an answer to nothing we asked", extra={"operation": str(reply.operation_id)})
            return
        # The payment before its operation, as everybody: two answers at once wait here.
        payment = models.Payment.objects.select_for_update().get(pk=found["payment_id"])
        operation = models.Operation.objects.get(pk=reply.operation_id)
        if operation.state == "asked":
            ANSWERS.labels("accepted" if reply.accepted else "refused").inc()
            _settle(operation, reply, payment=payment, record=record)
        else:
            _note_repetition(operation, reply)


def _question(row: models.Operation) -> Question:
    return Question(
        operation_id=row.id,
        payment_id=row.payment_id,
        kind=_kind(row),
        amount=_money(row, payment=row.payment),
        card_token=row.payment.card_token,
    )


def _settle(
    operation: models.Operation, reply: Reply, *, payment: models.Payment, record: Record
) -> None:
    models.Operation.objects.filter(pk=operation.pk).update(
        state="done" if reply.accepted else "refused",
        reason=reply.reason,
        answered_at=ClockTimestamp(),
        updated_at=ClockTimestamp(),
        version=F("version") + 1,
    )
    if reply.accepted:
        _book(operation, payment=payment)
        event = states.EVENTS[_kind(operation)]
    elif operation.kind == "authorize":
        payment.status, payment.decline_reason = "declined", reply.reason or "declined"
        event = "payment_declined"
    else:
        tell("payment_refused", operation, payment=payment, record=record)
        return
    _save(payment)
    tell(event, operation, payment=payment, record=record)


def _book(operation: models.Operation, *, payment: models.Payment) -> None:
    kind, amount = _kind(operation), _money(operation, payment=payment)
    models.Entry.objects.bulk_create(
        models.Entry(
            operation=operation, account=line.account, amount=line.amount, currency=line.currency
        )
        for line in bookings(kind, amount)
    )
    standing = states.after(kind, amount=operation.amount, standing=standing_of(payment))
    payment.status, payment.refunded = standing.status, standing.refunded


def _save(payment: models.Payment) -> None:
    payment.version += 1
    payment.updated_at = ClockTimestamp()
    payment.save(force_update=True)
    payment.refresh_from_db(fields=["updated_at"])


def standing_of(payment: models.Payment) -> states.Standing:
    """Return what the row says of the payment."""
    value = selectors.value(payment)
    return states.Standing(
        status=value.status, amount=value.amount.amount, refunded=value.refunded.amount
    )


def _note_repetition(operation: models.Operation, reply: Reply) -> None:
    ANSWERS.labels("repeated").inc()
    if (operation.state == "done") is not reply.accepted:
        # Money may have moved that our books do not know of: only people can settle this.
        log.error("the provider contradicts itself", extra={"operation": str(operation.id)})


def _money(operation: models.Operation, *, payment: models.Payment) -> Money:
    return Money.model_validate({"amount": operation.amount, "currency": payment.currency})


def _kind(operation: models.Operation) -> Kind:
    kind: Kind = operation.kind  # type: ignore[assignment] # a check constraint says so
    return kind
