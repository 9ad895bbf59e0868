"""Who may do what: a table per view, and a question per object.

A view says for each method who may call it; what a view does not say is for staff, so that a
forgotten line shuts a door and opens none.
"""

from collections.abc import Mapping
from http import HTTPMethod
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from extracted.contracts.http import parse_id
from extracted.contracts.identity import STAFF, Identity, Role, require
from extracted.contracts.problems import ProblemError

ANYONE: frozenset[Role] = frozenset()
Table = Mapping[str, frozenset[Role]]


class Access(BasePermission):
    """Looks into the view's table."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let pass who may call the method; raises ProblemError 401 or 403."""
        method = "GET" if request.method == HTTPMethod.HEAD else str(request.method)
        allowed = view.access.get(method, STAFF)
        if settings.AUTH_REQUIRED and allowed != ANYONE:
            require(_identity(request), allowed)
            # What lies below a customer's path is that customer's, whichever app answers it.
            if "customer_id" in view.kwargs:
                owner = parse_id(view.kwargs["customer_id"], kind="customer")
                check_owner(request, owner, otherwise="customer-not-found")
        return True


def check_owner(request: Request, owner: UUID, *, otherwise: str = "forbidden") -> None:
    """Let pass whose object it is, and staff; raises the ProblemError of the kind `otherwise`.

    Of what has an id of its own, a stranger should not even learn that it exists: name the kind
    that is answered for unknown ids.
    """
    if settings.AUTH_REQUIRED and not _identity(request).may_see(owner):
        raise ProblemError(otherwise)


def _identity(request: Request) -> Identity:
    return cast("Identity", request.user)
