"""What other domains know of an order: its payments and its mails.

The order's owner is known here and not there, so the question comes through this door.
"""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.http import parse_id
from extracted.contracts.notifications import MailList
from extracted.contracts.payments import PaymentList
from monolith.notifications.seam import NOTIFICATIONS
from monolith.orders import selectors
from monolith.payments.seam import PAYMENTS
from monolith.web.described import described
from monolith.web.view import View, ok


class OrderPayments(View):
    """The money of an order."""

    @described("list_order_payments", answers=PaymentList, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """List the payments of an order, oldest first."""
        known = _known(order_id)
        return ok(PaymentList(items=PAYMENTS.of_order(order_id=known)))


class OrderMails(View):
    """The mails about an order."""

    @described("list_order_mails", answers=MailList, problems=("order-not-found",))
    def get(self, request: Request, order_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """List the mails about an order, oldest first."""
        known = _known(order_id)
        return ok(MailList(items=NOTIFICATIONS.about_order(order_id=known)))


def _known(order_id: str) -> UUID:
    return selectors.get_order(parse_id(order_id, kind="order")).id
