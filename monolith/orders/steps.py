"""The steps of a checkout, one after another; each is safe to do again.

    begun -> reserved -> authorized -> placed -> confirmed -> done
      |          |                       |           |
      +----------+------> undoing <------+-----------+
                             |
                             v
                           failed

A step is done first and noted afterwards, with the ids under which it is done noted before. So
whoever finds a checkout after a crash repeats the step it stands at, and inventory or payments,
which know the id, answer as they did. The card's provider is never asked inside a transaction.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.db import transaction

from monolith.contracts.inventory import StockLine
from monolith.contracts.orders import OrderItem
from monolith.contracts.payments import PaymentDeclined, PaymentNotFound, PaymentRefused
from monolith.contracts.problems import ProblemError
from monolith.inventory import actions as inventory
from monolith.orders import carts, models
from monolith.orders.notes import note_end
from monolith.orders.placing import insert_order
from monolith.orders.progress import Step, lines_of, move, total_of
from monolith.orders.states import Status
from monolith.orders.transitions import answer_with, become
from monolith.payments import actions as payments
from monolith.writes.once import Attempt

log = logging.getLogger(__name__)

HOLD_S = 15 * 60


def run(checkout: models.Checkout) -> None:
    """Go on until the end; raises PaymentUncertain where only time helps, or Overtaken."""
    while act := _ACTS.get(Step(checkout.step)):
        act(checkout)


def _reserve(checkout: models.Checkout) -> None:
    lines = [
        StockLine(product_id=line.product_id, quantity=line.quantity) for line in lines_of(checkout)
    ]
    try:
        inventory.reserve(reservation_id=checkout.reservation_id, lines=lines, expires_in_s=HOLD_S)
    except ProblemError as refusal:
        _give_up(checkout, refusal)
    else:
        move(checkout, Step.RESERVED)


def _authorize(checkout: models.Checkout) -> None:
    try:
        payments.authorize(
            payment_id=checkout.payment_id,
            order_id=checkout.order_id,
            amount=total_of(checkout),
            card_token=checkout.card_token,
        )
    except (PaymentDeclined, PaymentRefused) as refusal:
        _give_up(checkout, _declined(refusal))
    else:
        move(checkout, Step.AUTHORIZED)


def _place(checkout: models.Checkout) -> None:
    with transaction.atomic():
        move(checkout, Step.PLACED)
        insert_order(
            checkout.order_id,
            customer_id=checkout.customer_id,
            client_reference=checkout.client_reference,
            lines=lines_of(checkout),
            total=total_of(checkout),
        )


def _confirm(checkout: models.Checkout) -> None:
    # Before the money is taken: goods can be given back in silence, money cannot.
    try:
        inventory.confirm(reservation_id=checkout.reservation_id)
    except ProblemError as refusal:
        _give_up(checkout, refusal)
    else:
        move(checkout, Step.CONFIRMED)


def _capture(checkout: models.Checkout) -> None:
    try:
        payments.capture(payment_id=checkout.payment_id)
    except (PaymentDeclined, PaymentRefused, PaymentNotFound) as refusal:
        _give_up(checkout, _declined(refusal))
    else:
        _finish(checkout)


def _finish(checkout: models.Checkout) -> None:
    attempt = Attempt(key=checkout.key, request_hash=checkout.request_hash)
    with transaction.atomic():
        move(checkout, Step.DONE, card_token="")
        order = become(checkout.order_id, Status.PAID)
        note_end(answer_with(order, status=HTTPStatus.CREATED), attempt=attempt)


def _undo(checkout: models.Checkout) -> None:
    try:
        payments.void(payment_id=checkout.payment_id)
    except PaymentNotFound:
        pass  # it may never have come to that
    except PaymentRefused:
        # What cannot be let go was not taken either, and lapses at the provider; the rest goes on.
        log.exception("not voided", extra={"payment": str(checkout.payment_id)})
    inventory.release(reservation_id=checkout.reservation_id)
    wanted = [
        OrderItem(product_id=line.product_id, quantity=line.quantity) for line in lines_of(checkout)
    ]
    with transaction.atomic():
        move(checkout, Step.FAILED, card_token="")
        if models.Order.objects.filter(pk=checkout.order_id).exists():
            become(checkout.order_id, Status.CANCELLED)
        carts.give_back(checkout.customer_id, wanted)


_ACTS: Mapping[Step, Callable[[models.Checkout], None]] = {
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
    move(checkout, Step.UNDOING, problem_kind=refusal.kind, problem_detail=refusal.detail)
