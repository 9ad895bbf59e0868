"""The base of every endpoint: DRF's dispatch without what this API does not use."""

from typing import Any, ClassVar

from django.http import HttpRequest
from pydantic import BaseModel
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monolith.web.access import Access, Table
from monolith.web.answers import ContractRenderer, OneRepresentation
from monolith.web.authentication import BearerAuthentication


class View(APIView):
    """Translate a request into a call and a value into a response; views do not think."""

    # Who may call which method; see `monolith.web.access`.
    access: ClassVar[Table] = {}
    authentication_classes: ClassVar[list[Any]] = [BearerAuthentication]  # type: ignore[misc]
    permission_classes: ClassVar[list[Any]] = [Access]  # type: ignore[misc]
    throttle_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    parser_classes: ClassVar[list[Any]] = []  # type: ignore[misc]
    renderer_classes: ClassVar[list[Any]] = [ContractRenderer]  # type: ignore[misc]
    content_negotiation_class = OneRepresentation
    # OPTIONS would answer with DRF's description of the view, which the service does not have.
    http_method_names: ClassVar[list[str]] = [  # type: ignore[misc]
        "get",
        "head",
        "post",
        "put",
        "patch",
        "delete",
    ]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Name a method that is none before asking who calls it, as the service does."""
        if not hasattr(self, str(request.method).lower()):
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Ask nobody who they are; where it matters, `Access` does."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Add none: Allow and Vary would only be right on some answers."""
        return {}


def plain(request: Request) -> HttpRequest:
    """Return Django's own request, which knows nothing of DRF."""
    wrapped: HttpRequest = request._request  # noqa: SLF001 - DRF offers no public way
    return wrapped


def ok(value: BaseModel, *, headers: dict[str, str] | None = None) -> Response:
    """Answer 200 with a value of the contracts."""
    return Response(value, headers=headers)
