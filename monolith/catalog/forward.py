"""Where a write of catalog goes when it is refused here: nowhere yet. It waits for its owner."""

from collections.abc import Callable

from django.http.response import HttpResponseBase

from monolith.seams import forward
from monolith.seams.peers import Peers
from monolith.seams.writes import Write

# Catalog has no other side.
NOBODY = Peers(())


def settle(write: Write, *, local: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Do the write here, as soon as here is where the writes are owned."""
    return forward.settle(write, local=local, peers=NOBODY)
