"""Ask the bank about an operation and write down what it answers, however often that is.

The bank is asked outside of every transaction, between two: one that says what we are about to ask
(`paying`), one that says what was answered (here). A crash anywhere in between leaves an open
operation: a chore then asks the bank again, under the same id.
"""

import logging
from uuid import UUID

from prometheus_client import Counter

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.contracts.payments import DOMAIN, Payment, PaymentChanged, PaymentUncertain
from extracted.payments import domain, store
from extracted.payments.bank import Answer, Bank, BankSilent
from extracted.payments.store import Operation

ANSWERS = Counter(
    "payments_bank_answers_total",
    "What came of asking the bank: accepted, refused, repeated or silent.",
    ("outcome",),
)

log = logging.getLogger(__name__)


def ask(database: Database, bank: Bank, operation_id: UUID) -> None:
    """Ask until this operation is answered; raises PaymentUncertain when nobody answers."""
    question = store.question(database, operation_id)
    if question is None:
        return
    try:
        answers = bank.ask(question)
    except BankSilent as silence:
        ANSWERS.labels("silent").inc()
        raise PaymentUncertain(question.payment_id) from silence
    for answer in answers:
        accept(database, answer)
    if operation_id not in {answer.operation_id for answer in answers}:
        # Answers to older questions may come alone; this one's may still be anything.
        ANSWERS.labels("silent").inc()
        raise PaymentUncertain(question.payment_id)


def accept(database: Database, answer: Answer) -> None:
    """Write down an answer, the first time; later ones change nothing."""
    outcome = write(database, DOMAIN, lambda owned: _accept(owned, answer))
    ANSWERS.labels(outcome).inc()


def tell(owned: Owned, event: str, payment: Payment, operation_id: UUID) -> None:
    """Say what became of a payment, with both rows: so books never arrive by half."""
    owned.say(
        event,
        aggregate_id=payment.id,
        payload=PaymentChanged(payment=payment),
        rows={"payment": [payment.id], "operation": [operation_id]},
    )


def _accept(owned: Owned, answer: Answer) -> str:
    found = store.operation(owned.connection, answer.operation_id)
    if found is None:
        log.error("an answer to nothing we asked", extra={"operation": str(answer.operation_id)})
        return "unasked"
    # The payment before its operation, as everybody: two answers at once wait here.
    payment = store.locked(owned.connection, found.payment_id)
    operation = store.operation(owned.connection, answer.operation_id)
    if payment is None or operation is None:
        msg = f"operation {answer.operation_id} has lost its payment; none is ever deleted"
        raise RuntimeError(msg)
    if operation.state == "asked":
        _settle(owned, operation, answer=answer, payment=payment)
        return "accepted" if answer.accepted else "refused"
    if (operation.state == "done") is not answer.accepted:
        # Money may have moved that our books do not know of: only people can settle this.
        log.error("the bank contradicts itself", extra={"operation": str(operation.id)})
    return "repeated"


def _settle(owned: Owned, operation: Operation, *, answer: Answer, payment: Payment) -> None:
    connection, kind = owned.connection, operation.kind
    store.note_answer(connection, operation.id, accepted=answer.accepted, reason=answer.reason)
    if answer.accepted:
        lines = domain.bookings(kind, operation.amount)
        store.book(connection, operation.id, lines, currency=payment.amount.currency)
        outcome = domain.done(kind, amount=operation.amount, payment=payment)
    else:
        outcome = domain.refused(kind, reason=answer.reason, payment=payment)
    if outcome.event != "payment_refused":
        payment = store.change(connection, payment.id, outcome)
    tell(owned, outcome.event, payment, operation.id)
