"""What other domains know of an order: its payments and its mails.

The order's owner is known here and not there, so the question comes through this door.
"""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from monolith.contracts.http import parse_id
from monolith.contracts.identity import SIGNED_IN
from monolith.contracts.notifications import MailList
from monolith.contracts.payments import PaymentList
from monolith.notifications.selectors import mails_about_order
from monolith.orders import selectors
from monolith.payments.selectors import payments_of_order
from monolith.web.access import Table, check_owner
from monolith.web.described import described
from monolith.web.view import View, ok


class OrderPayments(View):
    """The money of an order."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("list_order_payments", answers=PaymentList, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:
        """List the payments of an order, oldest first."""
        known = _known(request, order_id)
        return ok(PaymentList(items=payments_of_order(known)))


class OrderMails(View):
    """The mails about an order."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("list_order_mails", answers=MailList, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:
        """List the mails about an order, oldest first."""
        known = _known(request, order_id)
        return ok(MailList(items=mails_about_order(known)))


def _known(request: Request, order_id: str) -> UUID:
    known = parse_id(order_id, kind="order")
    check_owner(request, selectors.owner_of(known), otherwise="order-not-found")
    return known
