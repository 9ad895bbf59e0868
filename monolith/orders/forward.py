"""Where a write of orders goes when the monolith does not own it: to the orders service."""

from collections.abc import Callable

from django.conf import settings
from django.http.response import HttpResponseBase

from extracted.contracts.orders import DOMAIN
from monolith.seams import forward
from monolith.seams.fence import of_owner
from monolith.seams.peers import Peers
from monolith.seams.writes import Write

PEERS = Peers(settings.ORDERS_URLS)


def settle(write: Write, *, local: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do the write here or at the owner; an order, a cart that is not here yet is the owner's to tell."""
    return forward.settle(write, local=lambda: of_owner(DOMAIN, local), peers=PEERS)
