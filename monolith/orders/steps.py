"""The steps of a checkout, one after another; each is safe to do again.

    begun -> reserved -> authorized -> placed -> confirmed -> done
      |          |                       |           |
      +----------+------> undoing <------+-----------+
                             |
                             v
                           failed

A step asks another domain first and is noted afterwards, with the ids under which it asked noted
before. So whoever finds a checkout after a crash repeats the step it stands at, and the other
domain, which knows the id, answers as it did. Nobody is asked inside a transaction of ours.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from extracted.contracts.inventory import Inventory, StockLine
from extracted.contracts.orders import DOMAIN, OrderItem
from extracted.contracts.payments import (
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    Payments,
)
from extracted.contracts.problems import ProblemError
from monolith.customers import seam as customers
from monolith.orders import carts, models
from monolith.orders.notes import note_end
from monolith.orders.placing import insert_order
from monolith.orders.progress import Step, lines_of, move, move_alone, total_of
from monolith.orders.states import Status
from monolith.orders.transitions import answer_with, become
from monolith.outbox.once import Attempt
from monolith.seams.fence import owned

log = logging.getLogger(__name__)

HOLD_S = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """The domains that a purchase needs."""

    inventory: Inventory
    payments: Payments


def run(checkout: models.Checkout, *, others: Others) -> None:
    """Go on until the end; raises PaymentUncertain where only time helps, Overtaken or NotOwner."""
    while act := _ACTS.get(Step(checkout.step)):
        act(checkout, others)


def _reserve(checkout: models.Checkout, others: Others) -> None:
    lines = [
        StockLine(product_id=line.product_id, quantity=line.quantity) for line in lines_of(checkout)
    ]
    try:
        others.inventory.reserve(
            reservation_id=checkout.reservation_id, lines=lines, expires_in_s=HOLD_S
        )
    except ProblemError as refusal:
        _give_up(checkout, refusal)
    else:
        move_alone(checkout, Step.RESERVED)


def _authorize(checkout: models.Checkout, others: Others) -> None:
    try:
        others.payments.authorize(
            payment_id=checkout.payment_id,
            order_id=checkout.order_id,
            amount=total_of(checkout),
            card_token=checkout.card_token,
        )
    except (PaymentDeclined, PaymentRefused) as refusal:
        _give_up(checkout, _declined(refusal))
    else:
        move_alone(checkout, Step.AUTHORIZED)


def _place(checkout: models.Checkout, others: Others) -> None:  # noqa: ARG001 - one shape for all
    with owned(DOMAIN) as record:
        move(checkout, Step.PLACED, record=record)
        insert_order(
            checkout.order_id,
            customer_id=checkout.customer_id,
            client_reference=checkout.client_reference,
            lines=lines_of(checkout),
            total=total_of(checkout),
            customer=customers.reachable(checkout.customer_id),
            record=record,
        )


def _confirm(checkout: models.Checkout, others: Others) -> None:
    # Before the money is taken: goods can be given back in silence, money cannot.
    try:
        others.inventory.confirm(reservation_id=checkout.reservation_id)
    except ProblemError as refusal:
        _give_up(checkout, refusal)
    else:
        move_alone(checkout, Step.CONFIRMED)


def _capture(checkout: models.Checkout, others: Others) -> None:
    try:
        others.payments.capture(payment_id=checkout.payment_id)
    except (PaymentDeclined, PaymentRefused, PaymentNotFound) as refusal:
        _give_up(checkout, _declined(refusal))
    else:
        _finish(checkout)


def _finish(checkout: models.Checkout) -> None:
    attempt = Attempt(key=checkout.key, request_hash=checkout.request_hash)
    with owned(DOMAIN) as record:
        move(checkout, Step.DONE, record=record, card_token="")
        order = become(checkout.order_id, Status.PAID, record=record)
        note_end(answer_with(order, status=HTTPStatus.CREATED), record=record, attempt=attempt)


def _undo(checkout: models.Checkout, others: Others) -> None:
    try:
        others.payments.void(payment_id=checkout.payment_id)
    except PaymentNotFound:
        pass  # it may never have come to that
    except PaymentRefused:
        # What cannot be let go was not taken either, and lapses at the provider; the rest goes on.
        log.exception("not voided", extra={"payment": str(checkout.payment_id)})
    others.inventory.release(reservation_id=checkout.reservation_id)
    wanted = [
        OrderItem(product_id=line.product_id, quantity=line.quantity) for line in lines_of(checkout)
    ]
    with owned(DOMAIN) as record:
        move(checkout, Step.FAILED, record=record, card_token="")
        if models.Order.objects.filter(pk=checkout.order_id).exists():
            become(checkout.order_id, Status.CANCELLED, record=record)
        carts.give_back(checkout.customer_id, wanted, record=record)


_ACTS: Mapping[Step, Callable[[models.Checkout, Others], None]] = {
    Step.BEGUN: _reserve,
    Step.RESERVED: _authorize,
    Step.AUTHORIZED: _place,
    Step.PLACED: _confirm,
    Step.CONFIRMED: _capture,
    Step.UNDOING: _undo,
}


def _declined(refusal: Exception) -> ProblemError:
    return ProblemError("payment-declined", f"{str(refusal).capitalize()}.")


def _give_up(checkout: models.Checkout, refusal: ProblemError) -> None:
    move_alone(checkout, Step.UNDOING, problem_kind=refusal.kind, problem_detail=refusal.detail)
