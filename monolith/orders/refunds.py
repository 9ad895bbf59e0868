"""Give the money of an order back: durable, done once per key, finished by whoever finds it."""

from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from django.db import IntegrityError
from uuid_utils.compat import uuid7

from extracted.contracts.orders import DOMAIN, Order, Refund, RefundOrder
from extracted.contracts.payments import PaymentNotFound, PaymentRefused
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from monolith.orders import models
from monolith.orders.notes import note_end
from monolith.orders.progress import LEASE_S, Step, go_on, leased, move, move_alone, tell
from monolith.orders.states import Status, require_way
from monolith.orders.steps import Others
from monolith.orders.transitions import answer_with, become, lock_order
from monolith.outbox.once import Answer, Attempt, answered
from monolith.seams.fence import owned


def refund_order(
    order_id: UUID, command: RefundOrder, *, attempt: Attempt, others: Others
) -> Answer:
    """Give the money back; raises ProblemError or NotOwner.

    Answers 200 with the refunded order, or 202 with the refund where only time helps.
    """
    refund, is_ours = _begin(order_id, command, attempt=attempt)
    if is_ours:
        go_on(refund, lambda: run(refund, others=others))
    return _outcome(refund, attempt=attempt, replayed=not is_ours)


def run(refund: models.Refund, *, others: Others) -> None:
    """Go on until the end; raises PaymentUncertain where only time helps, Overtaken or NotOwner."""
    if refund.step != Step.BEGUN:
        return
    try:
        others.payments.refund(
            payment_id=refund.payment_id, refund_id=refund.id, amount=_amount(refund)
        )
    except (PaymentRefused, PaymentNotFound) as refusal:
        detail = f"{str(refusal).capitalize()}."
        move_alone(refund, Step.FAILED, problem_kind="conflict", problem_detail=detail)
    else:
        _finish(refund, others=others)


def _finish(refund: models.Refund, *, others: Others) -> None:
    if refund.restocks:
        others.inventory.release(reservation_id=refund.reservation_id)
    attempt = Attempt(key=refund.key, request_hash=refund.request_hash)
    with owned(DOMAIN) as record:
        move(refund, Step.DONE, record=record)
        order = become(refund.order_id, Status.REFUNDED, record=record)
        note_end(answer_with(order), record=record, attempt=attempt)


def _begin(order_id: UUID, command: RefundOrder, *, attempt: Attempt) -> tuple[models.Refund, bool]:
    if known := _known(attempt):
        return known, False
    try:
        with owned(DOMAIN) as record:
            row = _row(order_id, command, attempt=attempt)
            row.save(force_insert=True)
            tell(row, record=record)
    except ProblemError:
        # A twin of this request may have refunded the order since we looked for it.
        if known := _known(attempt):
            return known, False
        raise
    except IntegrityError:
        if known := _known(attempt):
            return known, False  # a twin of this request was faster
        raise ProblemError("order-state", "The order is being refunded.") from None
    return row, True


def _known(attempt: Attempt) -> models.Refund | None:
    row = models.Refund.objects.filter(key=attempt.key).first()
    if row is None:
        # Another kind of request may have had this key.
        answered(models.Command, attempt=attempt, shape=Order)
    elif row.request_hash != attempt.request_hash:
        raise ProblemError("idempotency-key-reused")
    return row


def _row(order_id: UUID, command: RefundOrder, *, attempt: Attempt) -> models.Refund:
    present = lock_order(order_id)
    require_way(present, Status.REFUNDED)
    checkout = models.Checkout.objects.filter(order_id=order_id, step=Step.DONE).first()
    if checkout is None:
        raise ProblemError("order-state", "The order was not paid here.")
    return models.Refund(
        id=uuid7(),
        key=attempt.key,
        request_hash=attempt.request_hash,
        order_id=order_id,
        payment_id=checkout.payment_id,
        reservation_id=checkout.reservation_id,
        amount=checkout.total_amount,
        currency=checkout.total_currency,
        reason=command.reason,
        restocks=present == Status.PAID,
        step=Step.BEGUN.value,
        leased_until=leased(LEASE_S),
    )


def _outcome(refund: models.Refund, *, attempt: Attempt, replayed: bool) -> Answer:
    if refund.step == Step.FAILED:
        raise ProblemError(refund.problem_kind, refund.problem_detail)
    known = answered(models.Command, attempt=attempt, shape=Order)
    if known:
        return replace(known, replayed=replayed)
    return Answer(
        status=HTTPStatus.ACCEPTED,
        aggregate_id=refund.id,
        version=refund.version,
        value=_value(refund),
        replayed=replayed,
    )


def _amount(refund: models.Refund) -> Money:
    return Money.model_validate({"amount": refund.amount, "currency": refund.currency})


def _value(refund: models.Refund) -> Refund:
    # Only what is on its way is shown: the end is an order or a problem.
    return Refund(
        id=refund.id,
        order_id=refund.order_id,
        status="pending",
        amount=_amount(refund),
        reason=refund.reason,
        created_at=refund.created_at,
    )
