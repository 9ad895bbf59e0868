"""What other domains know of an order: its payments and its mails.

The order's owner is known here and not there, so the question comes through this door.
"""

from typing import ClassVar
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.http import parse_id
from extracted.contracts.identity import SIGNED_IN
from extracted.contracts.notifications import MailList
from extracted.contracts.payments import PaymentList
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import selectors
from monolith.payments.seam import PAYMENTS
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
        return ok(PaymentList(items=PAYMENTS.of_order(order_id=known)))


class OrderMails(View):
    """The mails about an order."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("list_order_mails", answers=MailList, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:
        """List the mails about an order, oldest first."""
        known = _known(request, order_id)
        return ok(MailList(items=NOTIFICATIONS.about_order(order_id=known)))


def _known(request: Request, order_id: str) -> UUID:
    known = parse_id(order_id, kind="order")
    check_owner(request, selectors.owner_of(known), otherwise="order-not-found")
    return known
