"""The HTTP face of what becomes of an order."""

from collections.abc import Callable
from typing import ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.http import parse_id
from extracted.contracts.identity import SIGNED_IN
from extracted.contracts.orders import Order
from monolith.orders import selectors, transitions
from monolith.orders.forward import settle
from monolith.orders.watched import OWN, Watched
from monolith.outbox.once import Answer
from monolith.seams.writes import read_bare_write, respond
from monolith.web.access import Table, check_owner
from monolith.web.described import described
from monolith.web.view import View, plain


def _described(operation: str) -> Callable[[type[View]], type[View]]:
    problems = ("order-not-found", "order-state")
    told = described(operation, writes=True, answers=Order, headers=OWN, problems=problems)
    return extend_schema_view(post=told)


class _Transition(Watched):
    """Something that becomes of an order; the request has no body."""

    act: ClassVar[Callable[..., Answer]]

    def post(self, request: Request, order_id: str) -> HttpResponseBase:
        """Change the order's state."""
        write = read_bare_write(plain(request))
        known = parse_id(order_id, kind="order")

        def local() -> Response:
            if type(self).access:
                # Somebody else than staff may: then only the buyer.
                check_owner(request, selectors.owner_of(known), otherwise="order-not-found")
            return respond(type(self).act(known, attempt=write.attempt))

        return settle(write, local=local)


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
