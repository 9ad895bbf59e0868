"""Where a write of catalog goes when the monolith does not own it: to the catalog service."""

from collections.abc import Callable

from django.conf import settings
from django.http.response import HttpResponseBase

from monolith.seams import forward
from monolith.seams.peers import Peers
from monolith.seams.writes import Write

PEERS = Peers(settings.CATALOG_URLS)


def settle(write: Write, *, local: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do a write of catalog on the side that owns it; raises ProblemError."""
    return forward.settle(write, local=local, peers=PEERS)
