"""What all views of orders have in common: reads are compared, and whoever writes sees it at once."""

from http import HTTPMethod
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.orders import DOMAIN, SEES_OWN_WRITES
from monolith.orders.forward import PEERS
from monolith.orders.seam import WHERE
from monolith.seams.shadow import Shadow
from monolith.web.view import View, plain

SHADOW = Shadow(DOMAIN, peers=PEERS, where=WHERE)
OWN = {"Set-Cookie": "For 10 seconds this client's reads are answered by who owns the writes."}


class Watched(View):
    """A view of orders."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Offer what is answered to the comparison."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if request.method == HTTPMethod.GET:
            SHADOW.watch(plain(request), final)
        elif 200 <= final.status_code < 300:
            final.headers["Set-Cookie"] = SEES_OWN_WRITES
        return final
