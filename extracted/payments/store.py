"""The rows of payments: what writes see inside the caller's transaction, and what is read alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from extracted.chassis.database import Connection, Database, one
from extracted.contracts.payments import Payment
from extracted.contracts.values import Money
from extracted.payments.bank import Question
from extracted.payments.domain import Booking, Kind, Outcome

_PAYMENT = (
    "SELECT id, order_id, amount, currency, status, refunded, decline_reason, version, created_at, "
    "updated_at FROM payments.payment "
)
_BEGIN = (
    "INSERT INTO payments.payment (id, order_id, card_token, amount, currency) "
    "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO NOTHING"
)
_CHANGE = (
    "UPDATE payments.payment SET status = %s, refunded = %s, decline_reason = %s, "
    "version = version + 1, updated_at = clock_timestamp() WHERE id = %s "
    "RETURNING id, order_id, amount, currency, status, refunded, decline_reason, version, "
    "created_at, updated_at"
)
_ASK = (
    "INSERT INTO payments.operation (id, payment_id, kind, amount, epoch) "
    "VALUES (%s, %s, %s, %s, %s)"
)
_ANSWER = (
    "UPDATE payments.operation SET state = %s, reason = %s, version = version + 1, "
    "answered_at = clock_timestamp(), updated_at = clock_timestamp() WHERE id = %s"
)
_QUESTION = (
    "SELECT o.id, o.payment_id, o.kind, o.amount, p.currency, p.card_token "
    "FROM payments.operation o JOIN payments.payment p ON p.id = o.payment_id "
    "WHERE o.id = %s AND o.state = 'asked'"
)
# In no order: one that the bank never answers must not keep the others from their turn.
_OPEN = (
    "SELECT id FROM payments.operation WHERE state = 'asked' "
    "AND asked_at < statement_timestamp() - make_interval(secs => %s) ORDER BY random() LIMIT %s"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What an order wants reserved, and on which card."""

    payment_id: UUID
    order_id: UUID
    amount: Money
    card_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request to the bank: `asked`, then `done` or `refused`, and never back."""

    id: UUID
    payment_id: UUID
    kind: Kind
    amount: int
    state: str
    reason: str | None


def begin(connection: Connection, wanted: Authorization) -> bool:
    """Insert the payment unless a twin of this request has; say whether its terms are these."""
    amount = wanted.amount
    terms = (wanted.order_id, wanted.card_token, amount.amount, amount.currency)
    connection.execute(_BEGIN, (wanted.payment_id, *terms))
    row = connection.execute(
        "SELECT order_id, card_token, amount, currency FROM payments.payment "
        "WHERE id = %s FOR NO KEY UPDATE",
        (wanted.payment_id,),
    ).fetchone()
    return row == terms


def locked(connection: Connection, payment_id: UUID) -> Payment | None:
    """Lock a payment, if there is one: everybody locks it before they touch its operations."""
    row = connection.execute(_PAYMENT + "WHERE id = %s FOR NO KEY UPDATE", (payment_id,)).fetchone()
    return _shown(row) if row else None


def change(connection: Connection, payment_id: UUID, outcome: Outcome) -> Payment:
    """Make a locked payment what it is now."""
    values = (outcome.status, outcome.refunded, outcome.decline_reason, payment_id)
    return _shown(one(connection.execute(_CHANGE, values)))


def operation(connection: Connection, operation_id: UUID) -> Operation | None:
    """Return an operation, if there is one."""
    row = connection.execute(
        "SELECT id, payment_id, kind, amount, state, reason FROM payments.operation WHERE id = %s",
        (operation_id,),
    ).fetchone()
    return Operation(**dict(zip(Operation.__slots__, row, strict=True))) if row else None


def open_of(connection: Connection, payment_id: UUID) -> tuple[UUID, ...]:
    """Name the operations of a payment that wait for an answer: one at most."""
    rows = connection.execute(
        "SELECT id FROM payments.operation WHERE payment_id = %s AND state = 'asked'",
        (payment_id,),
    ).fetchall()
    return tuple(row[0] for row in rows)


def insert_operation(
    connection: Connection,
    operation_id: UUID,
    *,
    payment_id: UUID,
    kind: Kind,
    amount: int,
    epoch: int,
) -> None:
    """Write down what the bank is about to be asked."""
    connection.execute(_ASK, (operation_id, payment_id, kind, amount, epoch))


def note_answer(
    connection: Connection, operation_id: UUID, *, accepted: bool, reason: str | None
) -> None:
    """Write down what the bank has answered."""
    connection.execute(_ANSWER, ("done" if accepted else "refused", reason, operation_id))


def book(
    connection: Connection, operation_id: UUID, lines: Iterable[Booking], *, currency: str
) -> None:
    """Write the lines of an operation; the database refuses those that do not sum to zero."""
    for line in lines:
        connection.execute(
            "INSERT INTO payments.entry (operation_id, account, amount, currency) "
            "VALUES (%s, %s, %s, %s)",
            (operation_id, line.account, line.amount, currency),
        )


def payment(database: Database, payment_id: UUID) -> Payment | None:
    """Return a payment, if there is one."""
    rows = database.read(_PAYMENT + "WHERE id = %s", (payment_id,))
    return _shown(rows[0]) if rows else None


def of_order(database: Database, order_id: UUID) -> tuple[Payment, ...]:
    """Return the payments of an order, oldest first."""
    rows = database.read(_PAYMENT + "WHERE order_id = %s ORDER BY created_at, id", (order_id,))
    return tuple(_shown(row) for row in rows)


def question(database: Database, operation_id: UUID) -> Question | None:
    """Return what to ask about an operation; None when it was answered."""
    rows = database.read(_QUESTION, (operation_id,))
    if not rows:
        return None
    key, payment_id, kind, amount, currency, card_token = rows[0]
    return Question(
        operation_id=key,
        payment_id=payment_id,
        kind=kind,
        amount=_money(amount, currency),
        card_token=card_token,
    )


def long_open(connection: Connection, *, older_than_s: float, limit: int) -> tuple[UUID, ...]:
    """Name operations that nobody has answered for so long."""
    rows = connection.execute(_OPEN, (older_than_s, limit)).fetchall()
    return tuple(row[0] for row in rows)


def _shown(row: tuple[Any, ...]) -> Payment:
    key, order_id, amount, currency, status, refunded, reason, version, created, updated = row
    return Payment(
        id=key,
        order_id=order_id,
        amount=_money(amount, currency),
        status=status,
        refunded=_money(refunded, currency),
        decline_reason=reason,
        version=version,
        created_at=created,
        updated_at=updated,
    )


def _money(amount: int, currency: str) -> Money:
    return Money.model_validate({"amount": amount, "currency": currency})
