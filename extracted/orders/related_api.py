"""What other domains know of an order: its payments and its mails.

The order's owner is known here and not there, so the question comes through this door.
"""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from extracted.chassis.messages import Response
from extracted.chassis.requests import shown
from extracted.contracts.http import parse_id
from extracted.contracts.notifications import MailList
from extracted.contracts.payments import PaymentList
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import Unanswered
from extracted.orders import reading
from extracted.orders.desk import Desk

T = TypeVar("T")


def list_payments(desk: Desk, order_id: str) -> Response:
    """Answer GET /api/v1/orders/<id>/payments."""
    known = _known(desk, order_id)
    return shown(PaymentList(items=_asked(lambda: desk.others.money.of_order(known))))


def list_mails(desk: Desk, order_id: str) -> Response:
    """Answer GET /api/v1/orders/<id>/mails."""
    known = _known(desk, order_id)
    return shown(MailList(items=_asked(lambda: desk.mails.about_order(known))))


def _known(desk: Desk, order_id: str) -> UUID:
    known = parse_id(order_id, kind="order")
    owner = reading.owner_of(desk.database, known)
    desk.caller.check_owner(owner, otherwise="order-not-found")
    return known


def _asked(question: Callable[[], T]) -> T:
    try:
        return question()
    except Unanswered as error:
        raise ProblemError("unavailable", headers={"Retry-After": "1"}) from error
