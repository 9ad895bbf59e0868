"""The HTTP face of what becomes of an order."""

from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.contracts.http import parse_id
from monolith.contracts.identity import SIGNED_IN
from monolith.contracts.orders import Order
from monolith.orders import selectors, transitions
from monolith.web.access import Table, check_owner
from monolith.web.described import described
from monolith.web.view import View, plain
from monolith.writes.once import Answer
from monolith.writes.request import read_bare_write, respond


def _described(operation: str) -> Callable[[type[View]], type[View]]:
    problems = ("order-not-found", "order-state")
    told = described(operation, writes=True, answers=Order, problems=problems)
    return extend_schema_view(post=told)


class _Transition(View):
    """Something that becomes of an order; the request has no body."""

    act: ClassVar[Callable[..., Answer]]

    def post(self, request: Request, order_id: str) -> Response:
        """Change the order's state."""
        attempt = read_bare_write(plain(request))
        known = parse_id(order_id, kind="order")
        if type(self).access:
            # Somebody else than staff may: then only the buyer.
            check_owner(request, selectors.owner_of(known), otherwise="order-not-found")
        return respond(type(self).act(known, attempt=attempt))


@_described("cancel_order")
class Cancel(_Transition):
    """An order that is taken back before it is paid."""

    access: ClassVar[Table] = {"POST": SIGNED_IN}

    act = staticmethod(transitions.cancel_order)


@_described("ship_order")
class Ship(_Transition):
    """An order that leaves the house."""

    act = staticmethod(transitions.ship_order)


@_described("deliver_order")
class Deliver(_Transition):
    """An order that arrived."""

    act = staticmethod(transitions.deliver_order)
