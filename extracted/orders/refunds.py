"""Give the money of an order back: durable, done once per key, finished by whoever finds it."""

from uuid import UUID

import psycopg

from extracted.chassis.database import Database
from extracted.chassis.owned import Owned, write
from extracted.chassis.writes import Answer, Command, recorded
from extracted.contracts.orders import DOMAIN, RefundOrder
from extracted.contracts.orders import Refund as Shown
from extracted.contracts.payments import PaymentNotFound, PaymentRefused
from extracted.contracts.problems import ProblemError
from extracted.orders import customers, reading, store
from extracted.orders.domain import Status, require_way
from extracted.orders.placing import new_id
from extracted.orders.sagas import Checkout, Refund
from extracted.orders.steps import Saga, note
from extracted.orders.telling import tell
from extracted.orders.undertaking import Step, claim, go_on


def refund_order(saga: Saga, order_id: UUID, asked: RefundOrder, *, command: Command) -> Answer:
    """Give the money back; raises ProblemError.

    Answers 200 with the refunded order, or 202 with the refund where only time helps.
    """
    database = saga.database
    refund, is_ours = _begin(database, order_id, asked, command=command)
    if not is_ours and not refund.is_ended:
        claimed = claim(database, Refund, only=refund.id)
        refund, is_ours = (claimed, True) if claimed else (refund, False)
    if is_ours:
        go_on(database, refund, lambda: run(saga, refund))
    return _outcome(database, refund, command=command, is_replay=not is_ours)


def run(saga: Saga, refund: Refund) -> None:
    """Go on until the end.

    Raises PaymentUncertain or Unanswered where only time helps, Overtaken.
    """
    if refund.step != Step.BEGUN:
        return
    try:
        saga.others.money.refund(
            payment_id=refund.payment_id, refund_id=refund.id, amount=refund.total
        )
    except (PaymentRefused, PaymentNotFound) as refusal:
        detail = f"{str(refusal).capitalize()}."
        refund.move_alone(
            saga.database, Step.FAILED, problem_kind="conflict", problem_detail=detail
        )
    else:
        _finish(saga, refund)


def _finish(saga: Saga, refund: Refund) -> None:
    if refund.restocks:
        saga.others.goods.release(reservation_id=refund.reservation_id)

    # Before the transaction: one that asked for a second connection could wait for itself.
    buyer = reading.owner_of(saga.database, refund.order_id)
    customer = customers.remembered(saga.database, buyer)

    def work(owned: Owned) -> None:
        refund.move(owned, Step.DONE)
        present = store.locked(owned.connection, refund.order_id)
        refunded = store.become(owned.connection, present, Status.REFUNDED)
        note(owned, refund, refunded, status=200)
        tell(owned, refunded, customer=customer, also={"command": [refund.key]})

    refund.write(saga.database, work)


def _begin(
    database: Database, order_id: UUID, asked: RefundOrder, *, command: Command
) -> tuple[Refund, bool]:
    if known := _known(database, command):
        return known, False

    def work(owned: Owned) -> Refund:
        row = _row(owned, order_id, asked, command=command)
        row.insert(owned)
        return row

    try:
        return write(database, DOMAIN, work), True
    except ProblemError:
        # A twin of this request may have refunded the order since we looked for it.
        if known := _known(database, command):
            return known, False
        raise
    except psycopg.errors.UniqueViolation:
        if known := _known(database, command):
            return known, False  # a twin of this request was faster
        raise ProblemError("order-state", "The order is being refunded.") from None


def _known(database: Database, command: Command) -> Refund | None:
    with database.transaction() as connection:
        row = Refund.find(connection, "key = %s", command.key)
        if row is None:
            # Another kind of request may have had this key.
            recorded(connection, command)
        elif row.request_hash != command.request_hash:
            raise ProblemError("idempotency-key-reused")
    return row


def _row(owned: Owned, order_id: UUID, asked: RefundOrder, *, command: Command) -> Refund:
    present = store.locked(owned.connection, order_id)
    require_way(present.status, Status.REFUNDED)
    paid_by = Checkout.find(owned.connection, "order_id = %s AND step = 'done'", order_id)
    if paid_by is None:
        raise ProblemError("order-state", "The order was not paid here.")
    return Refund(
        values={
            "id": new_id(),
            "key": command.key,
            "request_hash": command.request_hash,
            "order_id": order_id,
            "payment_id": paid_by.payment_id,
            "reservation_id": paid_by.reservation_id,
            "amount": paid_by.total_amount,
            "currency": paid_by.total_currency,
            "reason": asked.reason,
            "restocks": present.status == Status.PAID,
            "step": Step.BEGUN.value,
            "problem_kind": "",
            "problem_detail": "",
        }
    )


def _outcome(database: Database, refund: Refund, *, command: Command, is_replay: bool) -> Answer:
    if refund.step == Step.FAILED:
        raise ProblemError(refund.problem_kind, refund.problem_detail)
    with database.transaction() as connection:
        known = recorded(connection, command)
    return Answer(
        aggregate_id=known.aggregate_id if known else refund.id,
        version=known.version if known else refund.version,
        status=known.status if known else 202,
        response=known.response if known else _shown(refund).model_dump(mode="json"),
        is_replay=is_replay,
    )


def _shown(refund: Refund) -> Shown:
    # Only what is on its way is shown: the end is an order or a problem.
    return Shown(
        id=refund.id,
        order_id=refund.order_id,
        status="pending",
        amount=refund.total,
        reason=refund.reason,
        created_at=refund.created_at,
    )
